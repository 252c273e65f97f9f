package compat

import (
	"bytes"
	"io"
	"strings"
)

// maxTraceBody bounds the body TRACE shows with TraceEnable extended.
const maxTraceBody = 64 << 10

// SendTrace answers TRACE with the request itself, through r.Writer
// (ap_send_http_trace).
func SendTrace(r *Request) Status {
	switch r.Host.Trace {
	case "off":
		r.AllowedMethods = nil
		return 405
	case "extended":
	default:
		if te, ok := r.In.Lookup("Transfer-Encoding"); ok && !strings.EqualFold(te, "chunked") {
			return 501 // ap_setup_client_block knows no other.
		}
		if r.BodyLength != 0 {
			r.Notes.Set("error-notes", "TRACE with request body is not allowed")
			return 413
		}
	}
	var b bytes.Buffer
	b.WriteString(r.Line + "\r\n")
	for _, f := range r.In.Fields() {
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	b.WriteString("\r\n")
	if r.BodyLength != 0 && r.Body != nil {
		n, err := io.Copy(&b, io.LimitReader(r.Body, maxTraceBody+1))
		if err != nil || n > maxTraceBody {
			return 413
		}
	}
	r.ContentType = "message/http"
	r.Writer.Write(b.Bytes())
	r.Writer.Flush() // Apache does not know the length yet.
	r.Writer.Close()
	return Done
}
