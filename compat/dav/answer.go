package dav

import (
	"bufio"
	"io"
	"strconv"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

const (
	xmlType   = `text/xml; charset="utf-8"`
	xmlHeader = `<?xml version="1.0" encoding="utf-8"?>` + "\n"
)

// page answers with a text (dav_error_response).
func (c call) page(status int, text string) compat.Status {
	c.Status = status
	c.ContentType, c.Charset = "text/html; charset=ISO-8859-1", ""
	line := strconv.Itoa(status) + " " + compat.Reason(status)
	io.WriteString(c.Writer, `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">`+
		"\n<html>\n<head>\n<title>"+line+"</title>\n</head><body>\n<h1>"+compat.Reason(status)+"</h1>\n<p>"+text+"</p>\n"+
		compat.Signature(c.Request, "<hr />\n")+"</body></html>\n")
	return compat.OK
}

// created answers that something new is there, or is another (dav_created).
func (c call) created(uri, what string, replaced bool) compat.Status {
	if replaced {
		return 204
	}
	if uri == "" {
		uri = compat.EscapePath(c.Path)
	}
	c.Out.Set("Location", compat.ConstructURL(c.Request, uri))
	return c.page(201, what+" "+compat.EscapeHTML(uri)+" has been created.")
}

// fail answers with an error: a page, or what became of each resource
// (dav_handle_err).
func (c call) fail(err *dav.Error, each []dav.Response) compat.Status {
	c.record(err, compat.LevelError)
	if len(each) == 0 {
		return compat.Status(err.Status)
	}
	c.multistatus(err.Status, nil, each)
	return compat.OK
}

// record writes what led to an error to the log (dav_log_err).
func (c call) record(err *dav.Error, level compat.Level) {
	for ; err != nil; err = err.Prev {
		if err.Desc != "" {
			c.Logf("dav", level, err.Cause, "%s  [%d, #%d]", err.Desc, err.Status, err.ID)
		}
	}
}

// A report is a multi-status on its way.
type report struct{ *bufio.Writer }

// begin begins a multi-status (dav_begin_multistatus).
func (c call) begin(status int, namespaces []string) report {
	c.Status = status
	c.ContentType, c.Charset = xmlType, ""
	w := report{bufio.NewWriterSize(c.Writer, 8000)}
	w.WriteString(xmlHeader + `<D:multistatus xmlns:D="DAV:"` + dav.Declarations(namespaces) + ">\n")
	return w
}

// add says what is with one resource (dav_send_one_response).
func (w report) add(one dav.Response) {
	w.WriteString("<D:response" + one.Namespaces + ">\n<D:href>" + dav.Quote(compat.EscapePath(one.Href), false) + "</D:href>\n")
	if one.Propstats == "" {
		w.WriteString("<D:status>HTTP/1.1 " + strconv.Itoa(one.Status) + " " + compat.Reason(one.Status) + "</D:status>\n")
	} else {
		w.WriteString(one.Propstats)
	}
	if one.Desc != "" {
		w.WriteString("<D:responsedescription>" + one.Desc + "</D:responsedescription>\n")
	}
	w.WriteString("</D:response>\n")
}

func (w report) end() {
	w.WriteString("</D:multistatus>\n")
	w.Flush()
}

func (c call) multistatus(status int, namespaces []string, each []dav.Response) {
	w := c.begin(status, namespaces)
	for _, one := range each {
		w.add(one)
	}
	w.end()
}
