package autoindex

import (
	"bytes"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// An entry is a row of the page.
type entry struct {
	name, icon, alt, desc string
	size, modified        int64 // -1: not shown
	first                 bool  // a folder that stands before files
}

// maxEntries bounds a listing.
const maxEntries = 100_000

// entries are the rows of the page, in order.
func (p *page) entries() ([]entry, compat.Status) {
	dir, err := os.Open(p.r.Filename)
	if err != nil {
		p.r.Logf("autoindex", compat.LevelError, err, "AH01275: Can't open directory for index: %s", p.r.Filename)
		return nil, 403
	}
	defer dir.Close()
	var list []entry
	if e, ok := p.parent(); ok {
		list = append(list, e)
	}
	for len(list) < maxEntries {
		files, err := dir.ReadDir(256)
		for _, f := range files {
			if e, ok := p.entry(f.Name()); ok {
				list = append(list, e)
			}
		}
		if err != nil {
			break
		}
	}
	slices.SortStableFunc(list, p.compare)
	return list, compat.OK
}

// parent is the row that leads up (make_parent_entry).
func (p *page) parent() (entry, bool) {
	above := path.Dir(strings.TrimSuffix(p.r.Path, "/"))
	if p.r.Path == "/" {
		return entry{}, false
	}
	e := entry{name: strings.TrimSuffix(above, "/") + "/", size: -1, modified: -1}
	file := p.r.Filename + ".."
	if p.c.ignores(file) {
		return entry{}, false
	}
	if p.options&fancyIndexing != 0 {
		e.icon = firstOf(p.icon(file), p.icon("^^DIRECTORY^^"))
		e.alt = firstOf(p.alt(file), p.alt("^^DIRECTORY^^"), "PARENTDIR")
		e.desc = p.c.describe(file)
	}
	return e, true
}

func (p *page) icon(name string) string { return find(p.c.icons, name, "", "", true) }
func (p *page) alt(name string) string  { return find(p.c.alts, name, "", "", true) }

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// entry is the row of a file, if a client could have it (make_autoindex_entry).
func (p *page) entry(name string) (e entry, ok bool) {
	file := p.r.Filename + name
	if p.pattern != "" && !pattern.Fnmatch(p.pattern, name, true) || p.c.ignores(file) {
		return e, false
	}
	sub := p.r.Engine.LookupFile(p.r, name)
	if sub == nil || sub.Info == nil || !sub.Info.IsDir() && !sub.Info.Mode().IsRegular() || !p.shows(sub.Status) {
		return e, false
	}
	e = entry{name: name, size: -1, modified: -1}
	dir := sub.Info.IsDir()
	if dir {
		e.name += "/"
	}
	if p.options&(fancyIndexing|htmlTable) == 0 {
		return e, true
	}
	e.modified = sub.Info.ModTime().Unix()
	encoding := strings.Join(sub.Encodings, ", ")
	path := strings.TrimSuffix(sub.Filename, "/")
	e.icon = find(p.c.icons, path, sub.ContentType, encoding, dir)
	e.alt = find(p.c.alts, path, sub.ContentType, encoding, dir)
	if dir {
		e.first = p.options&foldersFirst != 0
		e.icon = firstOf(e.icon, p.icon("^^DIRECTORY^^"))
		e.alt = firstOf(e.alt, p.alt("^^DIRECTORY^^"), "DIR")
	} else {
		e.size = sub.Info.Size()
	}
	e.desc = p.c.describe(path)
	if e.desc == "" && p.options&scanTitles != 0 {
		e.desc = title(sub)
	}
	return e, true
}

func (p *page) shows(status int) bool {
	return status < 400 || p.options&showForbidden != 0 && (status == 401 || status == 403)
}

// maxTitle is how much of a file is looked at for its title.
const maxTitle = 8191

// title is what an HTML file calls itself (find_title).
func title(sub *compat.Request) string {
	if !isHTML(sub.ContentType) && sub.ContentType != "text/x-server-parsed-html" || len(sub.Encodings) > 0 {
		return ""
	}
	f, err := os.Open(sub.Filename)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, maxTitle))
	at := bytes.Index(bytes.ToLower(b), []byte("<title>"))
	if at < 0 {
		return ""
	}
	text, _, _ := strings.Cut(string(b[at+len("<title>"):]), "<")
	return strings.Map(func(c rune) rune {
		if c == '\r' || c == '\n' {
			return ' '
		}
		return c
	}, strings.TrimLeft(text, "\r\n"))
}

// compare orders two rows (dsortf).
func (p *page) compare(a, b entry) int {
	switch {
	case strings.HasPrefix(a.name, "/"):
		return -1
	case strings.HasPrefix(b.name, "/"):
		return 1
	case a.first != b.first:
		if a.first {
			return -1
		}
		return 1
	}
	if p.direction != 'A' {
		a, b = b, a
	}
	switch p.key {
	case 'M':
		if n := a.modified - b.modified; n != 0 {
			return sign(n)
		}
	case 'S':
		if n := a.size - b.size; n != 0 {
			return sign(n)
		}
	case 'D':
		n := strings.Compare(a.desc, b.desc)
		if p.options&versionSort != 0 {
			n = natural(a.desc, b.desc)
		}
		if n != 0 {
			return n
		}
	}
	n := 0
	folded := p.options&ignoreCase != 0
	if p.options&versionSort != 0 {
		if folded {
			n = natural(strings.ToUpper(a.name), strings.ToUpper(b.name))
		}
		if n == 0 {
			n = natural(a.name, b.name)
		}
	}
	if n == 0 && folded {
		n = strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
	}
	if n == 0 {
		n = strings.Compare(a.name, b.name)
	}
	return n
}

func sign(n int64) int {
	if n < 0 {
		return -1
	}
	return 1
}

// natural compares strings with the numbers in them as numbers (apr_strnatcmp).
func natural(a, b string) int {
	for {
		a, b = strings.TrimLeft(a, blanks), strings.TrimLeft(b, blanks)
		if a == "" || b == "" {
			return strings.Compare(a, b)
		}
		if isDigit(a[0]) && isDigit(b[0]) {
			if n := compareDigits(a, b, a[0] == '0' || b[0] == '0'); n != 0 {
				return n
			}
		}
		if a[0] != b[0] {
			return strings.Compare(a[:1], b[:1])
		}
		a, b = a[1:], b[1:]
	}
}

const blanks = " \t\n\v\f\r"

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// compareDigits compares runs of digits: the longer is greater, and of two as
// long the first that differs decides; left-aligned ones are parts of a
// fraction.
func compareDigits(a, b string, fraction bool) int {
	bias := 0
	for i := 0; ; i++ {
		inA, inB := i < len(a) && isDigit(a[i]), i < len(b) && isDigit(b[i])
		switch {
		case !inA && !inB:
			return bias
		case !inA:
			return -1
		case !inB:
			return 1
		case a[i] != b[i]:
			n := strings.Compare(a[i:i+1], b[i:i+1])
			if fraction {
				return n
			}
			if bias == 0 {
				bias = n
			}
		}
	}
}
