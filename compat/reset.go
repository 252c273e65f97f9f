package compat

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
