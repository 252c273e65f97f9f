package vhost

import (
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"

	"understudy/compat"
)

// A Server runs requests under the configuration that is in force. It is what
// modules know as compat.Engine.
type Server struct {
	snapshot atomic.Pointer[Snapshot]
}

// Swap puts a configuration into force for requests that begin from now on,
// and returns the one before.
func (s *Server) Swap(snap *Snapshot) *Snapshot { return s.snapshot.Swap(snap) }

// Snapshot is the configuration in force.
func (s *Server) Snapshot() *Snapshot { return s.snapshot.Load() }

// Limits is the host whose limits and timeouts count on connections to local
// until a request says whom it is for.
func (s *Server) Limits(local netip.AddrPort) *compat.Host {
	return s.snapshot.Load().addresses.base(local)
}

// Named is the host called name among those of c's address.
func (s *Server) Named(c *compat.Conn, name string) (*compat.Host, bool) {
	return s.snapshot.Load().addresses.find(c.Local, name)
}

// Serve is the life of a request that a client sent: from the header being read
// to the log line. What the client sent is in r, the answer goes out by r.Wire.
func (s *Server) Serve(r *compat.Request) {
	snap := s.snapshot.Load()
	e := takeEngine(s, snap)
	r.Engine = e
	r.RemoteAddr = r.Conn.Remote
	r.Host = snap.addresses.base(r.Conn.Local)
	r.Scope = r.Host.Scope
	switch {
	case r.Rejected && r.Aborted: // Nobody is there to read an answer.
	case r.Rejected:
		e.refuse(r)
	default:
		e.process(r)
	}
	finishBody(r)
	e.log(r)
	r.End()
	if n := e.recalled; n != nil && n != r {
		e.Release(n)
	}
	e.giveBack()
}

// refuse answers a request that could not be read. What it expects was looked
// at when its host was known already.
func (e *engine) refuse(r *compat.Request) {
	status := compat.Status(r.Status)
	r.RawPath = r.Target
	if r.RawPath == "" {
		r.RawPath = "/"
	}
	r.Path = r.RawPath
	if status == 417 {
		if refused := e.chooseHost(r); refused != compat.OK {
			status = refused
		}
	}
	e.Die(r, status)
}

// An engine runs a request that began under one configuration.
type engine struct {
	*Server
	snap *Snapshot
	body body // of the first response, which is the only one mostly

	spare *compat.Request // a sub-request that is over; nil: none
	// recalled is whom an answer was given again to; nil: nobody.
	recalled *compat.Request
	into     compat.BodyWriter // where the body of the one under way goes; nil: none is
}

var engines = sync.Pool{New: func() any { return new(engine) }}

func takeEngine(s *Server, snap *Snapshot) *engine {
	e := engines.Get().(*engine)
	e.Server, e.snap = s, snap
	return e
}

// giveBack is for when the request is over: nobody knows e any more.
func (e *engine) giveBack() {
	*e = engine{body: body{buf: e.body.buf[:0]}, spare: e.spare}
	engines.Put(e)
}

// answer ends a request whose phases answered status.
func (e *engine) answer(r *compat.Request, status compat.Status) {
	if status == compat.OK || status == compat.Done {
		return
	}
	e.Die(r, status)
}

// process runs the phases of a request that a client sent, from the choice of
// its host to the handler, or gives an answer again that is still good.
func (e *engine) process(r *compat.Request) {
	status := e.receive(r)
	if status != compat.Declined {
		e.answer(r, status)
		return
	}
	rec, given := e.repeat(r)
	if given {
		return
	}
	if status = e.mapRequest(r); status == compat.OK {
		status = e.invoke(r)
	}
	e.answer(r, status)
	if rec != nil {
		rec.end(r)
	}
}

// receive chooses the host, and asks those who answer before more is known. It
// answers Declined if none did.
func (e *engine) receive(r *compat.Request) compat.Status {
	if status := e.chooseHost(r); status != compat.OK {
		return status
	}
	r.Status = 200
	if status := e.all(r, compat.PostRead); status != compat.OK {
		return status
	}
	if !r.Proxied && !splitTarget(r.Method, r.Target).answered() {
		return 400
	}
	if !r.Forward && (r.Method == "CONNECT" || r.RawPath == "*") {
		return e.noPath(r)
	}
	return e.quick(r)
}

// quick lets hooks answer a request of which no more is known than what the
// client sent (ap_run_quick_handler).
func (e *engine) quick(r *compat.Request) compat.Status {
	if len(r.Scope.Pipeline.In(compat.Quick)) == 0 {
		return compat.Declined
	}
	r.Writer = e.respond(r)
	status := e.first(r, compat.Quick)
	switch status {
	case compat.OK:
		if err := r.Writer.Close(); err != nil {
			r.Aborted = true
		}
	case compat.Declined:
		r.Writer = nil
		e.body.e = nil
	}
	return status
}

