package autoindex

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"understudy/compat"
)

// A page is a listing under way.
type page struct {
	r              *compat.Request
	c              *config
	options        options
	key, direction byte   // of the order
	pattern        string // of the names shown; "": all
	keep           string // what links to other orders keep of the query string
	b              strings.Builder
}

func newPage(r *compat.Request, c *config) *page {
	p := &page{r: r, c: c, options: c.options, key: 'N', direction: 'A'}
	if c.key != 0 {
		p.key, p.direction = c.key, c.direction
	}
	if c.options&ignoreClient != 0 {
		p.options |= suppressSorting
	} else {
		p.ask(r.Query)
	}
	return p
}

// ask obeys the query string, up to what it does not know (index_directory).
func (p *page) ask(query string) {
	form, version, shown := "", "", ""
	for query != "" {
		part := query
		if i := strings.IndexAny(query, "&;"); i >= 0 {
			part, query = query[:i], query[i+1:]
		} else {
			query = ""
		}
		name, value, _ := strings.Cut(part, "=")
		one := byte(0)
		if len(value) == 1 {
			one = value[0]
		}
		switch {
		case name == "C" && one != 0 && strings.IndexByte("NMSD", one) >= 0:
			p.key = one
		case name == "O" && (one == 'A' || one == 'D'):
			p.direction = one
		case name == "F" && one >= '0' && one <= '2':
			form = ";F=" + value
			p.options &^= fancyIndexing | htmlTable
			p.options |= [...]options{0, fancyIndexing, fancyIndexing | htmlTable}[one-'0']
		case name == "V" && (one == '0' || one == '1'):
			version = ";V=" + value
			p.options &^= versionSort
			if one == '1' {
				p.options |= versionSort
			}
		case name == "P" && strings.HasPrefix(part, "P="):
			if v, err := url.PathUnescape(value); err == nil && v != "" && !strings.Contains(v, "\x00") {
				p.pattern, shown = v, ";P="+compat.EscapePath(v)
			}
		default:
			query = ""
		}
	}
	p.keep = form + version + shown
}

// serve answers with the page (index_directory).
func (p *page) serve() compat.Status {
	r, c := p.r, p.c
	list, status := p.entries()
	if status != compat.OK {
		return status
	}
	r.ContentType = firstOf(c.mediaType, "text/html")
	if !c.noCharset {
		r.ContentType += ";charset=" + firstOf(c.charset, "ISO-8859-1")
	}
	r.Charset, r.Encodings, r.Languages = "", nil, nil
	if p.options&trackModified != 0 {
		compat.SetLastModified(r, r.Info.ModTime())
		if tag := compat.FileETag(r, r.Info, r.Filename); tag != "" {
			r.Out.Set("ETag", tag)
		}
	}
	if r.Method == "HEAD" {
		r.Writer.Write(nil)
		return compat.OK
	}
	title := compat.EscapeHTML(r.Path)
	for len(title) > 1 && strings.HasSuffix(title, "/") {
		title = title[:len(title)-1]
	}
	p.head(title)
	p.rows(list)
	p.tail()
	p.flush()
	return compat.OK
}

