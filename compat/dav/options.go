package dav

import (
	"io"
	"slices"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// options tells what can be done with a resource (dav_method_options).
func (c call) options() compat.Status {
	res, err := c.resource()
	if err != nil {
		return c.fail(err, nil)
	}
	doc, status := c.document()
	if status != compat.OK {
		return status
	}
	if doc != nil && !doc.Root.Is("options") {
		c.complain(`AH00584: The "options" element was not found.`)
		return 400
	}
	methods := methodsOf(c.stateOf(c.Request, res), res)
	c.Out.Set("DAV", "1,2")
	c.Out.Add("DAV", "<http://apache.org/dav/propset/fs/1>")
	c.Out.Set("MS-Author-Via", "DAV")
	c.Out.Set("Allow", strings.Join(methods, ","))
	if doc == nil {
		c.Out.Set("Content-Length", "0")
		return compat.OK
	}
	return c.describe(res, doc, methods)
}

func methodsOf(s state, res *dav.Resource) []string {
	switch s {
	case isThere:
		list := []string{"OPTIONS", "GET", "HEAD", "POST", "DELETE", "TRACE", "PROPFIND", "PROPPATCH", "COPY", "MOVE"}
		if !res.Collection {
			list = append(list, "PUT")
		}
		return append(list, "LOCK", "UNLOCK")
	case isLock:
		return []string{"OPTIONS", "MKCOL", "PROPFIND", "PUT", "LOCK", "UNLOCK"}
	case isNothing:
		return []string{"OPTIONS", "MKCOL", "PUT", "LOCK"}
	}
	return []string{"OPTIONS"}
}

// describe answers the questions of a document.
func (c call) describe(res *dav.Resource, doc *dav.Document, methods []string) compat.Status {
	var b strings.Builder
	for _, e := range doc.Root.Children {
		var err *dav.Error
		switch {
		case e.Is("supported-method-set"):
			err = supportedMethods(&b, e, methods)
		case e.Is("supported-live-property-set"):
			err = c.supportedProperties(&b, e, res)
		case e.Is("supported-report-set"):
			err = supportedReports(&b, e)
		}
		if err != nil {
			c.Out.Del("Allow") // It is not said of errors.
			return c.fail(err, nil)
		}
	}
	c.Status = 200
	c.ContentType, c.Charset = xmlType, ""
	io.WriteString(c.Writer, xmlHeader+"<D:options-response xmlns:D=\"DAV:\">\n"+b.String()+"</D:options-response>\n")
	return compat.OK
}

func supportedMethods(b *strings.Builder, e *dav.Element, methods []string) *dav.Error {
	asked := methods
	if len(e.Children) > 0 {
		asked = nil
		for _, child := range e.Children {
			if !child.Is("supported-method") {
				continue
			}
			name, ok := child.Attribute("name")
			if !ok {
				return dav.New(400, `A DAV:supported-method element does not have a "name" attribute`)
			}
			if slices.ContainsFunc(methods, func(m string) bool { return strings.EqualFold(m, name) }) {
				asked = append(asked, name)
			}
		}
	}
	b.WriteString("<D:supported-method-set>\n")
	for _, name := range asked {
		b.WriteString(`<D:supported-method D:name="` + name + "\"/>\n")
	}
	b.WriteString("</D:supported-method-set>\n")
	return nil
}

func (c call) supportedProperties(b *strings.Builder, e *dav.Element, res *dav.Resource) *dav.Error {
	locks, err := c.repo.Locks(c.Request)
	if err != nil {
		return err.Push(err.Status, "The lock database could not be opened, preventing the reporting of supported lock properties.")
	}
	defer locks.Close()
	p := c.properties(locks)
	p.res = res
	b.WriteString("<D:supported-live-property-set>\n")
	if len(e.Children) == 0 {
		p.everyLive(b, asSupported, nil)
	}
	for _, child := range e.Children {
		if !child.Is("supported-live-property") {
			continue
		}
		n := dav.Name{Namespace: "DAV:"}
		var ok bool
		if n.Local, ok = child.Attribute("name"); !ok {
			return dav.New(400, `A DAV:supported-live-property element does not have a "name" attribute`)
		}
		if namespace, ok := child.Attribute("namespace"); ok {
			n.Namespace = namespace
		}
		if l := p.find(n); l != nil {
			p.insert(b, l, asSupported)
		} else if isCore(n) {
			p.insertCore(b, n.Local, asSupported)
		}
	}
	b.WriteString("</D:supported-live-property-set>\n")
	return nil
}

func supportedReports(b *strings.Builder, e *dav.Element) *dav.Error {
	for _, child := range e.Children {
		if child.Is("supported-report") {
			if _, ok := child.Attribute("name"); !ok {
				return dav.New(400, `A DAV:supported-report element does not have a "name" attribute`)
			}
		}
	}
	b.WriteString("<D:supported-report-set>\n</D:supported-report-set>\n")
	return nil
}
