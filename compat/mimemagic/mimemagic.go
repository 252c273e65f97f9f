// Package mimemagic is mod_mime_magic: types of files by what is in them, for
// those whose names say nothing.
//
// A magic file is read into rules (parse.go), which are compared with the first
// bytes of a file (match.go); words, tar headers and compressed files are
// looked at too (guess.go). What matches writes text, and the text is taken
// apart into a type and an encoding (result.go).
//
// Deviations: files of compress and pack are not looked into, only those of
// gzip; no program is started for these. A rule cannot look before the file. The
// type ends where it ends, where Apache adds a space or, as memory happens to
// lie, the encoding.
package mimemagic

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"understudy/apacheconf"
	"understudy/compat"
)

// Module is mod_mime_magic.
var Module = compat.Module{
	Name: "mime_magic_module",
	File: "mod_mime_magic.c",
	Directives: []compat.Directive{
		slot.Text("MimeMagicFile", compat.Server, func(c *config) *string { return &c.file },
			"Path to MIME Magic file (in file(1) format)"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.TypeCheck, find),
	},
	Init: load,
}

var slot = compat.NewSlot[config]()

type config struct {
	file  string
	rules []*rule
}

// Merge takes over's file, if it names one.
func (base config) Merge(over config) config {
	if over.file != "" {
		return over
	}
	return base
}

// load reads the files that hosts name (magic_init). One with errors counts as
// far as it was understood, but only for its own host, and none after it is
// read.
func load(b *compat.Build) error {
	if b.Testing {
		return nil // Apache does not look either.
	}
	main := slot.In(b.Main.Section.Vector)
	broken := false
	for _, h := range b.AllHosts() {
		c := slot.In(h.Section.Vector)
		switch {
		case broken:
			slot.Make(h.Section.Vector).file = "-" // Takes nothing over.
		case c == nil || c.file == "":
		case main != nil && c != main && c.file == main.file:
			c.rules = main.rules
		default:
			var ok bool
			c.rules, ok = read(b, b.Path(c.file))
			broken = !ok
		}
	}
	return nil
}

// maxMagic bounds a magic file.
const maxMagic = 16 << 20

func read(b *compat.Build, path string) (rules []*rule, ok bool) {
	warn := func(text string) {
		b.Warn(apacheconf.Diagnostic{Bare: true, Module: "mime_magic", Level: "error", Message: text})
	}
	b.Watch(path)
	f, err := os.Open(path)
	if err != nil {
		text := "AH01515: mod_mime_magic: can't read magic file " + path
		var errno syscall.Errno
		if errors.As(err, &errno) {
			text = fmt.Sprintf("(%d)%s: %s", int(errno), apacheconf.Strerror(errno), text)
		}
		warn(text)
		return nil, false
	}
	defer f.Close()
	return parseFile(io.LimitReader(f, maxMagic), warn)
}

// cause is the operating system's part of an error.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// howMany is how much of a file is looked at.
const howMany = 4096

// find looks at a file no type was found for (magic_find_ct).
func find(r *compat.Request, c *config) compat.Status {
	if r.Info == nil || r.Filename == "" || r.ContentType != "" || len(c.rules) == 0 || revision(r) {
		return compat.Declined
	}
	var o outcome
	switch mode := r.Info.Mode(); {
	case mode.IsDir():
		o.put("httpd/unix-directory")
	case !mode.IsRegular():
		o.put("application/octet-stream")
	case r.Info.Size() == 0:
		o.put("text/plain")
	default:
		g := guess{r: r, rules: c.rules, outcome: &o}
		if status := g.file(); status != compat.OK {
			return status
		}
	}
	o.put("\n")
	return o.apply(r)
}

// revision takes the type of "name" for "name@12", a revision of it
// (revision_suffix).
func revision(r *compat.Request) bool {
	name := strings.TrimRight(r.Filename, "0123456789")
	if len(name) == len(r.Filename) || !strings.HasSuffix(name, "@") {
		return false
	}
	sub := r.Engine.LookupFile(r, strings.TrimSuffix(name, "@"))
	if sub.ContentType == "" {
		return false
	}
	r.ContentType, r.Charset = sub.ContentType, sub.Charset
	if len(sub.Encodings) > 0 {
		r.Encodings = append([]string(nil), sub.Encodings...)
	}
	if len(sub.Languages) > 0 {
		r.Languages = append([]string(nil), sub.Languages...)
	}
	return true
}
