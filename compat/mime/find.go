package mime

import (
	"strings"

	"understudy/compat"
)

// magicType is the type of directories.
const magicType = "httpd/unix-directory"

// find says what the name of the file says (find_ct).
func find(r *compat.Request, c *config) compat.Status {
	if r.IsDir() {
		r.ContentType = magicType
		return compat.OK
	}
	if r.Filename == "" {
		return compat.Declined
	}
	name := r.Filename
	if c.usePathInfo != nil && *c.usePathInfo {
		name += r.PathInfo
	}
	s := search{r: r, c: c}
	s.all(name[strings.LastIndexByte(name, '/')+1:])
	s.settle()
	if r.ContentType == "" {
		return compat.Declined
	}
	return compat.OK
}

// A search is the work on one name.
type search struct {
	r       *compat.Request
	c       *config
	media   *mediaType
	charset string
	found   bool     // something negotiable was found
	unknown []string // parts that mean nothing
}

// all looks at each extension. The base name is none, even if it looks like
// one, nor are leading dots: ".png" is a hidden file called png.
func (s *search) all(name string) {
	base := len(name) - len(strings.TrimLeft(name, "."))
	dot := strings.IndexByte(name[base:], '.')
	if dot < 0 {
		s.skip(name)
		return
	}
	dot += base
	s.skip(name[:dot])
	for rest, more := name[dot+1:], true; more; {
		var ext string
		ext, rest, more = strings.Cut(rest, ".")
		if ext == "" {
			continue
		}
		if s.one(ext) || s.c.match&matchAny != 0 {
			s.found = true
		} else {
			s.skip(ext)
		}
	}
}

// skip notes a part without meaning, where mod_negotiation may ask.
func (s *search) skip(part string) {
	if s.r.Main != nil {
		s.unknown = append(s.unknown, part)
	}
}

// one does what ext says, and reports whether that counts for negotiation.
func (s *search) one(ext string) (found bool) {
	e := s.c.table.find(ext)
	if e == nil || e.media == nil && !e.noType {
		if m := s.c.types.find(ext); m != nil {
			s.media, found = m, true
		}
	}
	if e == nil {
		return found
	}
	if e.media != nil {
		s.media, found = e.media, true
	}
	if e.charset != "" {
		s.charset, found = e.charset, true
	}
	if e.language != "" {
		s.r.Languages, found = append(s.r.Languages, e.language), true
	}
	if e.encoding != "" {
		s.r.Encodings, found = append(s.r.Encodings, e.encoding), true
	}
	return s.work(e) || found
}

// work sets handler and filters, which count only if MultiviewsMatch says so.
func (s *search) work(e *extension) (found bool) {
	if e.handler != "" && !strings.HasPrefix(s.r.Filename, "proxy:") {
		s.r.Handler = e.handler
		found = s.c.match&matchHandlers != 0
	}
	if e.inputs != nil || e.outputs != nil {
		s.r.InputFilters = append(s.r.InputFilters, e.inputs...)
		s.r.OutputFilters = append(s.r.OutputFilters, e.outputs...)
		found = found || s.c.match&matchFilters != 0
	}
	return found
}

// settle sets what all extensions together come to.
func (s *search) settle() {
	r := s.r
	if r.Main != nil {
		r.MimeParts = nil
		if s.found {
			r.MimeParts = s.unknown
		}
	}
	switch {
	case s.media != nil && s.charset != "" && s.media.valid:
		r.ContentType, r.Charset = s.media.bare, s.charset
	case s.media != nil:
		r.ContentType = s.media.text
	case r.ContentType != "" && s.charset != "":
		r.Charset = s.charset
	}
	if len(r.Languages) == 0 && s.c.language != "" {
		r.Languages = append(r.Languages, s.c.language)
	}
}