func (p *page) put(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

func (p *page) flush() {
	io.WriteString(p.r.Writer, p.b.String())
	p.b.Reset()
}

const (
	doctypeHTML  = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">` + "\n"
	doctypeXHTML = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"` + "\n" + `"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">` + "\n"
)

// preamble is the head of the page (emit_preamble).
func (p *page) preamble(title string) {
	if p.options&xhtml != 0 {
		p.put(doctypeXHTML, "<html xmlns=\"http://www.w3.org/1999/xhtml\">\n <head>\n  <title>Index of ", title, "</title>\n")
	} else {
		p.put(doctypeHTML, "<html>\n <head>\n  <title>Index of ", title, "</title>\n")
	}
	if p.c.styleSheet != "" {
		p.put("  <link rel=\"stylesheet\" href=\"", p.c.styleSheet, "\" type=\"text/css\"", p.end(), "\n")
	}
	p.put(p.c.headInsert, " </head>\n <body>\n")
}

// end is how an element without content ends.
func (p *page) end() string {
	if p.options&xhtml != 0 {
		return " />"
	}
	return ">"
}

// head is what stands above the list: HeaderName, or a headline (emit_head).
func (p *page) head(title string) {
	in := &p.r.In
	accept, accepts := in.Lookup("Accept")
	coding, codes := in.Lookup("Accept-Encoding")
	in.Set("Accept", "text/html, text/plain") // A header in these forms is wanted, whatever the client likes.
	in.Del("Accept-Encoding")
	ambled, headline := p.include(p.c.header, true, title)
	restore(in, "Accept", accept, accepts)
	restore(in, "Accept-Encoding", coding, codes)
	if !ambled {
		p.preamble(title)
	}
	switch {
	case !headline:
	case p.c.styleSheet != "":
		p.put("  <h1 id=\"indextitle\">Index of ", title, "</h1>\n")
	default:
		p.put("<h1>Index of ", title, "</h1>\n")
	}
}

func restore(h *compat.Header, name, value string, there bool) {
	if there {
		h.Set(name, value)
	} else {
		h.Del(name)
	}
}

// include puts a file beside the list into the page. ambled tells that the
// head of the page is there, and headline that one is still wanted.
func (p *page) include(name string, top bool, title string) (ambled, headline bool) {
	if name == "" {
		return false, true
	}
	uri := name
	if !strings.HasPrefix(uri, "/") {
		uri = p.r.Path[:strings.LastIndexByte(p.r.Path, '/')+1] + name
	}
	if top && p.r.HasQuery {
		uri += "?" + p.r.Query
	}
	sub := p.r.Engine.Lookup(p.r, uri, "GET")
	if sub == nil || sub.Status != 200 || sub.Info == nil || !sub.Info.Mode().IsRegular() {
		return false, true
	}
	switch {
	case isHTML(sub.ContentType):
		if top && p.options&suppressPreamble == 0 {
			p.preamble(title)
		}
		p.r.Notes.Set("unknown-length", "1") // The parts go out as they come.
		p.flush()
		if p.r.Engine.Run(sub) != compat.OK {
			return p.options&suppressPreamble != 0, true
		}
		return true, false
	case len(sub.ContentType) >= 5 && strings.EqualFold(sub.ContentType[:5], "text/"):
		f, err := os.Open(sub.Filename)
		if err != nil {
			return false, true
		}
		defer f.Close()
		if top {
			p.preamble(title)
		}
		b, _ := io.ReadAll(io.LimitReader(f, maxPlain))
		p.put("<pre>\n", strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(string(b)), "</pre>\n")
		return true, false
	}
	return false, true
}

// maxPlain bounds a text that is put into the page.
const maxPlain = 4 << 20

func isHTML(mediaType string) bool {
	t, _, _ := strings.Cut(mediaType, ";")
	t = strings.TrimSpace(t)
	return strings.EqualFold(t, "text/html") || strings.EqualFold(t, "application/xhtml+xml")
}

// tail is what stands below the list: ReadmeName, or the server's signature
// (emit_tail).
func (p *page) tail() {
	before := p.b.Len()
	included, signed := p.include(p.c.readme, false, "")
	html := included && p.b.Len() < before || included && p.b.Len() == 0
	if signed {
		p.put(compat.Signature(p.r, ""))
	}
	if !html || p.options&suppressPreamble == 0 {
		p.put("</body></html>\n")
	}
}

// image is an icon with its text.
func (p *page) image(src, alt string) string {
	s := `<img src="` + compat.EscapeHTML(src) + `" alt="` + alt + `"`
	if p.c.iconWidth != 0 {
		s += fmt.Sprintf(` width="%d"`, p.c.iconWidth)
	}
	if p.c.iconHeight != 0 {
		s += fmt.Sprintf(` height="%d"`, p.c.iconHeight)
	}
	return s + p.end()
}

// order is the heading of a column, with a link that orders by it (emit_link).
func (p *page) order(text string, key byte) string {
	if p.options&suppressSorting != 0 {
		return text
	}
	direction := "A"
	if p.key == key && p.direction == 'A' {
		direction = "D"
	}
	return `<a href="?C=` + string(key) + ";O=" + direction + p.keep + `">` + text + "</a>"
}
