package include

import (
	"os"

	"understudy/compat"
)

// Texts where the configuration gives none.
const (
	defaultStart      = "<!--#"
	defaultEnd        = "-->"
	defaultError      = "[an error occurred while processing this directive]"
	defaultTimeFormat = "%A, %d-%b-%Y %H:%M:%S %Z"
	defaultUndefined  = "(none)"
)

// maxHeld is how much of a page is kept back, so that a small one has a
// Content-Length.
const maxHeld = 32 << 10

// A page is a document on its way through the filter (include_ctx_t).
type page struct {
	r       *compat.Request
	c       *config
	next    compat.BodyWriter
	started bool
	idle    bool // Options do not permit anything
	parser  parser
	held    []byte
	passed  bool // something went to next
	err     error

	noExec                       bool
	errorText, timeFormat, undef string
	inBytes                      bool // sizefmt

	// Of conditions: whether text is printed now, whether a branch of the one
	// around was taken, and how deep conditions are nested in what is not printed.
	printing, taken bool
	nesting         int

	vars  *variables
	match match
}

// nestedIn holds, for a sub-request, the page that includes it.
type nestedIn struct{ page *page }

// Merge is not used: nestedIn is of requests.
func (nestedIn) Merge(over nestedIn) nestedIn { return over }

var nested = compat.NewSlot[nestedIn]()

// included is a note on requests whose answer is parsed.
const included = "includes"

// wrap begins a page (includes_setup).
func wrap(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	if r.Notes.Has(included) {
		return next // XBitHack asked for it too; there is nothing left for a second.
	}
	r.Notes.Set(included, "1")
	c := dir.Of(r)
	if c == nil {
		c = &config{}
	}
	if c.hack != hackFull || r.Info == nil || r.Info.Mode()&0o010 == 0 {
		r.NoLocalCopy = true
	}
	if !is(c.etag) {
		r.Notes.Set("no-etag", "")
	}
	return &page{r: r, c: c, next: next}
}

// begin is what includes_filter does first.
func (p *page) begin() {
	if p.started {
		return
	}
	p.started = true
	r := p.r
	if r.Opts()&compat.OptIncludes == 0 {
		p.idle = true
		p.log(compat.LevelWarn, "AH01374: mod_include: Options +Includes (or IncludesNoExec) wasn't set, "+
			"INCLUDES filter removed: %s", r.Path)
		return
	}
	p.noExec = r.Opts()&compat.OptIncludesNoExec != 0
	p.errorText = or(p.c.errorMessage, defaultError)
	p.timeFormat = or(p.c.timeFormat, defaultTimeFormat)
	p.undef = orSaid(p.c.undefined, defaultUndefined)
	p.printing, p.taken = true, true
	server := dir.OfServer(r.Host)
	if server == nil {
		server = &config{}
	}
	p.parser = parser{start: orSaid(server.start, defaultStart), end: orSaid(server.end, defaultEnd),
		text: p.write, directive: p.run, complain: p.complain}
	p.enter()
	p.head()
}

func or(said, unsaid string) string {
	if said != "" {
		return said
	}
	return unsaid
}

func orSaid(said *string, unsaid string) string {
	if said != nil {
		return *said
	}
	return unsaid
}

// enter finds the variables of the page: those of the page around, or its own.
func (p *page) enter() {
	if in := nested.In(p.r.State); in != nil && in.page != nil {
		p.vars = in.page.vars
	} else {
		p.vars = newVariables(p.r)
	}
	p.vars.addQuery(p.r)
}

// head adapts the header to a content that is made now.
func (p *page) head() {
	r := p.r
	r.Out.Del("Content-Length")
	switch {
	case is(p.c.lastModified):
		if r.Info != nil && !r.Out.Has("Last-Modified") {
			compat.SetLastModified(r, r.Info.ModTime())
		}
	case p.c.hack == hackFull && r.Info != nil && r.Info.Mode()&0o010 != 0:
		compat.SetLastModified(r, r.Info.ModTime())
	default:
		r.Out.Del("Last-Modified")
	}
}

// Write parses a part of the document.
func (p *page) Write(b []byte) (int, error) {
	p.begin()
	if p.idle {
		return p.next.Write(b)
	}
	p.parser.bad = false
	p.parser.feed(b)
	return len(b), p.err
}

// File parses a part of a file.
func (p *page) File(f *os.File, offset, n int64) error {
	p.begin()
	if p.idle {
		return p.next.File(f, offset, n)
	}
	return compat.WriteFile(p, f, offset, n)
}

// Flush sends what there is of the page.
func (p *page) Flush() error {
	p.begin()
	if !p.idle {
		p.pass()
	}
	if p.err != nil {
		return p.err
	}
	return p.next.Flush()
}

// Close ends the page.
func (p *page) Close() error {
	p.begin()
	if p.idle {
		return p.next.Close()
	}
	p.parser.finish()
	if !p.printing {
		p.log(compat.LevelWarn, "AH01373: missing closing endif directive in parsed document %s", p.r.Filename)
	}
	p.send()
	if p.err != nil {
		return p.err
	}
	return p.next.Close()
}

// write prints text of the document.
func (p *page) write(b []byte) {
	if p.printing {
		p.put(string(b))
	}
}

func (p *page) put(s string) {
	if p.held = append(p.held, s...); len(p.held) > maxHeld {
		p.pass()
	}
}

// pass sends what is held, while there may be more: how much, nobody knows.
func (p *page) pass() {
	if len(p.held) == 0 {
		return
	}
	if p.r.Main == nil {
		p.r.Notes.Set("unknown-length", "1")
	}
	p.send()
}

func (p *page) send() {
	if p.err != nil || len(p.held) == 0 {
		return
	}
	_, p.err = p.next.Write(p.held)
	p.held = p.held[:0]
}

func (p *page) log(level compat.Level, format string, args ...any) {
	p.r.Logf("include", level, nil, format, args...)
}

func (p *page) complain(what complaint, directive string) {
	r := p.r
	switch what {
	case noDirective:
		p.log(compat.LevelError, "AH01368: missing directive name in parsed document %s", r.Filename)
	case noNameForValue:
		p.log(compat.LevelError, "AH01369: missing argument name for value to tag %s in %s", directive, r.Filename)
	case noName:
		p.log(compat.LevelError, "AH01370: missing argument name for value to tag %s in %s", directive, r.Filename)
	case notFinished:
		p.log(compat.LevelError, "AH01372: SSI directive was not properly finished at the end of parsed document %s",
			r.Filename)
		if p.printing {
			p.put(p.errorText)
		}
	}
}
