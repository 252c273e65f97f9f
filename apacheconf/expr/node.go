package expr

import (
	"net/netip"
	"slices"
	"strings"

	"understudy/apacheconf/pattern"
)

// An op is what a node does.
type op uint8

const (
	opTrue op = iota
	opFalse
	opNot
	opOr
	opAnd
	opCompare // text: the operator
	opIn      // right: an opList, or opPeerExtList
	opMatch
	opNoMatch
	opUnary  // text: the letter
	opBinary // text: the name, in lower case
	opList   // left: a word; right: the list before it
	opPeerExtList
	opString // text
	opDigit  // text
	opConcat
	opVar      // text: the name, in upper case but for those of mod_ssl
	opHeader   // text: the field a variable names
	opField    // left: the name of a field of the request
	opFunction // call, left
	opBackref  // text: the digit
	opRegex
)

// A node is what the parser makes of a piece of an expression.
type node struct {
	op          op
	text        string
	left, right *node
	re          *pattern.Pattern
	subnet      netip.Prefix
	call        func(c Context, arg string) string
}

func compare(operator string, left, right *node) *node {
	return &node{op: opCompare, text: operator, left: left, right: right}
}

type (
	cond func(Context) bool
	word func(Context) string
)

// maxRecursion is how deep what is evaluated may be nested
// (AP_EXPR_MAX_RECURSION).
const maxRecursion = 20

// A compiler makes closures of nodes. The depth is counted as Apache's
// evaluation does: what is nested too deep fails when it is reached.
type compiler struct{ Dialect }

func tooDeep(c Context) { c.Captures().fail("Recursion limit reached") }

func (k *compiler) condition(n *node, depth int) cond {
	if depth > maxRecursion {
		return func(c Context) bool { tooDeep(c); return false }
	}
	switch n.op {
	case opTrue:
		return func(Context) bool { return true }
	case opFalse:
		return func(Context) bool { return false }
	case opNot:
		inner := k.condition(n.left, depth)
		return func(c Context) bool { return !inner(c) }
	case opOr, opAnd:
		return k.chain(n, depth)
	case opUnary:
		return unary(n, k.word(n.left, depth+1))
	case opBinary:
		return binary(n, k.word(n.left, depth+1), k.word(n.right, depth+1))
	case opIn:
		return k.in(n, depth)
	case opMatch, opNoMatch:
		return matches(k.word(n.left, depth+1), n.right.re, n.op == opNoMatch)
	default:
		return comparison(n.text, k.SSL, k.word(n.left, depth+1), k.word(n.right, depth+1))
	}
}

// chain is "a || b || c", or the same with "&&": all but the last are one
// deeper.
func (k *compiler) chain(n *node, depth int) cond {
	stop := n.op == opOr
	kind := n.op
	var all []cond
	for ; n.op == kind; n = n.right {
		left, not := n.left, false
		if left.op == opNot {
			left, not = left.left, true
		}
		one := k.condition(left, depth+1)
		if not {
			inner := one
			one = func(c Context) bool { return !inner(c) }
		}
		all = append(all, one)
	}
	last := k.condition(n, depth)
	return func(c Context) bool {
		for _, one := range all {
			if one(c) == stop {
				return stop
			}
		}
		return last(c)
	}
}

func (k *compiler) in(n *node, depth int) cond {
	needle := k.word(n.left, depth+1)
	if n.right.op == opPeerExtList {
		oid := k.word(n.right.left, depth+1)
		return func(c Context) bool {
			l, ok := c.(Lister)
			return ok && slices.Contains(l.List("PeerExtList", oid(c)), needle(c))
		}
	}
	var list []word
	for l := n.right; l != nil; l = l.right {
		list = append(list, k.word(l.left, depth+1))
	}
	return func(c Context) bool {
		want := needle(c)
		for _, w := range list {
			if w(c) == want {
				return true
			}
		}
		return false
	}
}

func (k *compiler) word(n *node, depth int) word {
	if depth > maxRecursion {
		return func(c Context) string { tooDeep(c); return "" }
	}
	switch n.op {
	case opString, opDigit:
		text := n.text
		return func(Context) string { return text }
	case opConcat:
		return k.concat(n, depth)
	case opVar:
		name := n.text
		return func(c Context) string { return c.Var(name) }
	case opHeader:
		field, vary := n.text, !k.NoVary && n.text != "Host"
		return func(c Context) string { return c.Header(field, vary) }
	case opField:
		name, noVary := k.word(n.left, depth+1), k.NoVary
		return func(c Context) string {
			field := name(c)
			return c.Header(field, !noVary && !strings.EqualFold(field, "Host")) // RFC 9110, 12.5.5
		}
	case opFunction:
		call, arg := n.call, k.word(n.left, depth+1)
		return func(c Context) string { return call(c, arg(c)) }
	default: // opBackref
		group := int(n.text[0] - '0')
		return func(c Context) string { return c.Captures().Group(group) }
	}
}

// concat joins the parts of a text, which hang on one side: within a string on
// the left, between words on the right. All are one deeper.
func (k *compiler) concat(n *node, depth int) word {
	var parts []word
	if n.left.op == opConcat {
		for ; n.op == opConcat; n = n.left {
			parts = append(parts, k.word(n.right, depth+1))
		}
		parts = append(parts, k.word(n, depth+1))
		for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
			parts[i], parts[j] = parts[j], parts[i]
		}
	} else {
		for ; n.op == opConcat; n = n.right {
			parts = append(parts, k.word(n.left, depth+1))
		}
		parts = append(parts, k.word(n, depth+1))
	}
	return func(c Context) string {
		var b strings.Builder
		for _, part := range parts {
			b.WriteString(part(c))
		}
		return b.String()
	}
}

// matches looks for a pattern. Only one with groups changes what $0 to $9 are.
func matches(left word, re *pattern.Pattern, not bool) cond {
	return func(c Context) bool {
		s := left(c)
		if re.Groups() == 0 {
			return re.Match(s) != not
		}
		loc, err := re.Find(s)
		found := err == nil && loc != nil
		captures := c.Captures()
		captures.Subject, captures.Loc = s, loc
		if !found {
			captures.Subject, captures.Loc = "", nil
		}
		return found != not
	}
}
