package dav

import (
	"slices"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// A check is what a method asks of the state of resources (DAV_VALIDATE_…).
type check struct {
	r        *compat.Request // whose fields count
	depth    int
	token    *dav.Token // of a Lock-Token field
	parent   bool       // the collection around counts too
	noModify bool       // nothing is changed
	use424   bool       // what is wrong with others is said by a status
	addLocks bool       // the answer is to LOCK
	scope    dav.Scope  // of a lock that is asked for
	locks    dav.Locks  // nil: as they are
}

// validate checks preconditions, locks and the If field for res and, with
// depth, what is below (dav_validate_request).
func (c call) validate(res *dav.Resource, k check) ([]dav.Response, *dav.Error) {
	if k.r == nil {
		k.r = c.Request
	}
	if err := c.preconditions(k.r, res); err != nil {
		return nil, err
	}
	conditions, err := parseIf(k.r.In.Get("If"))
	if err != nil {
		return nil, err
	}
	if k.token != nil {
		conditions = slices.Insert(conditions, 0, condition{uri: res.URI, tagged: true, made: true,
			states: []ifState{{token: *k.token, isToken: true}}})
	}
	if k.locks == nil {
		if k.locks, err = c.repo.Locks(k.r); err != nil {
			return nil, err
		}
		defer k.locks.Close()
	}
	v := validation{call: c, check: k, conditions: conditions}
	return v.run(res)
}

// preconditions are If-Match and its like, with the entity tag of res
// (dav_meets_conditions).
func (c call) preconditions(r *compat.Request, res *dav.Resource) *dav.Error {
	if !r.Out.Has("ETag") {
		if etag := c.repo.ETag(res); etag != "" {
			r.Out.Set("ETag", etag)
			defer r.Out.Del("ETag")
		}
	}
	if strings.HasPrefix(r.In.Get("If-Match"), "*") && !res.Exists {
		return &dav.Error{Status: 412}
	}
	status := compat.MeetsConditions(r)
	if status == 412 && strings.HasPrefix(r.In.Get("If-None-Match"), "*") && !res.Exists {
		return nil
	}
	if status != compat.OK {
		return &dav.Error{Status: int(status)}
	}
	return nil
}

type validation struct {
	call
	check
	conditions []condition
}

func (v *validation) run(res *dav.Resource) ([]dav.Response, *dav.Error) {
	var each []dav.Response
	var err *dav.Error
	if res.Exists && v.check.depth > 0 && (len(v.conditions) > 0 || !v.noModify) {
		each, err = v.tree(res)
	} else {
		err = v.one(res, false)
	}
	if err == nil && v.parent {
		each, err = v.around(res, each)
	}
	if err != nil || len(each) == 0 {
		return nil, err
	}
	if v.use424 {
		return each, dav.New(424, "An error occurred on another resource, preventing the requested operation on this resource.")
	}
	own := dav.Response{Href: res.URI, Status: 424,
		Desc: "An error occurred on another resource, preventing the requested operation on this resource."}
	if v.addLocks {
		own.Propstats = "<D:propstat>\n<D:prop><D:lockdiscovery/></D:prop>\n" +
			"<D:status>HTTP/1.1 424 Failed Dependency</D:status>\n</D:propstat>\n"
	}
	return slices.Insert(each, 0, own), dav.New(207, "Error(s) occurred on resources during the validation process.")
}

// tree looks at res and what is below. Nobody can have locked that where there
// are neither locks nor conditions.
func (v *validation) tree(res *dav.Resource) ([]dav.Response, *dav.Error) {
	if v.locks.None() && len(v.conditions) == 0 {
		return nil, nil
	}
	var each []dav.Response
	err := v.repo.Walk(&dav.Walk{Root: res, Depth: dav.Infinity, Locks: v.locks, Visit: func(m *dav.Resource, _ bool) *dav.Error {
		err := v.one(m, false)
		if err == nil || err.IsServer() || v.repo.Same(m, res) {
			return err
		}
		each = append(each, dav.Response{Href: m.URI, Status: err.Status})
		return nil
	}})
	slices.Reverse(each)
	return each, err
}

// around looks at the collection res is in.
func (v *validation) around(res *dav.Resource, each []dav.Response) ([]dav.Response, *dav.Error) {
	parent, err := v.repo.Parent(res)
	if err == nil && parent == nil {
		err = dav.New(403, "Cannot access parent of repository root.")
	}
	if err != nil {
		return each, err
	}
	err = v.one(parent, true)
	if err == nil {
		return each, nil
	}
	desc := "A validation error has occurred on the parent resource, preventing the operation on the resource specified by " +
		"the Request-URI."
	if err.Desc != "" {
		desc += " The error was: " + err.Desc
	}
	return slices.Insert(each, 0, dav.Response{Href: parent.URI, Status: err.Status, Desc: desc}), nil
}

// one looks at one resource (dav_validate_resource_state).
func (v *validation) one(res *dav.Resource, isParent bool) *dav.Error {
	locks, err := v.locks.Get(res, false)
	if err != nil {
		return err.Push(500, `The locks could not be queried for verification against a possible "If:" header.`)
	}
	submitted := len(locks) == 0 || v.noModify
	switch v.scope {
	case dav.ScopeExclusive:
		if len(locks) > 0 {
			return dav.New(423, "Existing lock(s) on the requested resource prevent an exclusive lock.")
		}
		submitted = true
	case dav.ScopeShared:
		if slices.ContainsFunc(locks, func(l dav.Lock) bool { return l.Scope == dav.ScopeExclusive }) {
			return dav.New(423, "The requested resource is already locked exclusively.")
		}
		submitted = true
	}
	if len(v.conditions) == 0 {
		if submitted {
			return nil
		}
		return dav.New(423, `This resource is locked and an "If:" header was not supplied to allow access to the resource.`)
	}
	if len(locks) == 0 && v.conditions[0].made {
		if isParent {
			return nil
		}
		return dav.New(400, `The locktoken specified in the "Lock-Token:" header is invalid because this resource has no `+
			"outstanding locks.")
	}
	return v.judge(res, locks, submitted)
}

// judge tries the lists of conditions that are for res until one is met.
func (v *validation) judge(res *dav.Resource, locks []dav.Lock, submitted bool) *dav.Error {
	uri, etag := unslashed(res.URI), v.repo.ETag(res)
	apply, reason, met := 0, "", false
	for _, one := range v.conditions {
		if one.tagged && unslashed(one.uri) != uri {
			continue
		}
		apply++
		var ours bool
		var err *dav.Error
		reason, ours, err = v.meets(one, locks, etag)
		if err != nil {
			return err
		}
		submitted = submitted || ours
		if reason == "" {
			if submitted {
				return nil
			}
			met = true
			break
		}
	}
	return v.verdict(apply, reason, met, submitted, locks)
}

// verdict is what is wrong where no list was enough.
func (v *validation) verdict(apply int, reason string, met, submitted bool, locks []dav.Lock) *dav.Error {
	const other = `This resource is locked and the "If:" header did not specify one of the locktokens for this resource's lock(s).`
	const notOurs = `The locktoken specified in the "Lock-Token:" header did not specify one of this resource's locktoken(s).`
	switch {
	case !met && apply == 0 && (submitted || v.submits(locks)):
		return nil
	case !met && apply == 0:
		return dav.New(423, other)
	case !met && v.conditions[0].made:
		return dav.New(400, notOurs)
	case !met:
		return dav.New(412, `The precondition(s) specified by the "If:" header did not match this resource. At least one `+
			"failure is because: "+reason)
	case v.submits(locks):
		return nil
	case v.conditions[0].made:
		return dav.New(400, notOurs)
	}
	return dav.Numbered(423, 1, other)
}

// submits reports whether the token of one of locks stands anywhere in the
// conditions (dav_find_submitted_locktoken).
func (v *validation) submits(locks []dav.Lock) bool {
	for _, one := range v.conditions {
		for _, s := range one.states {
			if s.isToken && slices.ContainsFunc(locks, func(l dav.Lock) bool { return l.Token == s.token }) {
				return true
			}
		}
	}
	return false
}

// meets tells why a list is not met, "" if it is, and whether a token of a lock
// of the resource was among its states.
func (v *validation) meets(one condition, locks []dav.Lock, etag string) (reason string, ours bool, err *dav.Error) {
	for _, s := range one.states {
		switch {
		case s.unknown:
			if !s.not {
				return "an unknown state token was supplied", ours, nil
			}
		case s.isToken:
			var here bool
			if here, err = v.holds(s.token, locks, s.not); err != nil {
				return "", ours, err
			}
			ours = ours || here
			switch {
			case here && s.not:
				return `a State-token was supplied, which used a "Not" condition. The State-token was found ` +
					"in the locks on this resource", ours, nil
			case !here && !s.not:
				return "a State-token was supplied, but it was not found in the locks on this resource.", ours, nil
			}
		default:
			same := strings.TrimPrefix(s.etag, "W/") == strings.TrimPrefix(etag, "W/")
			switch {
			case !same && !s.not:
				return "an entity-tag was specified, but the resource's actual ETag does not match.", ours, nil
			case same && s.not:
				return `an entity-tag was specified using the "Not" form, but the resource's actual ETag matches the ` +
					"provided entity-tag.", ours, nil
			}
		}
	}
	return "", ours, nil
}

// holds reports whether a lock with that token is among locks. Only the user
// who made it may submit it.
func (v *validation) holds(t dav.Token, locks []dav.Lock, not bool) (bool, *dav.Error) {
	for _, l := range locks {
		if l.Token != t {
			continue
		}
		if !not && l.User != "" && l.User != v.r.User {
			return true, dav.New(403, `User "`+v.r.User+`" submitted a locktoken created by user "`+l.User+`".`)
		}
		return true, nil
	}
	return false, nil
}
