package expr

import (
	"errors"
	"fmt"
	"strings"

	"understudy/apacheconf/pattern"
)

//go:generate go run golang.org/x/tools/cmd/goyacc -l -p expr -o grammar.go -v /dev/null grammar.y

// maxText bounds an expression, and with it the parser's stack.
const maxText = 64 << 10

// A Dialect is what an expression may say beside the language itself, as what
// stands in a page mod_include reads.
type Dialect struct {
	// Functions are further ones, by name in lower case.
	Functions map[string]func(c Context, arg string) string
	// Restricted forbids what looks at files (AP_EXPR_FLAG_RESTRICTED).
	Restricted bool
	// HTAccess forbids the functions that read files, as they would with the
	// server's rights what the author of a .htaccess may not.
	HTAccess bool
	// SSL compares strings as SSLRequire does, by length first
	// (AP_EXPR_FLAG_SSL_EXPR_COMPAT).
	SSL bool
	// NoVary leaves the Vary of the response alone (AP_EXPR_FLAG_DONT_VARY).
	NoVary bool
	// NoSSL leaves out what mod_ssl adds: it is not loaded.
	NoSSL bool
}

// Parse compiles a condition. Errors are Apache's texts.
func Parse(text string) (*Expr, error) { return ParseIn(text, Dialect{}) }

// ParseIn compiles a condition of a dialect.
func ParseIn(text string, d Dialect) (*Expr, error) {
	root, err := parse(text, tCondition, d)
	if err != nil {
		return nil, err
	}
	c := compiler{Dialect: d}
	return &Expr{text, c.condition(root, 1)}, nil
}

// ParseRestricted compiles a condition of a page that mod_include reads: it may
// not look at files, and has v() for what the page may ask for.
func ParseRestricted(text string) (*Expr, error) {
	return ParseIn(text, Dialect{Restricted: true,
		Functions: map[string]func(Context, string) string{"v": Context.Env}})
}

// ParseSSL compiles a condition of SSLRequire, whose words are compared by their
// length first (strcmplex).
func ParseSSL(text string) (*Expr, error) { return ParseIn(text, Dialect{SSL: true}) }

// ParseString compiles a text with %{VAR}, %{func:arg} and $1 in it.
func ParseString(text string) (*Text, error) { return ParseStringIn(text, Dialect{}) }

// ParseStringIn compiles a text of a dialect. What it asks of the request never
// makes the response vary (ap_expr_str_exec_re).
func ParseStringIn(text string, d Dialect) (*Text, error) {
	root, err := parse(text, tText, d)
	if err != nil {
		return nil, err
	}
	if root.op == opString {
		t := Literal(root.text)
		t.source = text
		return t, nil
	}
	d.NoVary = true
	c := compiler{Dialect: d}
	return &Text{source: text, eval: c.word(root, 1)}, nil
}

func parse(text string, start int, d Dialect) (*node, error) {
	if len(text) > maxText {
		return nil, errors.New("Expression too long")
	}
	text, _, _ = strings.Cut(text, "\x00") // Apache's strings end there.
	l := &lexer{scanner: scanner{s: text, start: start, modes: []mode{inCondition}}, Dialect: d}
	if start == tText {
		l.become(inString)
	}
	failed := exprParse(l) != 0
	switch {
	case l.syntax != "" && l.problem != "":
		return nil, errors.New(l.syntax + ": " + l.problem)
	case l.syntax != "":
		return nil, errors.New(l.syntax)
	case l.problem != "":
		return nil, errors.New(l.problem)
	case failed:
		return nil, errors.New("syntax error")
	}
	return l.tree, nil
}

// A lexer is what the parser reads from and what its actions work on. An
// action that cannot look something up notes the problem, and the parser goes
// on: a syntax error found later is told with it.
type lexer struct {
	scanner
	Dialect
	tree    *node
	whole   bool   // an expression ended
	syntax  string // the parser's own error
	problem string // what scanner and actions found
}

// lex is l as the actions know it.
func lex(l exprLexer) *lexer { return l.(*lexer) }

func (l *lexer) root(n *node) { l.tree, l.whole = n, true }

// Error implements exprLexer: it turns goyacc's words into bison's. Only behind
// a whole expression is its end what was expected.
func (l *lexer) Error(s string) {
	s = strings.Replace(s, "syntax error: ", "syntax error, ", 1)
	if l.whole && !strings.Contains(s, "expecting") {
		s += ", expecting $end"
	}
	l.syntax = s
}

