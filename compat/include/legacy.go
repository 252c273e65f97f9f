package include

import (
	"strings"

	"understudy/apacheconf/expr"
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// The kinds of tokens of old expressions.
type tokenKind uint8

const (
	tokenString tokenKind = iota
	tokenPattern
	tokenAnd
	tokenOr
	tokenNot
	tokenEqual
	tokenUnequal
	tokenOpen
	tokenClose
	tokenGroup // a bracket that was closed
	tokenGreaterEqual
	tokenLessEqual
	tokenGreater
	tokenLess
	tokenAccess
)

// A legacyNode is a token in the tree of an old expression.
type legacyNode struct {
	kind                tokenKind
	text                string
	left, right, parent *legacyNode
	done, value         bool
}

// legacy evaluates an old expression (parse_expr). ok is false if it is none.
func (p *page) legacy(text string) (holds, ok bool) {
	root, patterns, complaint := parseLegacy(text)
	if complaint == "" {
		e := legacyRun{page: p, patterns: patterns}
		complaint = e.eval(root)
	}
	if complaint != "" {
		p.log(compat.LevelError, complaint, text, p.r.Filename)
		return false, false
	}
	return root != nil && root.value, true
}

const invalid = "AH03188: Invalid expression \"%s\" in file %s"

// parseLegacy makes the tree. complaint is what is wrong, a format of the
// expression and the file.
func parseLegacy(text string) (root *legacyNode, patterns int, complaint string) {
	var current *legacyNode
	l := legacyLexer{s: text}
	for {
		n := &legacyNode{}
		if !l.next(n, current) {
			return root, patterns, ""
		}
		if current == nil {
			switch n.kind {
			case tokenString, tokenNot, tokenAccess, tokenOpen:
				root, current = n, n
				continue
			}
			return nil, 0, invalid
		}
		if n.kind == tokenClose {
			for current != nil && current.kind != tokenOpen {
				current = current.parent
			}
			if current == nil {
				return nil, 0, "AH03189: Unmatched ')' in \"%s\" in file %s"
			}
			current.kind = tokenGroup
			continue
		}
		if n.kind == tokenPattern {
			patterns++
		}
		var fits bool
		if root, current, fits = attach(root, current, n); !fits {
			return nil, 0, invalid
		}
	}
}

// attach puts n into the tree behind current.
func attach(root, current, n *legacyNode) (newRoot, newCurrent *legacyNode, fits bool) {
	below := func() (*legacyNode, *legacyNode, bool) {
		n.parent, current.right = current, n
		return root, n, true
	}
	above := func() (*legacyNode, *legacyNode, bool) {
		if current == nil {
			n.left, root.parent = root, n
			return n, n, true
		}
		if n.left = current.right; n.left == nil {
			return nil, nil, false
		}
		n.left.parent = n
		return below()
	}
	switch n.kind {
	case tokenString:
		switch current.kind {
		case tokenString:
			if n.text != "" {
				current.text += " " + n.text
			}
			return root, current, true
		case tokenPattern, tokenClose, tokenGroup:
			return nil, nil, false
		}
		return below()
	case tokenPattern:
		if current.kind == tokenEqual || current.kind == tokenUnequal {
			return below()
		}
	case tokenAnd, tokenOr:
		if current.kind != tokenString && current.kind != tokenPattern && current.kind != tokenGroup {
			return nil, nil, false
		}
		for current = current.parent; current != nil; current = current.parent {
			if current.kind == tokenAnd || current.kind == tokenOr || current.kind == tokenOpen {
				break
			}
		}
		return above()
	case tokenEqual, tokenUnequal, tokenGreaterEqual, tokenLessEqual, tokenGreater, tokenLess:
		if current.kind != tokenString {
			return nil, nil, false
		}
		current = current.parent
		if current == nil || current.kind == tokenOpen || current.kind == tokenAnd || current.kind == tokenOr {
			return above()
		}
	case tokenNot, tokenAccess, tokenOpen:
		switch current.kind {
		case tokenString, tokenPattern, tokenClose, tokenGroup:
			return nil, nil, false
		}
		return below()
	}
	return nil, nil, false
}

// A legacyLexer splits an old expression (get_ptoken).
type legacyLexer struct {
	s string
	i int
}

var legacyOperators = []struct {
	text string
	kind tokenKind
}{
	{"(", tokenOpen}, {")", tokenClose}, {"==", tokenEqual}, {"=", tokenEqual}, {"!=", tokenUnequal}, {"!", tokenNot},
	{"||", tokenOr}, {"&&", tokenAnd}, {">=", tokenGreaterEqual}, {">", tokenGreater}, {"<=", tokenLessEqual},
	{"<", tokenLess}, {"-A", tokenAccess},
}

// next reads a token into n; false: there is none.
func (l *legacyLexer) next(n, previous *legacyNode) bool {
	for l.i < len(l.s) && isSpace(l.s[l.i]) {
		l.i++
	}
	if l.i == len(l.s) {
		return false
	}
	rest := l.s[l.i:]
	for _, op := range legacyOperators {
		if strings.HasPrefix(rest, op.text) {
			n.kind = op.kind
			l.i += len(op.text)
			return true
		}
	}
	var quote byte
	switch {
	case rest[0] == '\'':
		quote = '\''
	case rest[0] == '/' && (previous == nil || previous.kind != tokenAccess):
		n.kind, quote = tokenPattern, '/'
	}
	if quote != 0 {
		l.i++
	}
	n.text = l.word(quote)
	return true
}

// word reads up to a quote, or to what cannot be in a word. A quote that does
// not end holds nothing.
func (l *legacyLexer) word(quote byte) string {
	var b strings.Builder
	for first := true; l.i < len(l.s); first = false {
		c := l.s[l.i]
		switch {
		case c == '\\':
			if l.i++; l.i == len(l.s) {
				continue
			}
			b.WriteByte(l.s[l.i])
			l.i++
			continue
		case quote != 0 && c == quote:
			l.i++
			return b.String()
		case quote == 0 && !first && l.wordEnds(c), quote == 0 && isSpace(c):
			return b.String()
		}
		b.WriteByte(c)
		l.i++
	}
	if quote != 0 {
		return ""
	}
	return b.String()
}

func (l *legacyLexer) wordEnds(c byte) bool {
	return strings.IndexByte("()=!<>", c) >= 0 || (c == '|' || c == '&') && l.i+1 < len(l.s) && l.s[l.i+1] == c
}

// A legacyRun is the evaluation of an old expression.
type legacyRun struct {
	page     *page
	patterns int // not yet tried
}

// eval walks the tree from where it stands to the root; it returns what is
// wrong, as parseLegacy does.
func (e *legacyRun) eval(n *legacyNode) (complaint string) {
	for n != nil {
		switch n.kind {
		case tokenString:
			e.string(n)
		case tokenAnd, tokenOr:
			if n.left == nil || n.right == nil {
				return "AH01332: Invalid expression \"%s\" in file %s"
			}
			if open := e.both(n); open != nil {
				n = open
				continue
			}
		case tokenEqual, tokenUnequal:
			if n.left == nil || n.right == nil || n.left.kind != tokenString ||
				n.right.kind != tokenString && n.right.kind != tokenPattern {
				return "AH01333: Invalid expression \"%s\" in file %s"
			}
			e.equal(n)
		case tokenGreaterEqual, tokenGreater, tokenLessEqual, tokenLess:
			if n.left == nil || n.right == nil || n.left.kind != tokenString || n.right.kind != tokenString {
				return "AH01334: Invalid expression \"%s\" in file %s"
			}
			e.order(n)
		case tokenNot, tokenGroup:
			n.value = true
			if n.right != nil {
				if !n.right.done {
					n = n.right
					continue
				}
				n.value = n.right.value
			}
			n.value = n.value != (n.kind == tokenNot)
		case tokenAccess:
			if n.left != nil || n.right == nil || n.right.kind != tokenString && n.right.kind != tokenPattern {
				return "AH01335: Invalid expression \"%s\" in file %s: Token '-A' must be followed by a URI string."
			}
			n.value = e.accessible(n.right)
		case tokenPattern:
			return "AH03190: No operator before regex in expr \"%s\" in file %s"
		case tokenOpen:
			return "AH03191: Unmatched '(' in \"%s\" in file %s"
		default:
			return "AH03192: internal parser error in \"%s\" in file %s"
		}
		n.done = true
		n = n.parent
	}
	return ""
}

func (e *legacyRun) expand(n *legacyNode) string {
	n.text = e.page.expand(n.text, false)
	return n.text
}

func (e *legacyRun) string(n *legacyNode) {
	n.value, n.done = e.expand(n) != "", true
}

// both decides && and ||; open is a side that has to be decided before. A
// pattern is tried in any case, for what it captures.
func (e *legacyRun) both(n *legacyNode) (open *legacyNode) {
	and := n.kind == tokenAnd
	if !n.left.done {
		if n.left.kind != tokenString {
			return n.left
		}
		e.string(n.left)
	}
	if !n.right.done && e.patterns == 0 && n.left.value != and {
		n.value = n.left.value
		return nil
	}
	if !n.right.done {
		if n.right.kind != tokenString {
			return n.right
		}
		e.string(n.right)
	}
	n.value = n.left.value && n.right.value
	if !and {
		n.value = n.left.value || n.right.value
	}
	return nil
}

func (e *legacyRun) equal(n *legacyNode) {
	left, right := e.expand(n.left), e.expand(n.right)
	if n.right.kind == tokenPattern {
		n.value = e.match(left, right)
		e.patterns--
	} else {
		n.value = left == right
	}
	n.value = n.value != (n.kind == tokenUnequal)
}

func (e *legacyRun) order(n *legacyNode) {
	c := strings.Compare(e.expand(n.left), e.expand(n.right))
	switch n.kind {
	case tokenGreaterEqual:
		n.value = c >= 0
	case tokenGreater:
		n.value = c > 0
	case tokenLessEqual:
		n.value = c <= 0
	default:
		n.value = c < 0
	}
}

// match tries a pattern, and keeps what it captures (re_check). One that is
// wrong counts as matching.
func (e *legacyRun) match(s, text string) bool {
	p := e.page
	re, err := pattern.Compile(text, 0)
	if err != nil {
		p.log(compat.LevelError, "AH02667: unable to compile pattern \"%s\"", text)
		return true
	}
	loc, err := re.Find(s)
	if err != nil {
		loc = nil
	}
	p.match = match{captures: expr.Captures{Subject: s, Loc: loc}, pattern: text, groups: re.Groups()}
	return loc != nil
}

// accessible is -A.
func (e *legacyRun) accessible(n *legacyNode) bool {
	p := e.page
	uri := e.expand(n)
	p.share()
	if sub := p.r.Engine.Lookup(p.r, uri, "GET"); sub.Status >= 400 {
		p.log(compat.LevelDebug, "AH01336: mod_include: The tested subrequest -A \"%s\" returned an error code.", uri)
		return false
	}
	return true
}
