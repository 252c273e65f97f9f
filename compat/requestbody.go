package compat

import (
	"io"
	"net/http"
)

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

// DiscardBody reads and forgets the body (ap_discard_request_body), if the
// connection is to be kept for its sake. It answers OK, or the status the body
// deserves.
func (r *Request) DiscardBody() Status {
	if r.Body == nil || r.Main != nil || !r.KeepAlive {
		return OK
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return StatusOf(err)
	}
	return OK
}
