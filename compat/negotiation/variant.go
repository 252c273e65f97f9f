package negotiation

import (
	"os"
	"path/filepath"
	"strings"

	"understudy/compat"
)

// A variant is a form in which a resource is there.
type variant struct {
	sub         *compat.Request // nil: it comes from a type map
	name        string
	media       string // lower case
	charset     string
	encoding    string
	hasEncoding bool // the type map names one, be it empty
	languages   []string
	description string
	body        int64 // where in the type map it begins; 0: it is a file
	bytes       int64 // its length; -1: not known yet
	source      float32
	level       float32
	pseudoHTML  bool

	// What the client makes of it.
	scores
}

// scores are the qualities of a variant for one request.
type scores struct {
	mime, language, coding, chars float32
	levelMatched                  float32
	stars                         int // 1: it matched */*, 2: type/*, 3: itself
	priority                      int // place in LanguagePriority, -1: none
	definite                      bool
}

func newVariant() variant {
	return variant{bytes: -1, scores: scores{mime: 1, language: 1, coding: 1, chars: 1, priority: -1, definite: true}}
}

// describe takes over what a Content-Type says.
func (v *variant) describe(media string) {
	p, _ := entry(media)
	v.media, v.source, v.level, v.charset = p.name, p.quality, p.level, p.charset
	v.pseudoHTML = p.name == "text/html" || p.name == parsedType || p.name == parsedType3
}

func (v *variant) hasLanguage(language string) bool {
	for _, l := range v.languages {
		if l == language {
			return true
		}
	}
	return false
}

// length is how long the variant is, -1 if that cannot be found out.
func (v *variant) length(dir string) int64 {
	if v.bytes >= 0 {
		return v.bytes
	}
	if v.sub != nil && v.sub.Info != nil {
		v.bytes = v.sub.Info.Size()
	} else if info, err := os.Stat(filepath.Join(dir, v.name)); err == nil {
		v.bytes = info.Size()
	}
	return v.bytes
}

// isIdentity reports whether an encoding is none.
func isIdentity(encoding string) bool {
	switch encoding {
	case "", "7bit", "8bit", "binary":
		return true
	}
	return false
}

// parent is the directory of a path, with a slash at its end.
func parent(path string) string { return path[:strings.LastIndexByte(path, '/')+1] }
