package dav

import (
	"fmt"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// An edit is one property that is set or removed.
type edit struct {
	e      *dav.Element
	name   dav.Name
	remove bool
	live   *dav.Live // nil: a dead one
	undo   func() *dav.Error
	err    *dav.Error
}

// proppatch changes properties, all that are named or none
// (dav_method_proppatch).
func (c call) proppatch() compat.Status {
	res, err := c.resource()
	if err != nil {
		return c.fail(err, nil)
	}
	doc, status := c.document()
	if status != compat.OK {
		return status
	}
	if !res.Exists {
		return 404
	}
	if doc == nil || !doc.Root.Is("propertyupdate") {
		c.complain(`AH00587: The request body does not contain a "propertyupdate" element.`)
		return 400
	}
	if _, err := c.validate(res, check{}); err != nil {
		return c.fail(err, nil)
	}
	edits, ok := c.edits(doc)
	if !ok {
		return 400
	}
	ok = c.perform(res, doc, edits)
	for _, one := range edits {
		c.record(one.err, compat.LevelError)
	}
	text := succeeded(edits)
	if !ok {
		text = failed(edits)
	}
	c.multistatus(207, doc.Namespaces, []dav.Response{{Href: res.URI, Propstats: text}})
	return compat.OK
}

// edits are what a document asks for, in its order.
func (c call) edits(doc *dav.Document) ([]*edit, bool) {
	var list []*edit
	for _, e := range doc.Root.Children {
		if !e.Is("set") && !e.Is("remove") {
			continue
		}
		group := e.Child("prop")
		if group == nil {
			c.complain(`AH00588: A "prop" element is missing inside the propertyupdate command.`)
			return nil, false
		}
		for _, one := range group.Children {
			list = append(list, &edit{e: one, name: doc.Qualified(one), remove: e.Is("remove")})
		}
	}
	return list, true
}

// perform does all edits, or none where one fails.
func (c call) perform(res *dav.Resource, doc *dav.Document, edits []*edit) bool {
	p := c.properties(nil)
	ok, dead := true, false
	for _, one := range edits {
		if one.err = p.check(res, one); one.err != nil {
			ok = false
		} else if one.live == nil {
			dead = true
		}
	}
	var props dav.Properties
	if dead && ok {
		var err *dav.Error
		if props, err = c.repo.Properties(res, true); err != nil {
			c.blame(edits, numbered500(err, dav.ErrPropOpening, "Could not open the property database."))
			return false
		}
		props.Map(doc.Namespaces)
	}
	ok = ok && execute(res, props, edits)
	if props != nil {
		if err := props.Close(ok); err != nil {
			c.blame(edits, numbered500(err, dav.ErrPropExec, "Could not execute PROPPATCH."))
			ok = false
		}
	}
	if !ok {
		rollback(edits)
	}
	return ok
}

func numbered500(err *dav.Error, id int, text string) *dav.Error {
	err = err.Push(500, text)
	err.ID = id
	return err
}

// blame gives edits of dead properties an error.
func (c call) blame(edits []*edit, err *dav.Error) {
	for _, one := range edits {
		if one.live == nil && one.err == nil {
			one.err = err
		}
	}
}

// check tells whether a property may be changed so (dav_prop_validate). Those
// nobody can set are read-only; others that are live by name only are kept as
// dead ones.
func (p *propWriter) check(res *dav.Resource, one *edit) *dav.Error {
	readOnly := dav.Numbered(409, dav.ErrPropReadOnly, "Property is read-only.")
	if isCore(one.name) {
		return readOnly
	}
	l := p.find(one.name)
	switch {
	case l == nil:
		return nil
	case l.Check == nil:
		return readOnly
	}
	one.live = l
	return l.Check(res, one.e, one.remove)
}

func execute(res *dav.Resource, props dav.Properties, edits []*edit) bool {
	for _, one := range edits {
		var err *dav.Error
		switch {
		case one.live != nil:
			one.undo, err = one.live.Set(res, one.e)
		case one.remove:
			props.Remove(one.name)
		default:
			err = props.Set(one.name, one.e)
		}
		if err != nil {
			one.err = numbered500(err, dav.ErrPropExec, "Could not execute PROPPATCH.")
			return false
		}
	}
	return true
}

func rollback(edits []*edit) {
	for i := len(edits) - 1; i >= 0; i-- {
		if undo := edits[i].undo; undo != nil {
			if err := undo(); err != nil {
				edits[i].err = err
			}
		}
	}
}

func succeeded(edits []*edit) string {
	var b strings.Builder
	b.WriteString(openPropstat)
	for _, one := range edits {
		b.WriteString(one.e.Empty())
	}
	return b.String() + good
}

func failed(edits []*edit) string {
	var b strings.Builder
	for _, one := range edits {
		if one.err == nil {
			text := "Attempted DAV:set operation could not be completed due to other errors."
			if one.remove {
				text = "Attempted DAV:remove operation could not be completed due to other errors."
			}
			one.err = dav.New(424, text)
		}
		fmt.Fprintf(&b, "<D:propstat>\n<D:prop>%s</D:prop>\n<D:status>HTTP/1.1 %d (status)</D:status>\n", one.e.Empty(), one.err.Status)
		if one.err.Desc != "" {
			b.WriteString("<D:responsedescription>\n" + one.err.Desc + "</D:responsedescription>\n")
		}
		b.WriteString("</D:propstat>\n")
	}
	return b.String()
}