// apacheNames are what errors call the tokens.
var apacheNames = map[string]string{
	"$end": "$end", "tTrue": "T_TRUE", "tFalse": "T_FALSE", "tCondition": "T_EXPR_BOOL", "tText": "T_EXPR_STRING",
	"tError": "T_ERROR", "tDigit": "T_DIGIT", "tID": "T_ID", "tString": "T_STRING", "tRegex": "T_REGEX",
	"tRegexI": "T_REGEX_I", "tBackref": "T_REGEX_BACKREF", "tUnary": "T_OP_UNARY", "tBinary": "T_OP_BINARY",
	"tStrBegin": "T_STR_BEGIN", "tStrEnd": "T_STR_END", "tVarBegin": "T_VAR_BEGIN", "tVarEnd": "T_VAR_END",
	"tEQ": "T_OP_EQ", "tNE": "T_OP_NE", "tLT": "T_OP_LT", "tLE": "T_OP_LE", "tGT": "T_OP_GT", "tGE": "T_OP_GE",
	"tMatch": "T_OP_REG", "tNoMatch": "T_OP_NRE", "tIn": "T_OP_IN", "tStrEQ": "T_OP_STR_EQ", "tStrNE": "T_OP_STR_NE",
	"tStrLT": "T_OP_STR_LT", "tStrLE": "T_OP_STR_LE", "tStrGT": "T_OP_STR_GT", "tStrGE": "T_OP_STR_GE",
	"tConcat": "T_OP_CONCAT", "tOr": "T_OP_OR", "tAnd": "T_OP_AND", "tNot": "T_OP_NOT",
}

func init() {
	exprErrorVerbose = true
	for i, name := range exprToknames {
		if apache, ok := apacheNames[name]; ok {
			exprToknames[i] = apache
		}
	}
}

// regex compiles a pattern, with Apache's defaults; nil ends the parse.
func (l *lexer) regex(text string, flags pattern.Flags) *node {
	re, err := pattern.Compile(text, flags|pattern.DotAll)
	if err != nil {
		l.syntax = "Failed to compile regular expression"
		return nil
	}
	return &node{op: opRegex, re: re}
}

// unary makes the call of a "-x" operator.
func (l *lexer) unary(name string, arg *node) *node {
	if !strings.Contains("nzRTdefsLhxFUA", name) {
		l.problem = fmt.Sprintf("Unary operator '-%s' does not exist", name)
		return nil
	}
	if l.Restricted && strings.Contains("defsLhx", name) {
		l.problem = "-" + name + " not available in restricted context"
		return nil
	}
	n := &node{op: opUnary, text: name, left: arg}
	if name == "R" {
		l.subnet(n, name, arg)
	}
	return n
}

// binary makes the call of a "-name" operator.
func (l *lexer) binary(name string, left, right *node) *node {
	n := &node{op: opBinary, text: strings.ToLower(name), left: left, right: right}
	switch n.text {
	case "ipmatch":
		l.subnet(n, name, right)
	case "fnmatch", "strmatch", "strcmatch":
	default:
		l.problem = fmt.Sprintf("Binary operator '-%s' does not exist", name)
		return nil
	}
	return n
}

// subnet reads the constant argument of -R and -ipmatch (subnet_parse_arg).
func (l *lexer) subnet(n *node, name string, arg *node) {
	if arg == nil || arg.op != opString {
		l.problem = fmt.Sprintf("-%s requires subnet/netmask as constant argument", name)
		return
	}
	var err error
	if n.subnet, err = ParseSubnet(arg.text); err != nil {
		l.problem = "parsing of subnet/netmask failed"
	}
}

func (l *lexer) variable(name string) *node {
	upper := strings.ToUpper(name)
	if field, ok := headers[upper]; ok {
		return &node{op: opHeader, text: field}
	}
	if variables[upper] {
		return &node{op: opVar, text: upper}
	}
	if l.NoSSL || !strings.HasPrefix(name, "SSL_") {
		l.problem = fmt.Sprintf("Variable '%s' does not exist", name)
		return nil
	}
	return &node{op: opVar, text: name} // mod_ssl's differ by case.
}

func (l *lexer) function(name string, arg *node) *node {
	lower := strings.ToLower(name)
	if (l.Restricted || l.HTAccess) && (lower == "file" || lower == "filesize") {
		l.problem = lower + " not available in restricted context"
		return nil
	}
	if lower == "req" || lower == "http" {
		return &node{op: opField, left: arg}
	}
	call, ok := l.Functions[lower]
	if !ok {
		call, ok = functions[lower]
	}
	if !ok || lower == "ssl" && (l.NoSSL || name != "SSL") {
		l.problem = fmt.Sprintf("Function '%s' does not exist", name)
		return nil
	}
	return &node{op: opFunction, left: arg, call: call}
}

// list is a function whose answer is a list.
func (l *lexer) list(name string, arg *node) *node {
	if name != "PeerExtList" || l.NoSSL {
		l.problem = fmt.Sprintf("List-returning function '%s' does not exist", name)
		return nil
	}
	return &node{op: opPeerExtList, left: arg}
}
