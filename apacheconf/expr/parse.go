package expr

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	maxText  = 64 << 10
	maxDepth = 200
)

// Parse compiles a condition. Errors are Apache's texts.
func Parse(text string) (*Expr, error) { return parse(text, false) }

// ParseRestricted compiles a condition whose author may not look at files
// (AP_EXPR_FLAG_RESTRICTED).
func ParseRestricted(text string) (*Expr, error) { return parse(text, true) }

func parse(text string, restricted bool) (*Expr, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	p.restricted = restricted
	return p.whole(text)
}

// whole is the condition that text is, to its end.
func (p *parser) whole(text string) (*Expr, error) {
	p.space()
	if p.end() {
		return nil, p.unexpected()
	}
	cond, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.space(); !p.end() {
		return nil, p.unexpected()
	}
	return &Expr{text, cond}, nil
}

// ParseSSL compiles a condition of SSLRequire, whose words are compared by their
// length first (AP_EXPR_FLAG_SSL_EXPR_COMPAT, strcmplex).
func ParseSSL(text string) (*Expr, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	p.ssl = true
	return p.whole(text)
}

// ParseString compiles a text with %{VAR}, %{func:arg} and $1 in it.
func ParseString(text string) (*Text, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	parts, err := p.text(0)
	if err != nil {
		return nil, err
	}
	return parts.join(text), nil
}

type (
	cond func(Context) bool
	word func(Context) string
)

type parser struct {
	s          string
	i          int
	depth      int
	restricted bool
	ssl        bool // the language of SSLRequire
}

func newParser(text string) (*parser, error) {
	if len(text) > maxText {
		return nil, errors.New("Expression too long")
	}
	return &parser{s: text}, nil
}

func (p *parser) end() bool { return p.i >= len(p.s) }

func (p *parser) space() {
	for !p.end() && strings.IndexByte(" \t\n\r", p.s[p.i]) >= 0 {
		p.i++
	}
}

func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return errors.New("Expression is nested too deep")
	}
	return nil
}

// accept takes text if it comes next.
func (p *parser) accept(text string) bool {
	if strings.HasPrefix(p.s[p.i:], text) {
		p.i += len(text)
		return true
	}
	return false
}

// ident is the identifier that comes next, not taken.
func (p *parser) ident() string {
	j := p.i
	for j < len(p.s) && (p.s[j] == '_' || isAlnum(p.s[j])) {
		j++
	}
	if j > p.i && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		return ""
	}
	return p.s[p.i:j]
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// keyword takes an identifier that is one of words.
func (p *parser) keyword(words ...string) bool {
	id := p.ident()
	for _, w := range words {
		if id == w {
			p.i += len(id)
			return true
		}
	}
	return false
}

func (p *parser) or() (cond, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	left, err := p.and()
	for err == nil {
		if p.space(); !p.accept("||") && !p.keyword("or") {
			break
		}
		var right cond
		a := left
		if right, err = p.and(); err == nil {
			left = func(c Context) bool { return a(c) || right(c) }
		}
	}
	return left, err
}

func (p *parser) and() (cond, error) {
	left, err := p.not()
	for err == nil {
		if p.space(); !p.accept("&&") && !p.keyword("and") {
			break
		}
		var right cond
		a := left
		if right, err = p.not(); err == nil {
			left = func(c Context) bool { return a(c) && right(c) }
		}
	}
	return left, err
}

func (p *parser) not() (cond, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	p.space()
	if p.accept("!") || p.keyword("not") {
		inner, err := p.not()
		return func(c Context) bool { return !inner(c) }, err
	}
	return p.primary()
}

func (p *parser) primary() (cond, error) {
	switch {
	case p.end():
		return nil, p.unexpected()
	case p.keyword("true"):
		return func(Context) bool { return true }, nil
	case p.keyword("false"):
		return func(Context) bool { return false }, nil
	case p.s[p.i] == '(':
		return p.parenthesis()
	case p.s[p.i] == '-' && p.unaryAhead():
		op := p.s[p.i+1]
		p.i += 2
		arg, err := p.word()
		if err != nil {
			return nil, err
		}
		return p.unary(op, arg)
	}
	return p.comparison()
}

