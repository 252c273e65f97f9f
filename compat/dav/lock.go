package dav

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// lock makes a lock, or gives one more time (dav_method_lock).
func (c call) lock() compat.Status {
	doc, status := c.document()
	if status != compat.OK {
		return status
	}
	depth := c.depth()
	if depth != 0 && depth != dav.Infinity {
		c.complain(`AH00595: Depth must be 0 or "infinity" for LOCK.`)
		return 400
	}
	res, err := c.resource()
	if err != nil {
		return c.fail(err, nil)
	}
	parent, err := c.repo.Parent(res)
	if err != nil {
		return c.fail(err, nil)
	}
	if parent != nil && (!parent.Exists || !parent.Info.IsDir()) {
		return c.fail(dav.New(409, fmt.Sprintf("The parent resource of %s does not exist or is not a collection.",
			c.escaped())), nil)
	}
	locks, err := c.repo.Change(c.Request)
	if err != nil {
		return c.fail(err, nil)
	}
	made, each, err := c.take(locks, res, doc, depth)
	if closed := locks.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return c.fail(err, each)
	}
	if doc != nil {
		c.Out.Set("Lock-Token", "<"+made[0].Token.String()+">")
	}
	return c.discovered(made)
}

// take makes the lock a document asks for, or with none refreshes those the If
// field names.
func (c call) take(locks dav.Locks, res *dav.Resource, doc *dav.Document, depth int) ([]dav.Lock, []dav.Response, *dav.Error) {
	var asked dav.Lock
	if doc != nil {
		var err *dav.Error
		if asked, err = c.asked(locks.New(res), doc, depth); err != nil {
			return nil, nil, err
		}
	}
	was := c.stateOf(c.Request, res)
	each, err := c.validate(res, check{depth: depth, parent: was == isNothing, scope: asked.Scope, addLocks: true, locks: locks})
	if err != nil {
		return nil, each, err.Push(err.Status, fmt.Sprintf("Could not LOCK %s due to a failed precondition (e.g. other locks).",
			c.escaped()))
	}
	if doc == nil {
		made, err := c.refresh(locks, res)
		return made, nil, err
	}
	if c.conf.MinTimeout != nil && asked.Timeout != dav.NoTimeout {
		asked.Timeout = max(asked.Timeout, time.Now().Unix()+int64(*c.conf.MinTimeout))
	}
	made := []dav.Lock{asked}
	each, err = c.apply(locks, res, made)
	return made, each, err
}

func (c call) refresh(locks dav.Locks, res *dav.Resource) ([]dav.Lock, *dav.Error) {
	tokens, err := c.tokens()
	if err != nil {
		return nil, err.Push(err.Status, fmt.Sprintf("The lock refresh for %s failed because no lock tokens were specified in an "+
			`"If:" header.`, c.escaped()))
	}
	return locks.Refresh(res, tokens, c.timeout())
}

// asked is the lock a lockinfo element asks for (dav_lock_parse_lockinfo).
func (c call) asked(l dav.Lock, doc *dav.Document, depth int) (dav.Lock, *dav.Error) {
	if !doc.Root.Is("lockinfo") {
		return l, dav.New(400, "The request body contains an unexpected XML root element.")
	}
	l.Depth, l.Timeout, l.User = depth, c.timeout(), c.User
	for _, e := range doc.Root.Children {
		inner := ""
		if len(e.Children) > 0 {
			inner = e.Children[0].Name
		}
		switch {
		case e.Name == "locktype" && l.Type == 0 && inner == "write":
			l.Type = dav.TypeWrite
		case e.Name == "lockscope" && l.Scope == dav.ScopeUnknown && inner == "exclusive":
			l.Scope = dav.ScopeExclusive
		case e.Name == "lockscope" && l.Scope == dav.ScopeUnknown && inner == "shared":
			l.Scope = dav.ScopeShared
		case e.Name == "owner" && l.Owner == "":
			l.Owner = doc.Whole(e)
		default:
			return l, dav.New(412, fmt.Sprintf(`The server cannot satisfy the LOCK request due to an unknown XML element ("%s") `+
				"within the DAV:lockinfo element.", e.Name))
		}
	}
	return l, nil
}

// timeout is when a lock is to end (dav_get_timeout).
func (c call) timeout() int64 {
	for word := range strings.FieldsSeq(c.In.Get("Timeout")) {
		if strings.HasPrefix(word, "Infinite") {
			return dav.NoTimeout
		}
		if seconds, ok := strings.CutPrefix(word, "Second-"); ok {
			return time.Now().Unix() + int64(compat.Atoi(seconds))
		}
	}
	return dav.NoTimeout
}

// apply puts a lock on res and what is below (dav_add_lock).
func (c call) apply(locks dav.Locks, res *dav.Resource, made []dav.Lock) ([]dav.Response, *dav.Error) {
	if err := locks.Append(res, false, made); err != nil {
		return nil, err
	}
	if !res.Collection || made[0].Depth == 0 {
		return nil, nil
	}
	var each []dav.Response
	err := c.repo.Walk(&dav.Walk{Root: res, Depth: dav.Infinity, Visit: func(m *dav.Resource, _ bool) *dav.Error {
		if c.repo.Same(m, res) {
			return nil
		}
		err := locks.Append(m, true, made)
		if err == nil || err.IsServer() {
			return err
		}
		each = append(each, dav.Response{Href: m.URI, Status: err.Status})
		return nil
	}})
	if err == nil && len(each) > 0 {
		slices.Reverse(each)
		err = dav.New(207, "Error(s) occurred on resources during the addition of a depth lock.")
	}
	return each, err
}

