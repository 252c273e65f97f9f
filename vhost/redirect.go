package vhost

import (
	"path/filepath"
	"strings"

	"understudy/compat"
)

// Defaults of LimitInternalRecursion.
const maxInternal = 10

// Redirect answers r with a local URL: a new request whose environment has r's
// variables as REDIRECT_… (internal_internal_redirect).
func (e *engine) Redirect(r *compat.Request, uri string) compat.Status {
	n, ok := e.follow(r, uri)
	if !ok {
		return 500
	}
	if r.Main != nil {
		return e.runRedirected(n)
	}
	e.run(n)
	return compat.Done
}

// runRedirected answers in the place of a sub-request that was redirected.
func (e *engine) runRedirected(n *compat.Request) compat.Status {
	if status := e.all(n, compat.PostRead); status != compat.OK {
		return status
	}
	if status := e.mapRequest(n); status != compat.OK {
		return status
	}
	if status := e.runInto(n, e.into); status != compat.OK {
		return status
	}
	return compat.Done // The filters of the first have nothing to do with it.
}

func (e *engine) run(n *compat.Request) {
	if status := e.all(n, compat.PostRead); status != compat.OK {
		e.answer(n, status)
		return
	}
	if status := e.mapRequest(n); status != compat.OK {
		e.answer(n, status)
		return
	}
	e.answer(n, e.invoke(n))
}

// follow makes the request for an internal redirect.
func (e *engine) follow(r *compat.Request, uri string) (*compat.Request, bool) {
	if recursed(r) {
		return nil, false
	}
	n := e.derive(r)
	n.Prev, r.Next = r, n
	n.Redirects = r.Redirects + 1
	n.Main, n.Depth = r.Main, r.Depth
	n.Wire, n.Line = r.Wire, r.Line
	n.Body, n.BodyLength = r.UnfilteredBody()
	n.Status, n.NoCache, n.NoLocalCopy = r.Status, r.NoCache, r.NoLocalCopy
	n.VariantList = r.VariantList
	n.ErrOut.CopyFrom(&r.ErrOut)
	if r.Status/100 == 3 && r.Out.Has("Location") {
		n.Out.Set("Location", r.Out.Get("Location"))
	}
	if r.Notes.Has("redirect-keeps-vary") && r.Out.Has("Vary") {
		n.Out.Set("Vary", r.Out.Get("Vary"))
	}
	setURI(n, uri)
	copyEnv(r, n)
	n.Env.Set("REDIRECT_STATUS", itoa(r.Status))
	return n, true
}

// recursed reports whether r came about by too many redirects, or sub-requests
// of sub-requests, to be followed by another (ap_is_recursion_limit_exceeded).
func recursed(r *compat.Request) bool {
	redirects, subs := limitOf(r.Host.RecursionRedirects), limitOf(r.Host.RecursionSubs)
	for top := r; top.Prev != nil || top.Main != nil; {
		if top.Prev != nil {
			if redirects--; redirects <= 0 {
				r.Logf("core", compat.LevelError, nil, "AH00124: Request exceeded the limit of %d internal redirects due to "+
					"probable configuration error. Use 'LimitInternalRecursion' to increase the limit if necessary. "+
					"Use 'LogLevel debug' to get a backtrace.", limitOf(r.Host.RecursionRedirects))
				return true
			}
			top = top.Prev
		}
		if top.Prev == nil && top.Main != nil {
			if subs--; subs <= 0 {
				r.Logf("core", compat.LevelError, nil, "AH00125: Request exceeded the limit of %d subrequest nesting levels due to "+
					"probable configuration error. Use 'LimitInternalRecursion' to increase the limit if necessary. "+
					"Use 'LogLevel debug' to get a backtrace.", limitOf(r.Host.RecursionSubs))
				return true
			}
			top = top.Main
		}
	}
	return false
}

// limitOf is what LimitInternalRecursion says, or its default.
func limitOf(n *int) int {
	if n == nil || *n == 0 {
		return maxInternal
	}
	return *n
}

// copyEnv gives n the variables of r, renamed (rename_original_env).
func copyEnv(r, n *compat.Request) {
	for _, v := range r.Env.All() {
		n.Env.Set("REDIRECT_"+v.Name, v.Value)
	}
}

// derive makes a request that shares with r what belongs to the client.
func (e *engine) derive(r *compat.Request) *compat.Request {
	n := e.fresh()
	n.Method, n.Protocol, n.ProtoNum, n.HeaderOnly = r.Method, r.Protocol, r.ProtoNum, r.HeaderOnly
	n.Conn, n.Start, n.Host, n.Hostname, n.HostPort, n.Scope = r.Conn, r.Start, r.Host, r.Hostname, r.HostPort, r.Host.Scope
	n.RemoteAddr, n.Status, n.KeepAlive, n.AssBackwards = r.RemoteAddr, 200, r.KeepAlive, r.AssBackwards
	n.Engine, n.Trace, n.Target, n.LogID = r.Engine, r.Trace, r.Target, r.LogID
	n.ExpectContinue, n.KeptBody, n.Recorder = r.ExpectContinue, r.KeptBody, r.Recorder
	n.In.CopyFrom(&r.In)
	return n
}

// fresh is an empty request.
func (e *engine) fresh() *compat.Request {
	if n := e.spare; n != nil {
		e.spare = nil
		return n
	}
	return new(compat.Request)
}

// Release lets the next sub-request use the memory of sub.
func (e *engine) Release(sub *compat.Request) {
	sub.Reset()
	e.spare = sub
}

// setURI takes a local URL apart into n.
func setURI(n *compat.Request, uri string) {
	n.RawPath, n.Query, n.HasQuery = strings.Cut(uri, "?")
	n.Path, n.Target = n.RawPath, uri
}