// mapRequest runs the phases from the URL to what answers it, for main
// requests, sub-requests and internal redirects (ap_process_request_internal).
func (e *engine) mapRequest(r *compat.Request) compat.Status {
	if !r.Forward {
		if status := e.locate(r); status != compat.OK {
			return status
		}
	}
	w := e.snap.newWalk(r)
	w.locations()
	w.conditions()
	r.Scope = w.scope
	if status := e.first(r, compat.Translate); status != compat.OK {
		return decided(r, status, "translate")
	}
	return e.settle(r)
}

// settle runs the phases from the name of a file on. It begins with what the
// host says alone, as the walks do.
func (e *engine) settle(r *compat.Request) compat.Status {
	r.Scope = r.Host.Scope
	switch status := e.first(r, compat.MapToStorage); status {
	case compat.Declined:
		if r.Method == "TRACE" && r.Main == nil {
			return e.trace(r)
		}
		if status := e.walkFile(r); status != compat.OK {
			return status
		}
	case compat.OK:
		e.walkMapped(r)
	default:
		return status
	}
	if r.Main == nil {
		if status := e.all(r, compat.HeaderParser); status != compat.OK {
			return status
		}
	}
	if status := e.access(r); status != compat.OK {
		return status
	}
	if status := e.first(r, compat.TypeCheck); status != compat.OK && status != compat.Declined {
		return status
	}
	return e.all(r, compat.Fixups)
}

// walkFile finds the file, and the sections for it.
func (e *engine) walkFile(r *compat.Request) compat.Status {
	w := e.snap.newWalk(r)
	r.Scope = w.scope
	if strings.HasPrefix(r.Filename, "/") || isDrive(r.Filename) {
		if status := w.mapFile(); status != compat.OK {
			return status
		}
	}
	w.locations()
	w.conditions()
	r.Scope = w.scope
	return compat.OK
}

// walkMapped finds the sections for what is no file of ours, inside of those
// that were entered by who mapped it.
func (e *engine) walkMapped(r *compat.Request) {
	w := e.snap.newWalk(r)
	w.scope = r.Scope
	w.locations()
	w.conditions()
	r.Scope = w.scope
}

func isDrive(path string) bool { return len(path) > 2 && path[1] == ':' && path[2] == '/' }

// invoke lets filters and then the handler have the request.
func (e *engine) invoke(r *compat.Request) compat.Status {
	r.Writer = e.respond(r)
	if status := e.all(r, compat.InsertFilter); status != compat.OK {
		return status
	}
	e.insertFilters(r)
	if r.Handler == "" && r.ContentType != "" {
		// Apache looks for a handler by the media type then.
		r.Handler = mediaType(r.ContentType)
		defer func(was string) {
			if r.Handler == was {
				r.Handler = ""
			}
		}(r.Handler)
	}
	status := e.first(r, compat.Handler)
	if status == compat.Declined {
		if r.Handler != "" && r.Filename != "" {
			r.Logf("core", compat.LevelWarn, nil, "AH00523: handler \"%s\" not found for: %s", r.Handler, r.Filename)
		}
		return 500
	}
	if status == compat.OK {
		if err := r.Writer.Close(); err != nil {
			r.Aborted = true
		}
	}
	return filterStatus(r, status)
}

func mediaType(ct string) string {
	t, _, _ := strings.Cut(ct, ";")
	return strings.TrimSpace(t)
}

// all runs every hook of a phase, until one fails.
func (e *engine) all(r *compat.Request, p compat.Phase) compat.Status {
	for _, step := range r.Scope.Pipeline.In(p) {
		if status := step.Do(r); status != compat.OK && status != compat.Declined {
			r.Tracef(step.Module.Name, p.String(), "answers %d", status)
			return status
		}
	}
	return compat.OK
}

// first runs the hooks of a phase until one decides.
func (e *engine) first(r *compat.Request, p compat.Phase) compat.Status {
	for _, step := range r.Scope.Pipeline.In(p) {
		if status := step.Do(r); status != compat.Declined {
			r.Tracef(step.Module.Name, p.String(), "answers %d", status)
			return status
		}
	}
	return compat.Declined
}

// log runs the log phase, for the request as it came in.
func (e *engine) log(r *compat.Request) {
	for _, step := range r.Scope.Pipeline.In(compat.Log) {
		step.Run(r)
	}
}
