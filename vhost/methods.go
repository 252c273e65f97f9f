package vhost

import "understudy/compat"

// optionsStar answers OPTIONS * (http_send_options).
func (e *engine) optionsStar(r *compat.Request) compat.Status {
	if status := r.DiscardBody(); status != compat.OK {
		return status
	}
	r.Writer = e.respondBare(r)
	r.Out.Set("Content-Length", "0")
	r.Writer.Close()
	return compat.Done
}

// trace answers TRACE with the request itself.
func (e *engine) trace(r *compat.Request) compat.Status {
	r.Writer = e.respondBare(r)
	status := compat.SendTrace(r)
	if status != compat.Done {
		r.Writer = nil // The error has one of its own.
	}
	return status
}
