package compat

import (
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
)

// A FilterType is where a filter stands between the handler and the client: a
// lower one is nearer to the handler, and of equal ones the first that was
// asked for (ap_filter_type, add_any_filter_handle).
type FilterType int

// The filter types. Filters below FilterProtocol are for the content a URL
// names: error pages go out without them.
const (
	FilterResource   FilterType = 10 // changes what is in the body: INCLUDES, SUBSTITUTE
	FilterContent    FilterType = 20 // changes how it is packed: DEFLATE
	FilterProtocol   FilterType = 30
	FilterTranscode  FilterType = 40
	FilterConnection FilterType = 50
	FilterNetwork    FilterType = 60
)

// An OutputFilter is a filter that SetOutputFilter and its like can name,
// without regard to case. Modules list theirs in their table; those that
// directives define come by [Build.AddOutputFilter].
type OutputFilter struct {
	Name string
	Type FilterType
	// Wrap puts the filter in front of next, where the request is about to be
	// handled. What it returns gets the body of r, and passes what it makes of
	// it to next; it is next itself where the filter has nothing to do. What a
	// handler says of its answer (ContentType, Out …) is known when the first
	// call comes, Close the last: that is the time to decide, and to change the
	// fields. An error that is a [StatusError] answers with that status, if
	// nothing went out yet.
	Wrap func(r *Request, next BodyWriter) BodyWriter
	// Protocol is what the filter does to the response (AP_FILTER_PROTO_…), for
	// mod_filter.
	Protocol FilterProtocolFlags
	// Repeats tells what [Hook.Repeats] does.
	Repeats bool
}

// FilterProtocolFlags are what a filter does to a response, or does not like.
type FilterProtocolFlags uint8

// The flags of FilterProtocol.
const (
	FilterChanges       FilterProtocolFlags = 1 << iota // change=yes
	FilterChangesLength                                 // change=1:1 not given
	FilterNoByteRange                                   // byteranges=no
	FilterNoProxy                                       // proxy=no
	FilterNoCache                                       // cache=no
	FilterTransforms                                    // proxy=transform
)

// An InputFilter is a filter that SetInputFilter and its like can name. Wrap
// puts it in front of next, from which it reads the body of r as it came; it is
// asked only where there is one. What it returns is next itself where it has
// nothing to do; else the length of the body is not known any more.
type InputFilter struct {
	Name string
	Type FilterType
	Wrap func(r *Request, next io.Reader) io.Reader
}

// A ContentWriter is a BodyWriter that gains by knowing that what it is given
// is a whole file as it is on disk, because it remembers what it made of it.
// Handlers that hold the content of a file offer it to r.Writer this way where
// it is one; those that send it by File need not.
type ContentWriter interface {
	// Content is Write of the whole body, which is all of the regular file name
	// that info describes. It must not be changed, nor kept.
	Content(name string, info fs.FileInfo, body []byte) error
}

// WriteContent gives w a whole file, as one if it gains by that.
func WriteContent(w BodyWriter, name string, info fs.FileInfo, body []byte) error {
	if c, ok := w.(ContentWriter); ok {
		return c.Content(name, info, body)
	}
	_, err := w.Write(body)
	return err
}

// filterTable holds the filters of a Build by lower-case name, and by the name
// they were given, which is what most use.
type filterTable struct {
	output map[string]*OutputFilter
	input  map[string]*InputFilter
}

// AddOutputFilter registers a filter for the names of SetOutputFilter and its
// like; a later one takes the place of an earlier one of the same name.
func (b *Build) AddOutputFilter(f *OutputFilter) {
	if b.filters.output == nil {
		b.filters.output = map[string]*OutputFilter{}
	}
	b.filters.output[Lower(f.Name)], b.filters.output[f.Name] = f, f
}

// AddInputFilter registers a filter for the names of SetInputFilter and its
// like.
func (b *Build) AddInputFilter(f *InputFilter) {
	if b.filters.input == nil {
		b.filters.input = map[string]*InputFilter{}
	}
	b.filters.input[Lower(f.Name)], b.filters.input[f.Name] = f, f
}

// OutputFilter is the registered filter called name, or nil.
func (b *Build) OutputFilter(name string) *OutputFilter {
	if f := b.filters.output[name]; f != nil {
		return f
	}
	return b.filters.output[Lower(name)]
}

// InputFilter is the registered filter called name, or nil.
func (b *Build) InputFilter(name string) *InputFilter {
	if f := b.filters.input[name]; f != nil {
		return f
	}
	return b.filters.input[Lower(name)]
}

// FilterOutput puts the filters r asked for in front of next. Those whose type
// is below least are left out: error pages keep those of the protocol.
func (r *Request) FilterOutput(next BodyWriter, least FilterType) BodyWriter {
	chain := make([]*OutputFilter, 0, len(r.OutputFilters))
	for _, name := range r.OutputFilters {
		switch f := r.outputFilter(name); {
		case f == nil:
			r.unknownFilter(name)
		case f.Type >= least:
			chain = append(chain, f)
		}
	}
	slices.SortStableFunc(chain, func(a, b *OutputFilter) int { return int(a.Type - b.Type) })
	for _, f := range slices.Backward(chain) {
		top := f.Wrap(r, next)
		if top != next && !f.Repeats {
			r.Once()
		}
		next = top
	}
	return next
}