// discovered answers with locks.
func (c call) discovered(locks []dav.Lock) compat.Status {
	c.Status = 200
	c.ContentType, c.Charset = xmlType, ""
	text := "<D:lockdiscovery/>\n"
	if len(locks) > 0 {
		text = "<D:lockdiscovery>\n" + activeLocks(locks) + "\n</D:lockdiscovery>\n"
	}
	io.WriteString(c.Writer, xmlHeader+"<D:prop xmlns:D=\"DAV:\">\n"+text+"</D:prop>")
	return compat.OK
}

// activeLocks is what clients see of locks (dav_lock_get_activelock).
func activeLocks(locks []dav.Lock) string {
	var b strings.Builder
	for _, l := range locks {
		b.WriteString("<D:activelock>\n<D:locktype>")
		if l.Type == dav.TypeWrite {
			b.WriteString("<D:write/>")
		}
		b.WriteString("</D:locktype>\n<D:lockscope>")
		switch l.Scope {
		case dav.ScopeExclusive:
			b.WriteString("<D:exclusive/>")
		case dav.ScopeShared:
			b.WriteString("<D:shared/>")
		}
		depth := "0"
		if l.Depth == dav.Infinity {
			depth = "infinity"
		}
		b.WriteString("</D:lockscope>\n<D:depth>" + depth + "</D:depth>\n" + l.Owner + "<D:timeout>")
		if l.Timeout == dav.NoTimeout {
			b.WriteString("Infinite")
		} else {
			b.WriteString("Second-" + strconv.FormatInt(max(0, l.Timeout-time.Now().Unix()), 10))
		}
		b.WriteString("</D:timeout>\n<D:locktoken>\n<D:href>" + l.Token.String() + "</D:href>\n</D:locktoken>\n</D:activelock>\n")
	}
	return b.String()
}

// unlock takes a lock away (dav_method_unlock).
func (c call) unlock() compat.Status {
	text, ok := c.In.Lookup("Lock-Token")
	if !ok {
		c.complain("AH00596: Unlock failed (" + c.Filename + "):  No Lock-Token specified in header")
		return 400
	}
	if len(text) < 2 || text[0] != '<' || text[len(text)-1] != '>' {
		return 400
	}
	token, err := dav.ParseToken(text[1 : len(text)-1])
	if err != nil {
		return c.fail(err.Push(400, fmt.Sprintf("The UNLOCK on %s failed -- an invalid lock token was specified in the "+
			`"If:" header.`, c.escaped())), nil)
	}
	res, err := c.resource()
	if err != nil {
		return c.fail(err, nil)
	}
	was := c.stateOf(c.Request, res)
	if each, err := c.validate(res, check{token: &token, parent: was == isLock}); err != nil {
		return c.fail(err, each)
	}
	if status := c.release(res, &token); status != compat.OK {
		return status
	}
	return 204
}

// release takes a lock away from all that it is on, or all locks from a
// resource and what is below (dav_unlock).
func (c call) release(res *dav.Resource, t *dav.Token) compat.Status {
	locks, err := c.repo.Change(c.Request)
	if err != nil {
		return 500
	}
	err = c.releaseIn(locks, res, t)
	if closed := locks.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return compat.Status(err.Status)
	}
	return compat.OK
}

func (c call) releaseIn(locks dav.Locks, res *dav.Resource, t *dav.Token) *dav.Error {
	if locks.None() {
		return nil
	}
	if t != nil {
		var err *dav.Error
		if res, err = locks.Direct(res, *t); err != nil {
			return err
		}
	}
	return c.repo.Walk(&dav.Walk{Root: res, Depth: dav.Infinity, Locks: locks, Visit: func(m *dav.Resource, _ bool) *dav.Error {
		return locks.Remove(m, t)
	}})
}

// inherit gives what was made the locks of the collection around, or tells that
// what was a lock only is there now (dav_notify_created).
func (c call) inherit(res *dav.Resource, was state, depth int, said string) *dav.Error {
	locks, err := c.repo.Change(c.Request)
	if err != nil {
		return err.Push(err.Status, said+"opening the lock database which prevents inheriting locks from the parent resources.")
	}
	err = c.inheritIn(locks, res, was, depth)
	if closed := locks.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err.Push(err.Status, said+"updating its lock information.")
	}
	return nil
}

func (c call) inheritIn(locks dav.Locks, res *dav.Resource, was state, depth int) *dav.Error {
	if locks.None() {
		return nil
	}
	switch was {
	case isLock:
		locks.Created(res)
		if depth > 0 {
			return c.spread(locks, res, res)
		}
	case isNothing:
		parent, err := c.repo.Parent(res)
		if err == nil && parent == nil {
			err = dav.New(500, "Could not fetch parent resource. Unable to inherit locks from the parent and apply them to this "+
				"resource.")
		}
		if err == nil {
			err = c.spread(locks, parent, res)
		}
		if err != nil {
			return err.Push(err.Status, "The resource was created successfully, but there was a problem inheriting locks from "+
				"the parent resource.")
		}
	}
	return nil
}

// spread puts the locks of from that go on below it on res, if that is another,
// and on what is below (dav_inherit_locks).
func (c call) spread(locks dav.Locks, from, res *dav.Resource) *dav.Error {
	list, err := locks.Get(from, true)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(l dav.Lock) bool { return !l.Indirect && l.Depth != dav.Infinity })
	if len(list) == 0 {
		return nil
	}
	return c.repo.Walk(&dav.Walk{Root: res, Depth: dav.Infinity, Locks: locks, Visit: func(m *dav.Resource, _ bool) *dav.Error {
		if from == res && c.repo.Same(m, res) {
			return nil
		}
		return locks.Append(m, true, list)
	}})
}
