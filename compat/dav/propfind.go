package dav

import (
	"fmt"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// propfind answers with properties (dav_method_propfind).
func (c call) propfind() compat.Status {
	res, err := c.resource()
	if err != nil {
		return c.fail(err, nil)
	}
	doc, status := c.document()
	if status != compat.OK {
		return status
	}
	if c.stateOf(c.Request, res) == isNothing {
		return 404
	}
	depth := c.depth()
	if depth < 0 {
		return 400
	}
	if on := c.conf.DepthInfinity; depth == dav.Infinity && res.Collection && (on == nil || !*on) {
		return c.page(403, fmt.Sprintf(`PROPFIND requests with a Depth of "infinity" are not allowed for %s.`, c.escaped()))
	}
	write, ok := c.wanted(doc)
	if !ok {
		return 400
	}
	locks, err := c.repo.Locks(c.Request)
	if err != nil {
		return c.fail(err.Push(err.Status, "The lock database could not be opened, preventing access to the various lock "+
			"properties for the PROPFIND."), nil)
	}
	defer locks.Close()
	return c.visit(res, depth, doc, locks, write)
}

// wanted is what the document asks to be written of each resource.
func (c call) wanted(doc *dav.Document) (func(*propWriter, *dav.Resource) dav.Response, bool) {
	every := func(p *propWriter, res *dav.Resource) dav.Response { return p.all(res, asValue) }
	switch {
	case doc == nil:
		return every, true
	case !doc.Root.Is("propfind"):
		c.complain(`AH00585: The "propfind" element was not found.`)
		return nil, false
	case doc.Root.Child("allprop") != nil:
		return every, true
	case doc.Root.Child("propname") != nil:
		return func(p *propWriter, res *dav.Resource) dav.Response { return p.all(res, asName) }, true
	case doc.Root.Child("prop") != nil:
		return func(p *propWriter, res *dav.Resource) dav.Response { return p.some(res, doc) }, true
	}
	c.complain(`AH00586: The "propfind" element does not contain one of the required child elements (the specific command).`)
	return nil, false
}

func (c call) visit(res *dav.Resource, depth int, doc *dav.Document, locks dav.Locks,
	write func(*propWriter, *dav.Resource) dav.Response) compat.Status {
	var namespaces []string
	if doc != nil {
		namespaces = doc.Namespaces
	}
	w, p := c.begin(207, namespaces), c.properties(locks)
	err := c.repo.Walk(&dav.Walk{Root: res, Depth: depth, Locks: locks, Tolerant: true, Visit: func(m *dav.Resource, _ bool) *dav.Error {
		w.add(write(p, m))
		if c.Aborted {
			return dav.New(500, "")
		}
		return nil
	}})
	if err != nil {
		c.record(err.Push(err.Status, "Provider encountered an error while streaming a multistatus PROPFIND response."),
			compat.LevelError)
		c.Aborted, c.KeepAlive = true, false
		return compat.OK
	}
	w.end()
	return compat.OK
}
