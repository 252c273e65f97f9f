package proxyftp

import (
	"regexp"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// A page is a listing on its way to the client (proxy_send_dir_filter).
type page struct {
	s    *session
	line []byte // that has not come to its end
}

func newPage(s *session) *page { return &page{s: s} }

const doctype = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">` + "\n"

// maxEntry bounds a line of a listing; what is longer is cut.
const maxEntry = 8191

// header is what comes before the entries: where we are, with a link to each
// directory above, and what the server said.
func (p *page) header() []byte {
	r := p.s.r
	raw, base := r.RawPath, ""
	site := strings.TrimSuffix(compat.ConstructURL(r, ""), "/")
	if r.Forward {
		site = p.s.site()
		u, _ := upstream.ParseURL(r.Target)
		raw, _, _ = strings.Cut(u.Path, "?")
	}
	if len(raw) >= 4 && strings.EqualFold(raw[:4], "/%2f") {
		base = "/%2f"
	}
	raw, _, _ = strings.Cut(raw, ";type=")
	path := compat.Unescape(raw)
	for len(path) > 1 && path[1] == '/' {
		path = path[1:]
	}
	pattern := ""
	if i := strings.LastIndexByte(path, '/'); i >= 0 && isPattern(path[i:]) {
		path, pattern = path[:i], path[i+1:]
	}
	path = strings.TrimRight(path, "/") + "/"
	html, uri := compat.EscapeHTML, compat.EscapePath
	b := []byte(doctype + "<html>\n <head>\n  <title>" + html(site) + base + html(path) + "</title>\n<base href=\"" +
		uri(site) + base + html(path) + "\">\n </head>\n <body>\n  <h2>Directory of <a href=\"/\">" + uri(site) + "</a>/")
	if base != "" {
		b = append(b, `<a href="/%2f/">%2f</a>/`...)
	}
	for at := 1; ; {
		i := strings.IndexByte(path[at:], '/')
		if i < 0 {
			break
		}
		name, above := path[at:at+i], path[:at+i]
		b = append(b, `<a href="`+base+uri(above)+`/">`+html(name)+"</a>/"...)
		for at += i; at < len(path) && path[at] == '/'; at++ {
		}
	}
	b = append(b, html(pattern)+"</h2>\n\n"...)
	if p.s.pwd != "" && !strings.HasPrefix(path, p.s.pwd) {
		b = append(b, "("+html(p.s.pwd)+")\n\n"...)
	}
	b = append(b, "  <hr />\n\n<pre>"...)
	return append(b, html(p.s.readme)+"\n</pre>\n\n<hr />\n\n<pre>\n"...)
}

// footer ends the page. A line without an end is none.
func (p *page) footer() []byte {
	return []byte("</pre>\n\n  <hr />\n\n  " + compat.Signature(p.s.r, "") + "\n\n </body>\n</html>\n")
}

// lines makes entries of the lines that have ended.
func (p *page) lines(b []byte) (out []byte) {
	for _, c := range b {
		if c == '\n' {
			out = append(out, p.entry(strings.TrimSuffix(string(p.line), "\r"))...)
			p.line = p.line[:0]
		} else if len(p.line) < maxEntry {
			p.line = append(p.line, c)
		}
	}
	return out
}

var short = regexp.MustCompile(`^( *[0-9]+ +)([^ ]+)$`)

// entry is a line with a link for the name in it.
func (p *page) entry(line string) string {
	first := byte(0)
	if line != "" {
		first = line[0]
	}
	digit := first >= '0' && first <= '9'
	switch {
	case first == 'l' && strings.Contains(line, " -> "):
		before, target, _ := strings.Cut(line, " -> ")
		if i := strings.LastIndexByte(before, ' '); i > 0 {
			return entry(before[:i], before[i+1:], before[i+1:]+"\x00-> "+target)
		}
		return entry("", before, before+"\x00-> "+target)
	case first == 'd' || first == '-' || first == 'l' || digit:
		if digit { // As DOS has it.
			line = strings.Replace(strings.Replace(line, "<", "[", 1), ">", "]", 1)
		}
		i := strings.LastIndexByte(line, ' ')
		if i < 0 {
			p.s.r.Logf("proxy_ftp", compat.LevelWarn, nil, "AH01034: proxy_ftp: could not parse line %s", line)
			return ""
		}
		name := line[i+1:]
		if name == "." || name == ".." || first == 'd' {
			return entry(line[:i], name+"/", name)
		}
		return entry(line[:i], name, name)
	}
	if m := short.FindStringSubmatch(line); m != nil {
		return compat.EscapeHTML(m[1]) + `<a href="` + compat.EscapePath(m[2]) + `">` + compat.EscapeHTML(m[2]) + "</a>\n"
	}
	return compat.EscapeHTML(line) + "\n"
}

// entry is what comes before a name, and its link.
func entry(before, link, text string) string {
	return compat.EscapeHTML(before) + ` <a href="` + compat.EscapePath(link) + `">` +
		strings.ReplaceAll(compat.EscapeHTML(text), "\x00", " ") + "</a>\n"
}
