package dav

import (
	"cmp"
	"fmt"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// A transfer is a COPY or MOVE.
type transfer struct {
	call
	move      bool
	from, to  *dav.Resource
	sub       *compat.Request // of the destination
	overwrite bool
	depth     int
}

// copymove copies or moves (dav_method_copymove).
func (c call) copymove(move bool) compat.Status {
	from, err := c.resource()
	if err != nil {
		return c.fail(err, nil)
	}
	if !from.Exists {
		return 404
	}
	t := &transfer{call: c, move: move, from: from}
	for _, step := range []func() (compat.Status, bool){t.destination, t.parameters, t.permitted} {
		if status, ok := step(); !ok {
			return status
		}
	}
	if status := c.DiscardBody(); status != compat.OK {
		return status
	}
	return t.run()
}

// destination finds what the Destination field names. A sub-request sees to it
// that the client may write there.
func (t *transfer) destination() (compat.Status, bool) {
	dest, ok := t.In.Lookup("Destination")
	if !ok {
		host, hasHost := t.In.Lookup("Host")
		path, hasPath := t.In.Lookup("New-uri")
		dest, ok = "http://"+host+path, hasHost && hasPath
	}
	if !ok {
		t.complain("AH00591: The request is missing a Destination header.")
		return 400, false
	}
	path, err := t.localPath(dest)
	if err != nil && err.Status == 400 {
		t.complain("AH00592: " + err.Desc)
		return 400, false
	}
	if err != nil {
		return t.page(err.Status, err.Desc), false
	}
	t.sub = t.Engine.Lookup(t.Request, path, t.Method)
	t.sub.In.CopyFrom(&t.In)
	if t.sub.Status != 200 {
		if auth, ok := t.sub.ErrOut.Lookup("WWW-Authenticate"); ok && t.sub.Status == 401 {
			t.ErrOut.Set("WWW-Authenticate", auth)
		}
		return t.page(t.sub.Status, "Destination URI had an error."), false
	}
	return t.target()
}

func (t *transfer) target() (compat.Status, bool) {
	var err *dav.Error
	if t.to, err = t.resourceOf(t.sub); err != nil {
		return t.fail(err, nil), false
	}
	if dav.Slot.Of(t.sub).Provider != t.conf.Provider {
		return t.page(502, "Destination URI is handled by a different repository than the source URI. "+
			"MOVE or COPY between repositories is not possible."), false
	}
	return compat.OK, true
}

// localPath is the path of a URL of this server, as sent (dav_lookup_uri).
func (t *transfer) localPath(dest string) (string, *dav.Error) {
	u := splitURI(dest)
	switch {
	case u.scheme == "":
		return "", dav.New(400, "Destination URI must be an absolute URI.")
	case u.more:
		return "", dav.New(400, "Destination URI contains invalid components (a query or a fragment).")
	}
	scheme := compat.Scheme(t.Request)
	if !strings.EqualFold(u.scheme, scheme) {
		return "", dav.New(502, fmt.Sprintf("Destination URI refers to different scheme or port (%s://hostname:%s)\n"+
			"(want: %s://hostname:%d)", u.scheme, cmp.Or(u.port, compat.PortOfScheme(u.scheme), fmt.Sprint(t.Conn.Local.Port())), scheme, t.Conn.Local.Port()))
	}
	return u.path, nil
}

// parameters reads Overwrite and Depth.
func (t *transfer) parameters() (compat.Status, bool) {
	switch value, ok := t.In.Lookup("Overwrite"); {
	case !ok, value == "T", value == "t":
		t.overwrite = true
	case value != "F" && value != "f":
		t.complain("AH00581: An invalid Overwrite header was specified.")
		return 400, false
	}
	if t.to.Exists && !t.overwrite {
		return t.page(412, `Destination is not empty and Overwrite is not "T"`), false
	}
	if t.repo.Same(t.from, t.to) {
		return t.page(403, "Source and Destination URIs are the same."), false
	}
	switch t.depth = t.call.depth(); {
	case t.depth < 0:
		return 400, false
	case t.depth == 1:
		t.complain(`AH00593: Depth must be "0" or "infinity" for COPY or MOVE.`)
		return 400, false
	case t.move && t.from.Collection && t.depth != dav.Infinity:
		t.complain(`AH00594: Depth must be "infinity" when moving a collection.`)
		return 400, false
	}
	return compat.OK, true
}

// permitted looks at locks, and at where source and destination are.
func (t *transfer) permitted() (compat.Status, bool) {
	word := "COPY"
	if t.move {
		word = "MOVE"
	}
	if each, err := t.validate(t.from, check{depth: t.depth, parent: t.move, noModify: !t.move, use424: true}); err != nil {
		return t.fail(err.Push(err.Status, fmt.Sprintf("Could not %s %s due to a failed precondition on the source (e.g. locks).",
			word, t.escaped())), each), false
	}
	if each, err := t.validate(t.to, check{r: t.sub, depth: dav.Infinity, parent: true, use424: true}); err != nil {
		return t.fail(err.Push(err.Status, fmt.Sprintf("Could not MOVE/COPY %s due to a failed precondition on the destination "+
			"(e.g. locks).", t.escaped())), each), false
	}
	if t.from.Collection && t.depth == dav.Infinity && t.repo.IsParent(t.from, t.to) {
		return t.page(403, "Source collection contains the Destination."), false
	}
	if t.from.Collection && t.repo.IsParent(t.to, t.from) {
		return t.page(403, "Destination collection contains the Source and Overwrite has been specified."), false
	}
	return compat.OK, true
}

func (t *transfer) run() compat.Status {
	if t.move {
		t.release(t.from, nil)
	}
	was := t.stateOf(t.sub, t.to)
	var each []dav.Response
	var err *dav.Error
	if t.to.Exists {
		each, err = t.repo.Remove(t.to)
	}
	switch {
	case err != nil:
	case t.move:
		each, err = t.repo.Move(t.from, t.to)
	default:
		each, err = t.repo.Copy(t.from, t.to, t.depth)
	}
	if err != nil {
		return t.fail(err.Push(err.Status, fmt.Sprintf("Could not MOVE/COPY %s.", t.escaped())), each)
	}
	if err := t.inherit(t.to, was, t.depth, "The MOVE/COPY was successful, but there was a problem "); err != nil {
		return t.fail(err, nil)
	}
	return t.created(t.sub.Target, "Destination", was == isThere)
}
