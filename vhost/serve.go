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
		e.answer(r, e.process(r))
	}
	finishBody(r)
	e.log(r)
	e.giveBack()
}

// refuse answers a request that could not be read. What it expects was looked
// at when its host was known already.
func (e *engine) refuse(r *compat.Request) {
	status := compat.Status(r.Status)
	r.RawPath, r.Path = r.Target, r.Target
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
}

var engines = sync.Pool{New: func() any { return new(engine) }}

func takeEngine(s *Server, snap *Snapshot) *engine {
	e := engines.Get().(*engine)
	e.Server, e.snap = s, snap
	return e
}

// giveBack is for when the request is over: nobody knows e any more.
func (e *engine) giveBack() {
	*e = engine{body: body{buf: e.body.buf[:0]}}
	engines.Put(e)
}

// answer ends a request whose phases answered status.
func (e *engine) answer(r *compat.Request, status compat.Status) {
	if status == compat.OK || status == compat.Done {
		return
	}
	e.Die(r, status)
}

// process runs the phases up to the handler (ap_process_request_internal).
func (e *engine) process(r *compat.Request) compat.Status {
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
	if status := e.path(r); status != compat.OK {
		return status
	}
	if status := e.mapRequest(r); status != compat.OK {
		return status
	}
	return e.invoke(r)
}

// chooseHost finds the virtual host by name.
func (e *engine) chooseHost(r *compat.Request) compat.Status {
	value, has := r.In.Lookup("Host")
	t := splitTarget(r.Method, r.Target)
	r.RawPath = t.rest
	r.Path, r.Query, r.HasQuery = strings.Cut(t.rest, "?")
	if host := t.host(); host != "" && strings.EqualFold(t.scheme, compat.Scheme(r)) {
		if !has && r.ProtoNum >= 1001 {
			return 400
		}
		value, has = host, true
	}
	if !has {
		if r.ProtoNum >= 1001 {
			r.Logf("core", compat.LevelDebug, nil, "AH00569: client sent HTTP/1.1 request without hostname "+
				"(see RFC2616 section 14.23): %s", r.Target)
			return 400
		}
		path, _, _ := strings.Cut(r.RawPath, "?")
		r.Host = e.snap.addresses.byPath(r.Conn.Local, path)
		r.Scope = r.Host.Scope
		return compat.OK
	}
	unsafe := r.Host.Protocol.Unsafe
	name, port, err := parseHost(value, unsafe == nil || !*unsafe)
	if err != nil {
		if value == "" && r.ProtoNum < 1001 {
			return compat.OK
		}
		r.Logf("core", compat.LevelDebug, nil, "AH00550: %v", err)
		return 400
	}
	r.Hostname, r.HostPort = name, port
	r.Host = e.snap.addresses.find(r.Conn.Local, strings.Trim(name, "[]"))
	if name[0] == '[' {
		r.Host = e.snap.addresses.find(r.Conn.Local, name)
	}
	r.Scope = r.Host.Scope
	if r.Host.StrictHostCheck != nil && *r.Host.StrictHostCheck && !answersTo(r.Host, name) {
		return 400
	}
	r.Tracef("core", r.Host.Pos.String(), "host %s answers for %q", r.Host.Name, value)
	return compat.OK
}

// path makes r.Path of what was sent.
func (e *engine) path(r *compat.Request) compat.Status {
	r.RawPath, r.Query, r.HasQuery = strings.Cut(r.RawPath, "?")
	if r.Method == "CONNECT" {
		if strings.HasPrefix(r.Target, "/") {
			return 400
		}
		r.Path = r.Target
		return 405
	}
	if r.RawPath == "*" {
		r.Path = "*"
		if r.Method != "OPTIONS" {
			return 400
		}
		return e.optionsStar(r)
	}
	merge := r.Host.MergeSlashes == nil || *r.Host.MergeSlashes
	clean, ok := normalize(r.RawPath, merge)
	if !ok {
		r.Path = r.RawPath
		r.Logf("core", compat.LevelError, nil, "AH10244: invalid URI path (%s)", r.RawPath)
		return 400
	}
	path, status := decode(clean, r.Host.EncodedSlashes)
	if status != 0 {
		r.Path = clean
		if status == 400 {
			r.Logf("core", compat.LevelError, nil, "AH00026: found %%2f (encoded '/') in URI path (%s), returning 404", r.RawPath)
		}
		return compat.Status(status)
	}
	if len(path) != len(clean) && r.Host.EncodedSlashes == "on" {
		if path, ok = normalize(strings.ReplaceAll(path, "%", "%25"), merge); !ok {
			r.Path = clean
			return 400
		}
		path = strings.ReplaceAll(path, "%25", "%")
	}
	r.Path = path
	return compat.OK
}

