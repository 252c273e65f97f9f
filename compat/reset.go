package compat

import (
	"io"
	"net/http"
	"time"
)

// Reset makes r ready for the next request of a connection. It keeps memory,
// and nothing else.
func (r *Request) Reset() {
	in, trailers, out, errOut, env, notes := r.In, r.Trailers, r.Out, r.ErrOut, r.Env, r.Notes
	*r = Request{}
	in.Reset()
	trailers.Reset()
	out.Reset()
	errOut.Reset()
	env.Reset()
	notes.Reset()
	r.In, r.Trailers, r.Out, r.ErrOut, r.Env, r.Notes = in, trailers, out, errOut, env, notes
}

// A StatusError is an error that says which status to answer with: what
// reading a body fails with when it is too large or badly framed.
type StatusError Status

// Error names the status.
func (e StatusError) Error() string { return http.StatusText(int(e)) }

// StatusOf is the status an error of reading a body asks for, 400 if it does
// not say.
func StatusOf(err error) Status {
	if s, ok := err.(StatusError); ok {
		return Status(s)
	}
	return 400
}

// DiscardBody reads and forgets the body (ap_discard_request_body). It answers
// OK, or the status the body deserves.
func (r *Request) DiscardBody() Status {
	if r.Body == nil {
		return OK
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return StatusOf(err)
	}
	return OK
}

// ParseDate reads a date in one of the three forms of RFC 9110, section 5.6.7.
func ParseDate(s string) (time.Time, error) { return http.ParseTime(s) }