// parenthesis is a condition, or a word that a comparison begins with.
func (p *parser) parenthesis() (cond, error) {
	start := p.i
	p.i++
	inner, err := p.or()
	if err == nil {
		if p.space(); p.accept(")") {
			return inner, nil
		}
		err = p.unexpected()
	}
	failed := p.i
	p.i = start
	if c, wordErr := p.comparison(); wordErr == nil {
		return c, nil
	}
	p.i = failed
	return nil, err
}

// unaryAhead tells "-e" from "-eq" and "-1".
func (p *parser) unaryAhead() bool {
	return p.i+1 < len(p.s) && (isAlnum(p.s[p.i+1]) && p.s[p.i+1] > '9' || p.s[p.i+1] == '_') &&
		(p.i+2 >= len(p.s) || !isAlnum(p.s[p.i+2]) && p.s[p.i+2] != '_')
}

var comparisons = []string{"==", "!=", "=~", "!~", "<=", ">=", "=", "<", ">"}

var dashed = []string{"eq", "ne", "lt", "le", "gt", "ge", "in"}

func (p *parser) operator() string {
	p.space()
	for _, op := range comparisons {
		if p.accept(op) {
			return op
		}
	}
	if p.keyword(dashed...) {
		for _, d := range dashed {
			if strings.HasSuffix(p.s[:p.i], d) {
				return "-" + d
			}
		}
	}
	if p.i+1 < len(p.s) && p.s[p.i] == '-' {
		p.i++
		if id := p.ident(); len(id) > 1 {
			p.i += len(id)
			return "-" + id
		}
		p.i--
	}
	return ""
}

func (p *parser) comparison() (cond, error) {
	left, err := p.word()
	if err != nil {
		return nil, err
	}
	op := p.operator()
	switch op {
	case "":
		return nil, p.unexpected()
	case "=~", "!~":
		re, err := p.regex()
		if err != nil {
			return nil, err
		}
		return matches(left, re, op == "!~"), nil
	case "-in":
		list, err := p.list()
		if err != nil {
			return nil, err
		}
		return func(c Context) bool {
			return slices.Contains(list(c), left(c))
		}, nil
	}
	rightAt := p.i
	right, err := p.word()
	if err != nil {
		return nil, err
	}
	if c := byLength(op, left, right); p.ssl && c != nil {
		return c, nil
	}
	return binary(op, left, right, strings.TrimSpace(p.s[rightAt:p.i]))
}

// list is {word, word …}, or a function that has several values.
func (p *parser) list() (func(Context) []string, error) {
	p.space()
	if id := p.ident(); id != "" {
		return p.callList(id)
	}
	if !p.accept("{") {
		return nil, p.unexpected()
	}
	words, err := p.words()
	return func(c Context) []string {
		list := make([]string, len(words))
		for i, w := range words {
			list[i] = w(c)
		}
		return list
	}, err
}

// callList is func(word) with several values.
func (p *parser) callList(id string) (func(Context) []string, error) {
	if !strings.EqualFold(id, "PeerExtList") {
		return nil, fmt.Errorf("Function '%s' does not exist", id)
	}
	p.i += len(id)
	if p.space(); !p.accept("(") {
		return nil, p.unexpected()
	}
	arg, err := p.word()
	if err != nil {
		return nil, err
	}
	if p.space(); !p.accept(")") {
		return nil, p.unexpected()
	}
	return func(c Context) []string {
		if l, ok := c.(Lister); ok {
			return l.List(id, arg(c))
		}
		return nil
	}, nil
}

func (p *parser) words() ([]word, error) {
	var list []word
	for {
		w, err := p.word()
		if err != nil {
			return nil, err
		}
		list = append(list, w)
		p.space()
		if p.accept("}") {
			return list, nil
		}
		if !p.accept(",") {
			return nil, p.unexpected()
		}
	}
}