// mapRequest runs the phases from the URL to what answers it. It serves main
// requests, sub-requests and internal redirects.
func (e *engine) mapRequest(r *compat.Request) compat.Status {
	w := e.snap.newWalk(r)
	w.locations()
	r.Scope = w.scope
	if status := e.first(r, compat.Translate); status != compat.OK {
		return decided(status)
	}
	if r.Method == "TRACE" && r.Main == nil {
		return e.trace(r)
	}
	switch status := e.first(r, compat.MapToStorage); status {
	case compat.Declined:
		if status := e.walkFile(r); status != compat.OK {
			return status
		}
	case compat.OK:
		e.walkMapped(r)
	default:
		return status
	}
	if status := e.all(r, compat.HeaderParser); status != compat.OK {
		return status
	}
	if status := e.access(r); status != compat.OK {
		return status
	}
	if status := e.first(r, compat.TypeCheck); status != compat.OK && status != compat.Declined {
		return status
	}
	return e.all(r, compat.Fixups)
}

// decided is a status of a phase in which somebody must decide.
func decided(status compat.Status) compat.Status {
	if status == compat.Declined {
		return 500
	}
	return status
}

// walkFile finds the file, and the sections for it.
func (e *engine) walkFile(r *compat.Request) compat.Status {
	w := e.snap.newWalk(r)
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

// walkMapped finds the sections for what is no file of ours.
func (e *engine) walkMapped(r *compat.Request) {
	w := e.snap.newWalk(r)
	w.locations()
	w.conditions()
	r.Scope = w.scope
}

func isDrive(path string) bool { return len(path) > 2 && path[1] == ':' && path[2] == '/' }

// access runs the three phases that decide who may see what. With Satisfy Any
// passing one side is enough (ap_process_request_internal).
func (e *engine) access(r *compat.Request) compat.Status {
	if r.Main != nil && r.Main.Scope == r.Scope || r.Prev != nil && r.Prev.Scope == r.Scope && r.Prev.User != "" {
		return compat.OK // Decided already, under the same sections.
	}
	access := e.all(r, compat.AccessCheck)
	if r.SatisfyAny {
		if access == compat.OK {
			return compat.OK
		}
		if status := e.first(r, compat.AccessCheckEx); status == compat.OK {
			return compat.OK
		}
		if status := e.authenticate(r); status != compat.OK {
			if len(r.Scope.Pipeline[compat.Authn]) == 0 {
				return access
			}
			return status
		}
		return compat.OK
	}
	if access != compat.OK {
		return access
	}
	switch status := e.first(r, compat.AccessCheckEx); status {
	case compat.OK:
		return compat.OK
	case compat.Declined:
		return e.authenticate(r)
	default:
		return status
	}
}

func (e *engine) authenticate(r *compat.Request) compat.Status {
	switch status := e.first(r, compat.Authn); status {
	case compat.OK:
	case compat.Declined:
		r.Logf("core", compat.LevelError, nil, "AH00027: No authentication done but request not allowed without "+
			"authentication for %s. Authentication not configured?", r.Path)
		return 500
	default:
		return status
	}
	return decided(e.first(r, compat.Authz))
}

// invoke lets filters and then the handler have the request.
func (e *engine) invoke(r *compat.Request) compat.Status {
	r.Writer = e.respond(r)
	if status := e.all(r, compat.InsertFilter); status != compat.OK {
		return status
	}
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
		r.Logf("core", compat.LevelError, nil, "AH00523: no handler for %s", r.Path)
		return 500
	}
	if status == compat.OK {
		if err := r.Writer.Close(); err != nil {
			r.Aborted = true
		}
	}
	return status
}

func mediaType(ct string) string {
	t, _, _ := strings.Cut(ct, ";")
	return strings.TrimSpace(t)
}

// all runs every hook of a phase, until one fails.
func (e *engine) all(r *compat.Request, p compat.Phase) compat.Status {
	for _, step := range r.Scope.Pipeline[p] {
		if status := step.Run(r); status != compat.OK && status != compat.Declined {
			r.Tracef(step.Module.Name, p.String(), "answers %d", status)
			return status
		}
	}
	return compat.OK
}

// first runs the hooks of a phase until one decides.
func (e *engine) first(r *compat.Request, p compat.Phase) compat.Status {
	for _, step := range r.Scope.Pipeline[p] {
		if status := step.Run(r); status != compat.Declined {
			r.Tracef(step.Module.Name, p.String(), "answers %d", status)
			return status
		}
	}
	return compat.Declined
}

// log runs the log phase, for the request as it came in.
func (e *engine) log(r *compat.Request) {
	for _, step := range r.Scope.Pipeline[compat.Log] {
		step.Run(r)
	}
}