// AddOutputFilter asks for a filter that has no name to others, as mod_filter's
// have none.
func (r *Request) AddOutputFilter(f *OutputFilter) {
	r.OutputFilters = append(r.OutputFilters, f.Name)
	r.ownFilters = append(r.ownFilters, f)
}

func (r *Request) outputFilter(name string) *OutputFilter {
	for _, f := range r.ownFilters {
		if f.Name == name {
			return f
		}
	}
	return r.Host.Build.OutputFilter(name)
}

// AdoptFilters makes the filters that were asked for in sub those of r.
func (r *Request) AdoptFilters(sub *Request) {
	own := r.ownFilters
	r.OutputFilters, r.ownFilters, r.InputFilters = sub.OutputFilters, sub.ownFilters, sub.InputFilters
	for _, f := range own {
		if r.outputFilter(f.Name) == nil {
			r.AddOutputFilter(f)
		}
	}
}

// ReplaceOutputFilter puts f, which has no name to others, in the place of the
// filter called name; false: r did not ask for that.
func (r *Request) ReplaceOutputFilter(name string, f *OutputFilter) bool {
	for i, n := range r.OutputFilters {
		if equalFold(n, name) {
			r.OutputFilters = slices.Clone(r.OutputFilters)
			r.OutputFilters[i] = f.Name
			r.ownFilters = append(r.ownFilters, f)
			return true
		}
	}
	return false
}

// DropOutputFilters forgets the filters r asked for that stand nearer to the
// handler than the type least, or, where name is among them, than that.
func (r *Request) DropOutputFilters(name string, least FilterType) {
	kept, after := []string(nil), false
	for _, n := range r.OutputFilters {
		f := r.outputFilter(n)
		switch {
		case equalFold(n, name):
			kept, after, least = nil, true, f.Type
		case f == nil, f.Type > least, f.Type == least && after:
			kept = append(kept, n)
		}
	}
	r.OutputFilters = kept
}

// FilterInput puts the filters r asked for in front of its body.
func (r *Request) FilterInput() {
	chain := make([]*InputFilter, 0, len(r.InputFilters))
	for _, name := range r.InputFilters {
		f := r.Host.Build.InputFilter(name)
		if f == nil {
			r.unknownFilter(name)
			continue
		}
		chain = append(chain, f)
	}
	if r.Body == nil || len(chain) == 0 {
		return
	}
	r.unfiltered = unfiltered{r.Body, r.BodyLength}
	slices.SortStableFunc(chain, func(a, b *InputFilter) int { return int(a.Type - b.Type) })
	for _, f := range slices.Backward(chain) {
		if body := f.Wrap(r, r.Body); body != r.Body {
			r.Body, r.BodyLength = body, -1
		}
	}
}

// unfiltered is a body as it was before input filters.
type unfiltered struct {
	body   io.Reader
	length int64
}

// UnfilteredBody is the body of r and its length without the input filters,
// for the request r is redirected to, which has its own.
func (r *Request) UnfilteredBody() (io.Reader, int64) {
	if r.unfiltered.body != nil {
		return r.unfiltered.body, r.unfiltered.length
	}
	return r.Body, r.BodyLength
}

func (r *Request) unknownFilter(name string) {
	r.Logf("core", LevelError, nil, "AH00082: an unknown filter was not added: %s", name)
}

// filterPieces are what files are read by for filters.
var filterPieces = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// Unmeasured has the answer to r sent without its length, and whole, as a
// filter's is that passes on what it has before it knows whether that is all.
func (r *Request) Unmeasured() { r.Notes.Set("unknown-length", "1") }

// WriteFile writes n bytes of f from offset to w: the File of filters that look
// at what goes through them.
func WriteFile(w io.Writer, f *os.File, offset, n int64) error {
	piece := filterPieces.Get().(*[32 << 10]byte)
	defer filterPieces.Put(piece)
	for n > 0 {
		got, err := f.ReadAt(piece[:min(n, int64(len(piece)))], offset)
		if got == 0 {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF // It became shorter.
			}
			return err
		}
		if _, err := w.Write(piece[:got]); err != nil {
			return err
		}
		offset, n = offset+int64(got), n-int64(got)
	}
	return nil
}

// AtEnd has f called when the request that the client sent, which r is or came
// of, is over: to let go of what a filter holds.
func (r *Request) AtEnd(f func()) {
	first := First(r)
	first.ending = append(first.ending, f)
}

// End calls what AtEnd was given, last first.
func (r *Request) End() {
	for _, f := range slices.Backward(r.ending) {
		f()
	}
	r.ending = nil
}
