package admin

import (
	"cmp"
	"os"
	"os/user"
	"slices"
	"strings"
)

// glob expands patterns as Perl's glob does, which is the C shell's: white
// space separates them, quotes keep it together, braces make several of one,
// and a pattern without wildcards stands for itself, there or not.
func glob(patterns string) []string {
	var all []string
	for _, word := range globWords(patterns) {
		for _, p := range braces(tilde(glyphs(word))) {
			all = append(all, expand(p)...)
		}
	}
	return all
}

// globLiteral is s as a pattern that means only itself.
func globLiteral(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte("\\*?[]{},~'\" \t\n", s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

const space = " \t\n\v\f\r"

// globWords splits at white space outside quotes. An open quote makes one
// word of everything.
func globWords(s string) []string {
	var words []string
	var word []byte
	in := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\'' || c == '"':
			end := closingQuote(s, i)
			if end < 0 {
				return []string{strings.Trim(s, space)}
			}
			quote := string(c)
			word, in = append(word, strings.ReplaceAll(s[i+1:end], `\`+quote, quote)...), true
			i = end
		case c == '\\' && i+1 < len(s):
			i++
			if s[i] != '\'' && s[i] != '"' {
				word = append(word, c)
			}
			word, in = append(word, s[i]), true
		case strings.IndexByte(space, c) >= 0:
			if in {
				words = append(words, string(word))
			}
			word, in = nil, false
		default:
			word, in = append(word, c), true
		}
	}
	if in {
		words = append(words, string(word))
	}
	return words
}

func closingQuote(s string, open int) int {
	for i := open + 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[open]:
			return i
		}
	}
	return -1
}

// A glyph is a byte of a pattern; with literal set it means itself.
type glyph uint16

const literal glyph = 0x100

func glyphs(word string) []glyph {
	var p []glyph
	for i := 0; i < len(word); i++ {
		g := glyph(word[i])
		if g == '\\' {
			if i+1 < len(word) {
				i++
			}
			g = glyph(word[i]) | literal
		}
		p = append(p, g)
	}
	return p
}

func text(p []glyph) string {
	b := make([]byte, len(p))
	for i, g := range p {
		b[i] = byte(g)
	}
	return string(b)
}

// tilde puts a home directory in the place of ~ or ~user.
func tilde(p []glyph) []glyph {
	if len(p) == 0 || p[0] != '~' {
		return p
	}
	end := slices.Index(p, '/')
	if end < 0 {
		end = len(p)
	}
	home, err := os.UserHomeDir()
	if name := text(p[1:end]); name != "" {
		var u *user.User
		if u, err = user.Lookup(name); err == nil {
			home = u.HomeDir
		}
	}
	if err != nil {
		return p
	}
	return append(glyphs(globLiteral(home)), p[end:]...)
}

// maxBraces bounds what braces expand to.
const maxBraces = 1024

// braces makes a pattern of every alternative, nested ones too. Braces that do
// not match mean themselves.
func braces(p []glyph) [][]glyph {
	open := slices.Index(p, '{')
	if open < 0 {
		return [][]glyph{p}
	}
	depth, start := 0, open+1
	var parts [][]glyph
	for i := start; i < len(p); i++ {
		switch g := p[i]; {
		case g == '[':
			if end := slices.Index(p[i:], ']'); end > 0 {
				i += end
			}
		case g == '{':
			depth++
		case g == '}' && depth > 0:
			depth--
		case g == ',' && depth == 0:
			parts, start = append(parts, p[start:i]), i+1
		case g == '}':
			var all [][]glyph
			for _, part := range append(parts, p[start:i]) {
				all = append(all, braces(slices.Concat(p[:open], part, p[i+1:]))...)
				if len(all) > maxBraces {
					break
				}
			}
			return all
		}
	}
	return [][]glyph{p}
}

// expand finds the paths of a pattern, in the order of a telephone book.
func expand(p []glyph) []string {
	if !hasWildcard(p) {
		return []string{text(p)}
	}
	found := walk("", p)
	slices.SortFunc(found, func(a, b string) int {
		return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
	})
	return found
}

// walk follows a pattern down from path, which it has matched so far.
func walk(path string, p []glyph) []string {
	end := slices.IndexFunc(p, func(g glyph) bool { return byte(g) == '/' })
	if end == 0 {
		return walk(path+"/", p[1:])
	}
	if end < 0 {
		end = len(p)
	}
	segment, rest := p[:end], p[end:]
	if len(segment) == 0 {
		if _, err := os.Lstat(path); err != nil {
			return nil
		}
		return []string{path}
	}
	if !hasWildcard(segment) {
		return walk(path+text(segment), rest)
	}
	entries, _ := os.ReadDir(cmp.Or(path, "."))
	var found []string
	for _, e := range entries {
		name := e.Name()
		if (name[0] != '.' || byte(segment[0]) == '.') && matches(segment, name) {
			found = append(found, walk(path+name, rest)...)
		}
	}
	return found
}
