package compat

import "strings"

// An answer that depends on nothing but what the client asked, the configuration
// and what stat says of some files is given again without all this, as long as
// they are the same. What it depends on is taken down while it is made, by a
// Recorder. Hooks and filters take part if they say that they repeat themselves;
// an answer in which another had a say is made anew each time.

// A Recorder takes down what the answer to a request depends on.
type Recorder interface {
	// Field takes down that the request's fields called name were asked for.
	Field(name string)
	// Saw takes down that path was looked at, or will be.
	Saw(path string)
	// ThisSecond takes down that the answer is good for the second the request
	// began in.
	ThisSecond()
	// Once takes down that the answer is good for this request alone.
	Once()
}

// Repeats says of h that it does the same to a request whenever that is asked
// alike: by what it finds in the request and its header, in files it has
// [Request.Saw] told of, or in nothing else, unless it calls [Request.Once].
// What it finds of the client's address, of the connection, of the time or of
// memory others change is else.
func (h Hook) Repeats() Hook { h.repeats = true; return h }

// Saw tells that the answer depends on what stat says of path. It is called
// before path is looked at.
func (r *Request) Saw(path string) {
	if r.Recorder != nil {
		r.Recorder.Saw(path)
	}
}

// Once tells that the answer may differ from the next one to the same request.
func (r *Request) Once() {
	if r.Recorder != nil {
		r.Recorder.Once()
	}
}

// ThisSecond tells that the answer is good for this second.
func (r *Request) ThisSecond() {
	if r.Recorder != nil {
		r.Recorder.ThisSecond()
	}
}

// Record has what the answer to r depends on taken down; nil: no more.
func (r *Request) Record(by Recorder) { r.Recorder, r.In.recorder = by, by }

// Keep is what the phases and the handler made of r, for [Request.Resume]. It
// shares no memory with r.
func (r *Request) Keep() *Request {
	k := &Request{}
	k.Resume(r)
	for _, s := range []*string{&k.Method, &k.Target, &k.Path, &k.RawPath, &k.Query, &k.Filename, &k.PathInfo, &k.CanonicalFilename,
		&k.WalkedDir, &k.Handler, &k.ContextPrefix, &k.ContextRoot, &k.Root, &k.Reason, &k.ContentType, &k.Charset, &k.VariantList} {
		*s = strings.Clone(*s)
	}
	for _, list := range []*[]Field{&k.Env.list, &k.Notes.list, &k.Out.fields, &k.ErrOut.fields} {
		*list = CloneFields(*list)
	}
	k.Encodings, k.Languages = CloneStrings(k.Encodings), CloneStrings(k.Languages)
	k.AllowedMethods, k.OutputFilters = CloneStrings(k.AllowedMethods), CloneStrings(k.OutputFilters)
	return k
}

// CloneFields is list without the memory it shares with others.
func CloneFields(list []Field) []Field {
	var all []Field
	for _, f := range list {
		all = append(all, Field{strings.Clone(f.Name), strings.Clone(f.Value)})
	}
	return all
}

// CloneStrings is list without the memory it shares with others.
func CloneStrings(list []string) []string {
	var all []string
	for _, s := range list {
		all = append(all, strings.Clone(s))
	}
	return all
}

// Resume makes of r what was made of k, up to the header going out.
func (r *Request) Resume(k *Request) {
	r.Method, r.Target, r.Redirects = k.Method, k.Target, k.Redirects
	r.Path, r.RawPath, r.Query, r.HasQuery = k.Path, k.RawPath, k.Query, k.HasQuery
	r.Filename, r.Info, r.PathInfo, r.FileEnd, r.CanonicalFilename = k.Filename, k.Info, k.PathInfo, k.FileEnd, k.CanonicalFilename
	r.WalkedDir, r.WalkedScope, r.LinksUpTo, r.OwnLinks = k.WalkedDir, k.WalkedScope, k.LinksUpTo, k.OwnLinks
	r.Scope, r.Handler, r.RewriteEnded, r.SatisfyAny = k.Scope, k.Handler, k.RewriteEnded, k.SatisfyAny
	r.ContextPrefix, r.ContextRoot, r.Root = k.ContextPrefix, k.ContextRoot, k.Root
	r.Env.list = append(r.Env.list[:0], k.Env.list...)
	r.Notes.list = append(r.Notes.list[:0], k.Notes.list...)
	r.Status, r.Reason, r.ReasonStatus = k.Status, k.Reason, k.ReasonStatus
	r.Out.fields = append(r.Out.fields[:0], k.Out.fields...)
	r.ErrOut.fields = append(r.ErrOut.fields[:0], k.ErrOut.fields...)
	r.ContentType, r.Charset, r.Encodings, r.Languages = k.ContentType, k.Charset, k.Encodings, k.Languages
	r.NoCache, r.NoLocalCopy, r.ETagWeak, r.VariantList = k.NoCache, k.NoLocalCopy, k.ETagWeak, k.VariantList
	r.MTime, r.Sent, r.HeadersDone = k.MTime, k.Sent, k.HeadersDone
	r.AllowedMethods, r.OutputFilters = k.AllowedMethods, k.OutputFilters
}