// word is words joined by ".".
func (p *parser) word() (word, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	left, err := p.single()
	for err == nil {
		if p.space(); !p.accept(".") {
			break
		}
		var right word
		a := left
		if right, err = p.single(); err == nil {
			left = func(c Context) string { return a(c) + right(c) }
		}
	}
	return left, err
}

func (p *parser) single() (word, error) {
	p.space()
	if p.end() {
		return nil, p.unexpected()
	}
	c := p.s[p.i]
	switch {
	case c == '"' || c == '\'':
		p.i++
		parts, err := p.text(c)
		if err != nil {
			return nil, err
		}
		return parts.join("").eval, nil
	case c == '%' && strings.HasPrefix(p.s[p.i:], "%{"):
		return p.variable()
	case c == '$' && p.i+1 < len(p.s) && p.s[p.i+1] >= '0' && p.s[p.i+1] <= '9':
		p.i += 2
		return backref(p.s[p.i-1]), nil
	case c == '(':
		p.i++
		w, err := p.word()
		if err != nil {
			return nil, err
		}
		if p.space(); !p.accept(")") {
			return nil, p.unexpected()
		}
		return w, nil
	}
	if n := p.digits(); n > 0 {
		text := p.s[p.i : p.i+n]
		p.i += n
		return func(Context) string { return text }, nil
	}
	if id := p.ident(); id != "" {
		return p.call(id)
	}
	return nil, p.unexpected()
}

func (p *parser) digits() int {
	j := p.i
	if p.s[j] == '-' {
		j++
	}
	first := j
	for j < len(p.s) && p.s[j] >= '0' && p.s[j] <= '9' {
		j++
	}
	if j == first {
		return 0
	}
	return j - p.i
}

// call is func(word).
func (p *parser) call(id string) (word, error) {
	p.i += len(id)
	if p.space(); !p.accept("(") {
		return nil, p.unexpected()
	}
	args := []word{}
	for {
		w, err := p.word()
		if err != nil {
			return nil, err
		}
		args = append(args, w)
		p.space()
		if p.accept(")") {
			return p.function(id, args)
		}
		if !p.accept(",") {
			return nil, p.unexpected()
		}
	}
}

func backref(digit byte) word {
	n := int(digit - '0')
	return func(c Context) string { return c.Captures().Group(n) }
}

// unexpected is what bison says of the token that comes next.
func (p *parser) unexpected() error {
	if p.space(); p.end() {
		return errors.New("syntax error, unexpected $end")
	}
	c := p.s[p.i]
	switch {
	case strings.IndexByte("(){},", c) >= 0:
		return fmt.Errorf("syntax error, unexpected '%c'", c)
	case c == '"' || c == '\'':
		return errors.New("syntax error, unexpected T_STR_BEGIN")
	case p.digits() > 0:
		return errors.New("syntax error, unexpected T_DIGIT")
	case p.ident() != "":
		return errors.New("syntax error, unexpected T_ID")
	}
	for _, op := range comparisons {
		if strings.HasPrefix(p.s[p.i:], op) {
			return fmt.Errorf("syntax error, unexpected %s", tokens[op])
		}
	}
	return fmt.Errorf("Parse error near character '%c'", c)
}

var tokens = map[string]string{"==": "T_OP_STR_EQ", "=": "T_OP_STR_EQ", "!=": "T_OP_STR_NE",
	"<": "T_OP_STR_LT", "<=": "T_OP_STR_LE", ">": "T_OP_STR_GT", ">=": "T_OP_STR_GE",
	"=~": "T_OP_REG", "!~": "T_OP_NRE"}

func atoi(s string) int64 {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	j := 0
	if j < len(s) && (s[j] == '-' || s[j] == '+') {
		j++
	}
	for j < len(s) && s[j] >= '0' && s[j] <= '9' {
		j++
	}
	n, _ := strconv.ParseInt(strings.TrimPrefix(s[:j], "+"), 10, 64)
	return n
}
