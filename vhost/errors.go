package vhost

import (
	"io"
	"strconv"
	"strings"

	"understudy/compat"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Die answers r with an error page (ap_die_r): the canned one, or what
// ErrorDocument says for the status.
func (e *engine) Die(r *compat.Request, status compat.Status) {
	if status == compat.Done || status == compat.OK || r.Wire.Started() {
		if r.Wire.Started() && status > 0 {
			r.KeepAlive = false
		}
		return
	}
	if status < 100 || status > 999 {
		status = 500
	}
	if status == 401 && r.Forward {
		status = 407 // So that no module need know of proxies.
	}
	if compat.Reason(int(status)) == "" && status >= 400 && r.ReasonStatus != int(status) {
		status = 500
	}
	// An error while an error document was fetched: the answer is to the first
	// one, with the fields that it has, and its page says so. Redirects by others
	// begin with 200.
	first, recursive := r, 0
	if r.Prev != nil && r.Status != 200 {
		recursive = r.Status
		for first.Prev != nil && first.Prev.Status != 200 {
			first = first.Prev
		}
	}
	if r.Status != int(status) && r.ReasonStatus != int(status) {
		r.Reason = "" // It went with the other.
	}
	r.Status = int(status)
	if drops(int(status)) {
		r.KeepAlive = false
	}
	if recursive == 0 && e.errorDocument(r) {
		return
	}
	if recursive == 0 && e.faultyBody(r) {
		return
	}
	if first != r {
		first.KeepAlive = first.KeepAlive && r.KeepAlive
		first.ErrOut.CopyFrom(&r.ErrOut)
	}
	e.errorPage(first, recursive)
}

// faultyBody reads the body, before the page goes out, and answers with the
// status that it deserves, if it does (ap_finalize_request_protocol).
func (e *engine) faultyBody(r *compat.Request) bool {
	if r.ExpectContinue {
		return false
	}
	fault := r.DiscardBody()
	if fault == compat.OK {
		return false
	}
	first := r.Status
	r.Status, r.Reason, r.KeepAlive = int(fault), "", false
	r.Notes.Set(unknownLength, "1")
	e.errorPage(r, first)
	return true
}

// drops reports whether the connection is closed after a status
// (ap_status_drops_connection).
func drops(status int) bool {
	switch status {
	case 400, 408, 411, 413, 414, 500, 501, 503:
		return true
	}
	return false
}

// errorDocument answers with what ErrorDocument says, if it does.
func (e *engine) errorDocument(r *compat.Request) bool {
	doc, ok := r.Scope.Core.ErrorDocuments[r.Status]
	if !ok || doc.Default {
		return false
	}
	if doc.Text != nil {
		e.message(r, doc.Text.Eval(compat.ExprContext(r)))
		return true
	}
	uri := doc.URI.Eval(compat.ExprContext(r))
	if compat.IsURL(uri) {
		if r.Status == 401 {
			return false // The client would not be asked for a password.
		}
		r.Status = 302
		r.ErrOut.Set("Location", uri)
		e.errorPage(r, 0)
		return true
	}
	if !strings.HasPrefix(uri, "/") {
		return false
	}
	n, ok := e.follow(r, uri)
	if !ok {
		return false
	}
	n.Env.Set("REDIRECT_URL", r.Path)
	if r.HasQuery {
		n.Env.Set("REDIRECT_QUERY_STRING", r.Query)
	}
	n.Env.Set("REDIRECT_REQUEST_METHOD", r.Method)
	if notes := r.Notes.Get("error-notes"); notes != "" {
		n.Env.Set("REDIRECT_ERROR_NOTES", notes)
	}
	n.Method = "GET"
	n.NoLocalCopy = true
	n.AllowedMethods = r.AllowedMethods
	n.KeepAlive = r.KeepAlive
	if r.AllowedMethods != nil {
		n.Out.Set("Allow", strings.Join(r.AllowedMethods, ","))
	}
	e.run(n)
	return true
}

// message sends a text of ErrorDocument.
func (e *engine) message(r *compat.Request, text string) {
	e.plainResponse(r)
	r.ContentType = "text/html; charset=iso-8859-1"
	r.Writer = filterError(r, e.respondError(r))
	io.WriteString(r.Writer, text)
	r.Writer.Close()
}

// plainResponse forgets what a handler has said of a body that is not sent.
func (e *engine) plainResponse(r *compat.Request) {
	location := r.Out.Get("Location")
	allow := r.Out.Get("Allow")
	r.Out.Reset()
	if location != "" && r.Status/100 == 3 || r.Status == 201 {
		r.Out.Set("Location", location)
	}
	if allow != "" {
		r.Out.Set("Allow", allow)
	}
	r.Encodings, r.Languages, r.Charset = nil, nil, ""
	r.ContentType = ""
}

// errorPage sends the canned page for r.Status (ap_send_error_response).
func (e *engine) errorPage(r *compat.Request, recursive int) {
	if len(r.Scope.Pipeline.In(compat.InsertError)) > 0 && e.instead(r) {
		return
	}
	if r.Status == 304 || r.Status == 204 {
		r.Writer = e.respond(r)
		r.Writer.Close()
		return
	}
	e.plainResponse(r)
	if r.Status == 405 || r.Status == 501 {
		r.Out.Set("Allow", allow(r))
	}
	r.ContentType = "text/html; charset=iso-8859-1"
	if suppressCharset := r.Env.Has("suppress-error-charset"); suppressCharset {
		r.ContentType = "text/html"
	}
	w := filterError(r, e.respondError(r))
	r.Writer = w
	title := statusLine(r)
	_, h1, _ := strings.Cut(title, " ")
	var b strings.Builder
	b.WriteString("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\">\n<html><head>\n<title>")
	b.WriteString(title)
	b.WriteString("</title>\n</head><body>\n<h1>")
	b.WriteString(h1)
	b.WriteString("</h1>\n")
	b.WriteString(canned(r))
	if recursive != 0 {
		b.WriteString("<p>Additionally, a " + itoa(recursive) + " " + compat.Reason(recursive) +
			"\nerror was encountered while trying to use an ErrorDocument to handle the request.</p>\n")
	}
	b.WriteString(compat.Signature(r, "<hr>\n"))
	b.WriteString("</body></html>\n")
	io.WriteString(w, b.String())
	w.Close()
}

// instead lets hooks send something else than an error page.
func (e *engine) instead(r *compat.Request) bool {
	before := r.Writer
	r.Writer = e.respond(r)
	if e.first(r, compat.InsertError) == compat.Done {
		r.Writer.Close()
		return true
	}
	r.Writer = before
	return false
}

// allow is what Allow says with an error (make_allow): TRACE at least, unless
// it is disabled.
func allow(r *compat.Request) string {
	if r.AllowedMethods == nil && r.Host.Trace != "off" {
		return "TRACE"
	}
	return strings.Join(r.AllowedMethods, ",")
}

// statusLine is "404 Not Found", or what a handler gave instead.
func statusLine(r *compat.Request) string {
	if r.Reason != "" {
		return itoa(r.Status) + " " + r.Reason
	}
	return itoa(r.Status) + " " + compat.Reason(r.Status)
}
