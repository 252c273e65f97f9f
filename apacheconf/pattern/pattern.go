// Package pattern compiles the regular expressions of configurations. Apache's
// are Perl's, by PCRE, on bytes. A pattern that means the same in RE2 runs on
// package regexp, in linear time; others (look-around, back-references,
// atomic groups) run on a backtracking engine with a time limit. No one
// outside needs to know which.
//
// Deviations: possessive quantifiers (a++) are refused.
package pattern

import (
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"
	"weak"

	"github.com/dlclark/regexp2"
)

// Flags change the meaning of a pattern.
type Flags uint8

// The flags.
const (
	IgnoreCase Flags = 1 << iota
	MultiLine        // ^ and $ match at lines
	DotAll           // . matches a newline
	Extended         // white space and comments are ignored
)

// ErrTimeout tells that a match took too long and was given up.
var ErrTimeout = errors.New("regular expression took too long to match")

const (
	maxLength = 64 << 10 // PCRE refuses patterns that compile to more
	// limit bounds a match on the backtracking engine. PCRE's own limit of
	// ten million steps takes about as long.
	limit = 250 * time.Millisecond
)

// A Pattern is a compiled regular expression.
type Pattern struct {
	text  string
	re    *regexp.Regexp
	back  *regexp2.Regexp // where re is nil
	names []string
}

// source is what a Pattern is made of.
type source struct {
	expr  string
	flags Flags
}

// inUse are the patterns that somebody holds: source → weak.Pointer[Pattern].
// Thousands of hosts often have the same rules.
var inUse sync.Map

// Compile compiles expr as PCRE would. Equal patterns are one as long as it is in
// use.
func Compile(expr string, flags Flags) (*Pattern, error) {
	key := source{expr, flags}
	if have, ok := inUse.Load(key); ok {
		if p := have.(weak.Pointer[Pattern]).Value(); p != nil {
			return p, nil
		}
	}
	p, err := compile(expr, flags)
	if err != nil {
		return nil, err
	}
	key.expr = strings.Clone(expr) // Perhaps a part of something large.
	w := weak.Make(p)
	inUse.Store(key, w)
	runtime.AddCleanup(p, func(key source) { inUse.CompareAndDelete(key, w) }, key)
	return p, nil
}

func compile(expr string, flags Flags) (*Pattern, error) {
	if len(expr) > maxLength {
		return nil, fmt.Errorf("regular expression of %d bytes is too long", len(expr))
	}
	p := &Pattern{text: expr}
	wide := widen(expr)
	if portable(expr) && flags&Extended == 0 {
		if re, err := regexp.Compile(goFlags(flags) + goSyntax(wide, flags)); err == nil {
			p.re, p.names = re, re.SubexpNames()
			return p, nil
		}
	}
	re, err := regexp2.Compile(goDollar(wide, flags), backFlags(flags))
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = limit
	p.back = re
	p.names = make([]string, len(re.GetGroupNumbers()))
	for i, name := range re.GetGroupNames() {
		if i < len(p.names) && (name == "" || name[0] < '0' || name[0] > '9') {
			p.names[i] = name
		}
	}
	return p, nil
}

// MustCompile is Compile for patterns of our own.
func MustCompile(expr string, flags Flags) *Pattern {
	p, err := Compile(expr, flags)
	if err != nil {
		panic(err)
	}
	return p
}

func goFlags(f Flags) string {
	s := ""
	if f&IgnoreCase != 0 {
		s += "i"
	}
	if f&MultiLine != 0 {
		s += "m"
	}
	if f&DotAll != 0 {
		s += "s"
	}
	if s == "" {
		return ""
	}
	return "(?" + s + ")"
}

func backFlags(f Flags) regexp2.RegexOptions {
	o := regexp2.None
	if f&IgnoreCase != 0 {
		o |= regexp2.IgnoreCase
	}
	if f&MultiLine != 0 {
		o |= regexp2.Multiline
	}
	if f&DotAll != 0 {
		o |= regexp2.Singleline
	}
	if f&Extended != 0 {
		o |= regexp2.IgnorePatternWhitespace
	}
	return o
}

// String is the pattern as written.
func (p *Pattern) String() string { return p.text }

// Groups is the number of capturing groups.
func (p *Pattern) Groups() int { return len(p.names) - 1 }

// Names are the names of the groups, "" for those without; the first is that
// of the whole match.
func (p *Pattern) Names() []string { return p.names }

// Match reports whether s matches; a match given up does not.
func (p *Pattern) Match(s string) bool {
	if p.re != nil {
		if isASCII(s) {
			return p.re.MatchString(s)
		}
		return p.re.MatchString(widen(s))
	}
	ok, err := p.back.MatchString(widen(s))
	return err == nil && ok
}

// Find is the first match in s: pairs of byte offsets of the whole and of each
// group, -1 for groups that took no part; nil if there is none.
func (p *Pattern) Find(s string) ([]int, error) {
	if p.re != nil {
		if isASCII(s) {
			return p.re.FindStringSubmatchIndex(s), nil
		}
		wide := widen(s)
		return narrow(wide, p.re.FindStringSubmatchIndex(wide)), nil
	}
	m, err := p.back.FindStringMatch(widen(s))
	if err != nil {
		return nil, ErrTimeout
	}
	if m == nil {
		return nil, nil
	}
	// Runes are bytes of s here, so rune offsets are byte offsets.
	var loc []int
	for _, g := range m.Groups() {
		if len(g.Captures) == 0 {
			loc = append(loc, -1, -1)
			continue
		}
		loc = append(loc, g.Index, g.Index+g.Length)
	}
	return loc, nil
}

// widen makes each byte a rune of its own, as PCRE matches bytes.
func widen(s string) string {
	if isASCII(s) {
		return s
	}
	b := make([]rune, len(s))
	for i := range len(s) {
		b[i] = rune(s[i])
	}
	return string(b)
}

// narrow turns offsets in the widened text into offsets of the original.
func narrow(wide string, loc []int) []int {
	at := make(map[int]int, len(loc))
	for _, i := range loc {
		at[i] = 0
	}
	n := 0
	for i := range wide {
		if _, ok := at[i]; ok {
			at[i] = n
		}
		n++
	}
	at[len(wide)] = n
	for k, i := range loc {
		if i >= 0 {
			loc[k] = at[i]
		}
	}
	return loc
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// Groups of s that loc names: group n, or "".
func group(s string, loc []int, n int) string {
	if 2*n+1 >= len(loc) || loc[2*n] < 0 {
		return ""
	}
	return s[loc[2*n]:loc[2*n+1]]
}

// Group is what group n matched in s at loc, or "".
func Group(s string, loc []int, n int) string { return group(s, loc, n) }

// Expand replaces $0 to $9 in template by what loc says was matched in s; a
// backslash before any other character is left out (ap_pregsub).
func Expand(template, s string, loc []int) string {
	if strings.IndexByte(template, '$') < 0 && strings.IndexByte(template, '\\') < 0 {
		return template
	}
	var b strings.Builder
	for i := 0; i < len(template); i++ {
		c := template[i]
		next := byte(0)
		if i+1 < len(template) {
			next = template[i+1]
		}
		switch {
		case c == '$' && next >= '0' && next <= '9':
			b.WriteString(group(s, loc, int(next-'0')))
			i++
		case c == '\\' && i+1 < len(template):
			b.WriteByte(next)
			i++
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
