package autoindex

import (
	"io"
	"io/fs"
	"os"
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// An entry is a line of a listing.
type entry struct {
	name            string // of the parent its URL
	icon, alt       string
	hasIcon, hasAlt bool
	description     string
	described       bool
	size            int64 // -1: none
	modified        int64 // microseconds; -1: none
	when            fs.FileInfo
	parent, folder  bool
}

// entries are those of the directory, in order.
func (l *listing) entries(d *os.File) []*entry {
	var all []*entry
	if p := l.parent(); p != nil {
		all = append(all, p)
	}
	for {
		files, err := d.ReadDir(256)
		for _, f := range files {
			if e := l.entry(f); e != nil {
				all = append(all, e)
			}
		}
		if err != nil {
			break
		}
	}
	l.sort(all)
	return all
}

// parent leads up, where there is an up.
func (l *listing) parent() *entry {
	up := strings.TrimSuffix(l.r.Path, "/")
	up = up[:strings.LastIndexByte(up, '/')+1]
	path := l.r.Filename + ".."
	if up == "" || l.conf.ignores(path) {
		return nil
	}
	e := &entry{name: up, size: -1, modified: -1, parent: true}
	if l.options&fancy != 0 {
		e.dress(l.conf, subject{path: path, pathOnly: true}, "PARENTDIR")
		e.description, e.described = l.conf.describe(path)
	}
	return e
}

// dress gives a directory its icon and text.
func (e *entry) dress(conf *config, s subject, alt string) {
	if e.icon, e.hasIcon = s.of(conf.icons); !e.hasIcon {
		e.icon, e.hasIcon = subject{path: directoryMark, pathOnly: true}.of(conf.icons)
	}
	if e.alt, e.hasAlt = s.of(conf.alts); e.hasAlt {
		return
	}
	if e.alt, e.hasAlt = (subject{path: directoryMark, pathOnly: true}).of(conf.alts); !e.hasAlt {
		e.alt, e.hasAlt = alt, true
	}
}

// entry is the line for a file, nil if it is not to be listed: who could not
// fetch it is not told of it.
func (l *listing) entry(f fs.DirEntry) *entry {
	name := f.Name()
	if l.pattern != "" && !pattern.Fnmatch(strings.ReplaceAll(l.pattern, `\`, `\\`), name, true) {
		return nil
	}
	path := l.r.Filename + name
	if l.conf.ignores(path) {
		return nil
	}
	folder := f.IsDir()
	if f.Type()&fs.ModeSymlink != 0 {
		info, err := os.Stat(path)
		if err != nil {
			return nil
		}
		folder = info.IsDir()
	}
	if folder {
		name += "/"
	}
	sub := l.r.Engine.LookupEntry(l.r, name, false)
	defer l.r.Engine.Release(sub)
	if sub.Info == nil || !sub.Info.IsDir() && !sub.Info.Mode().IsRegular() || !l.shows(sub.Status) {
		return nil
	}
	e := &entry{name: name, size: -1, modified: -1}
	if l.options&(fancy|table) != 0 {
		l.detail(e, sub, path, folder)
	} else if l.key == 'M' {
		e.modified = 0
	}
	return e
}

// shows reports whether an entry that would be answered so is listed.
func (l *listing) shows(status int) bool {
	return status >= 200 && status < 400 || l.options&showForbidden != 0 && (status == 401 || status == 403)
}

// detail fills in what only fancy listings show.
func (l *listing) detail(e *entry, sub *compat.Request, path string, folder bool) {
	e.when, e.modified = sub.Info, sub.Info.ModTime().UnixMicro()
	if folder {
		e.folder = l.options&foldersFirst != 0
		e.dress(l.conf, subject{path: path, pathOnly: true}, "DIR")
	} else {
		path = sub.Filename
		media, _, _ := strings.Cut(sub.ContentType, ";")
		s := subject{path: path, media: strings.TrimSpace(media), encoding: strings.Join(sub.Encodings, ", ")}
		e.icon, e.hasIcon = s.of(l.conf.icons)
		e.alt, e.hasAlt = s.of(l.conf.alts)
		e.size = sub.Info.Size()
	}
	e.description, e.described = l.conf.describe(path)
	if !e.described && l.options&scanTitles != 0 {
		e.description, e.described = title(sub)
	}
}

// title is that of a HTML file, if it stands near its beginning (find_title).
func title(sub *compat.Request) (text string, found bool) {
	if sub.Status != 200 || len(sub.Encodings) > 0 || !isHTML(sub.ContentType) &&
		sub.ContentType != "text/x-server-parsed-html" {
		return "", false
	}
	f, err := sub.Open()
	if err != nil {
		return "", false
	}
	defer f.Close()
	head := make([]byte, 8191)
	n, _ := io.ReadFull(f, head)
	text, _, _ = strings.Cut(string(head[:n]), "\x00")
	return titleIn(text)
}

const titleTag = "<title>"

var oneLine = strings.NewReplacer("\r", " ", "\n", " ")

func titleIn(text string) (title string, found bool) {
	matched := 0
	for i := range len(text) {
		if lower(text[i]) != titleTag[matched] {
			matched = 0
			continue
		}
		if matched++; matched == len(titleTag) {
			title, _, _ = strings.Cut(text[i+1:], "<")
			return oneLine.Replace(strings.TrimLeft(title, "\r\n")), true
		}
	}
	return "", false
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// isHTML reports whether a type is one of HTML (response_is_html).
func isHTML(media string) bool {
	media, _, _ = strings.Cut(media, ";")
	media = strings.TrimSpace(media)
	return strings.EqualFold(media, "text/html") || strings.EqualFold(media, "application/xhtml+xml")
}