// Lookup makes a sub-request for a local URL.
func (e *engine) Lookup(r *compat.Request, uri, method string) *compat.Request {
	n, ok := e.sub(r)
	n.Method = method
	if !strings.HasPrefix(uri, "/") {
		uri = compat.EscapePath(parent(r.Path)) + uri
	}
	setURI(n, uri)
	if !ok {
		return n
	}
	if status := e.mapRequest(n); status != compat.OK {
		n.Status = int(status)
	}
	return n
}

// LookupFile makes a sub-request for a file: an absolute path, or one beside
// r's file (ap_sub_req_lookup_file). It has a URL only in r's own directory.
func (e *engine) LookupFile(r *compat.Request, path string) *compat.Request {
	n, ok := e.sub(r)
	dir := parent(r.Filename)
	if !filepath.IsAbs(path) {
		path = dir + path
	}
	n.Filename = compat.CleanFilename(path)
	if name, inside := strings.CutPrefix(n.Filename, dir); inside && name != "" && !strings.Contains(name, "/") {
		n.Path = parent(r.Path) + name
	}
	if !ok {
		return n
	}
	if status := e.settle(n); status != compat.OK {
		n.Status = int(status)
	}
	return n
}

// LookupEntry makes a sub-request for an entry of the directory that r's file
// is in.
func (e *engine) LookupEntry(r *compat.Request, name string, merge bool) *compat.Request {
	n, ok := e.sub(r)
	if !ok {
		return n
	}
	n.Filename = parent(r.Filename) + name
	n.Path = parent(strings.TrimSuffix(r.Path, r.PathInfo)) + name
	if merge {
		n.Path += r.PathInfo
		n.Query, n.HasQuery = r.Query, r.HasQuery
	}
	n.RawPath = compat.EscapePath(n.Path)
	if status := e.settle(n); status != compat.OK {
		n.Status = int(status)
	}
	if merge && r.PathInfo != "" {
		n.PathInfo = r.PathInfo
	}
	return n
}

// sub makes a sub-request (make_sub_request); ok is false when they are nested
// too deep.
func (e *engine) sub(r *compat.Request) (n *compat.Request, ok bool) {
	n = e.derive(r)
	n.Main = r
	n.Depth = r.Depth + 1
	n.Wire = r.Wire
	n.Method, n.Protocol = "GET", "INCLUDED"
	for _, h := range []string{"Range", "If-Range", "If-Modified-Since", "If-None-Match", "If-Match", "If-Unmodified-Since"} {
		n.In.Del(h)
	}
	if r.KeptBody == nil {
		for _, h := range []string{"Content-Length", "Content-Type", "Transfer-Encoding"} {
			n.In.Del(h)
		}
	}
	for _, v := range r.Env.All() {
		n.Env.Set(v.Name, v.Value)
	}
	if recursed(r) {
		n.Status = 500
		return n, false
	}
	return n, true
}

// Run runs the handler of a sub-request; the body goes into that of the main
// one, or to where its Writer says already, without a header.
func (e *engine) Run(sub *compat.Request) compat.Status {
	into := sub.Writer
	if into == nil {
		into = sub.Main.Writer
	}
	defer func(outer compat.BodyWriter) { e.into = outer }(e.into)
	e.into = into
	status := e.runInto(sub, into)
	if status == compat.Done {
		return compat.OK
	}
	return status
}

// runInto has the handler of a sub-request write to into.
func (e *engine) runInto(sub *compat.Request, into compat.BodyWriter) compat.Status {
	sub.Writer = included{into, sub.Main}
	if status := e.all(sub, compat.InsertFilter); status != compat.OK {
		return status
	}
	e.insertFilters(sub)
	status := e.first(sub, compat.Handler)
	if status == compat.Declined {
		return 500
	}
	if status == compat.OK {
		sub.Writer.Close()
	}
	return filterStatus(sub, status)
}

// Adopt makes r go on as the sub-request that was looked up for it
// (ap_internal_fast_redirect).
func (e *engine) Adopt(r, sub *compat.Request) {
	r.Path, r.RawPath, r.Query, r.HasQuery = sub.Path, sub.RawPath, sub.Query, sub.HasQuery
	r.Filename, r.Info, r.PathInfo, r.CanonicalFilename = sub.Filename, sub.Info, sub.PathInfo, sub.CanonicalFilename
	r.Scope, r.Handler = sub.Scope, sub.Handler
	r.LinksUpTo, r.OwnLinks = sub.LinksUpTo, sub.OwnLinks
	r.ContentType, r.Charset, r.Encodings, r.Languages = sub.ContentType, sub.Charset, sub.Encodings, sub.Languages
	r.ContextPrefix, r.ContextRoot, r.Root = sub.ContextPrefix, sub.ContextRoot, sub.Root
	r.SatisfyAny = sub.SatisfyAny
	r.NoCache, r.NoLocalCopy = r.NoCache && sub.NoCache, r.NoLocalCopy && sub.NoLocalCopy
	r.AdoptFilters(sub)
	for _, f := range sub.Out.Fields() {
		r.Out.Set(f.Name, f.Value)
	}
	for _, f := range sub.ErrOut.Fields() {
		r.ErrOut.Set(f.Name, f.Value)
	}
	for _, v := range sub.Env.All() {
		r.Env.Set(v.Name, v.Value)
	}
	for _, v := range sub.Notes.All() {
		r.Notes.Set(v.Name, v.Value)
	}
}

// MapFile stats path as the file of r and walks the sections for it.
func (e *engine) MapFile(r *compat.Request, path string) compat.Status {
	r.Filename = path
	return e.walkFile(r)
}
