package dav

import (
	"io"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// defaultXML is LimitXMLRequestBody where nobody says.
const defaultXML = 1000000

// document reads the body as XML; nil: there is none (ap_xml_parse_input).
func (c call) document() (*dav.Document, compat.Status) {
	if c.Body == nil {
		return nil, compat.OK
	}
	limit := int64(defaultXML)
	if said := c.Scope.Core.LimitXMLBody; said != nil {
		limit = *said
	}
	body := c.Body
	if limit > 0 {
		body = io.LimitReader(body, limit+1)
	}
	text, err := io.ReadAll(body)
	switch {
	case limit > 0 && int64(len(text)) > limit:
		c.Logf("core", compat.LevelError, nil, "AH00539: XML request body is larger than the configured limit of %d", limit)
		return nil, 413
	case err != nil:
		return nil, compat.StatusOf(err)
	case len(text) == 0:
		return nil, compat.OK
	}
	doc, err := dav.Parse(text)
	if err != nil {
		c.Logf("core", compat.LevelError, nil, "AH00541: XML Parser Error: %s", strings.TrimSpace(err.Error()))
		return nil, 400
	}
	return doc, compat.OK
}

// report answers REPORT, of which there is none.
func (c call) report() compat.Status {
	doc, status := c.document()
	if status != compat.OK {
		return status
	}
	if doc == nil {
		c.complain("AH00614: The request body must specify a report.")
		return 400
	}
	res, err := c.resource()
	switch {
	case err != nil:
		return c.fail(err, nil)
	case !res.Exists:
		return 404
	}
	return 501
}
