package rewrite

import (
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/expr"
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// A condition is a RewriteCond.
type condition struct {
	input   *text
	kind    kind
	pattern string           // what is compared with, without "!" and operator
	written string           // as it stands in the line, for the log
	re      *pattern.Pattern // of kind regex
	expr    *expr.Expr       // of kind expression
	pos     apacheconf.Position
	number  int // of the kinds that compare numbers
	negated bool
	noCase  bool
	orNext  bool
	noVary  bool
}

// A kind is how a condition tests its input.
type kind uint8

const (
	regex kind = iota
	isFile
	isFileWithSize
	isLink
	isDirectory
	isExecutable
	isURL
	isAccessible
	stringLess
	stringLessEqual
	stringEqual
	stringGreater
	stringGreaterEqual
	less
	lessEqual
	equal
	greater
	greaterEqual
	expression
)

// tests are the patterns of two characters that are none.
var tests = map[string]kind{
	"-f": isFile, "-s": isFileWithSize, "-d": isDirectory, "-x": isExecutable, "-h": isLink, "-L": isLink,
	"-l": isLink, "-U": isURL, "-F": isAccessible,
}

// numeric are the operators before a number. "-ne" is "-eq" negated.
var numeric = map[string]kind{
	"-lt": less, "-le": lessEqual, "-eq": equal, "-ne": equal, "-gt": greater, "-ge": greaterEqual,
}

func (k kind) comparesStrings() bool { return k >= stringLess && k <= stringGreaterEqual }

func addCondition(c *compat.Cmd) error {
	cond, err := parseCondition(c)
	if err != nil {
		return compat.Errorf("RewriteCond: %v", err)
	}
	if s := sectionOf(c); !c.AtServer() {
		s.waiting = append(s.waiting, cond)
		return nil
	}
	h := serverOf(c)
	h.waiting = append(h.waiting, cond)
	return nil
}

func parseCondition(c *compat.Cmd) (*condition, error) {
	list, ok := words(c.Raw)
	if !ok {
		return nil, compat.Errorf("bad argument line '%s'", c.Raw)
	}
	cond := &condition{written: list[1], pos: c.Node.Pos}
	if len(list) > 2 {
		if err := eachFlag(list[2], cond.setFlag); err != nil {
			return nil, err
		}
	}
	cond.pattern, cond.negated = strings.CutPrefix(list[1], "!")
	if strings.EqualFold(list[0], "expr") {
		cond.kind = expression
	} else {
		cond.classify()
	}
	if cond.noCase && cond.kind != regex && !cond.kind.comparesStrings() {
		c.Warnf("rewrite", compat.LevelWarn, "AH00665: RewriteCond: NoCase option for non-regex pattern '%s' is not "+
			"supported and will be ignored. (%s:%d)", cond.pattern, c.Node.Pos.File, c.Node.Pos.Line)
		cond.noCase = false
	}
	var err error
	if cond.input, err = parseText(list[0]); err != nil {
		return nil, err
	}
	return cond, cond.compile(c)
}

func (cond *condition) setFlag(key, _ string) error {
	switch strings.ToLower(key) {
	case "nocase", "nc":
		cond.noCase = true
	case "ornext", "or":
		cond.orNext = true
	case "novary", "nv":
		cond.noVary = true
	default:
		return unknownFlag(key)
	}
	return nil
}

// classify finds out what kind of pattern it is, and takes the operator off.
// One character alone is a regular expression.
func (cond *condition) classify() {
	p := cond.pattern
	if len(p) < 2 {
		return
	}
	switch {
	case len(p) == 2 && tests[p] != regex:
		cond.kind = tests[p]
	case len(p) > 3 && numeric[p[:3]] != regex:
		cond.kind, cond.pattern = numeric[p[:3]], p[3:]
		cond.negated = cond.negated != (p[:3] == "-ne")
		cond.number = compat.Atoi(cond.pattern)
	case p[0] == '>', p[0] == '<':
		cond.kind = map[byte]kind{'>': stringGreater, '<': stringLess}[p[0]]
		if cond.pattern = p[1:]; p[1] == '=' {
			cond.kind++
			cond.pattern = p[2:]
		}
	case p[0] == '=':
		cond.kind, cond.pattern = stringEqual, p[1:]
		if cond.pattern == `""` {
			cond.pattern = ""
		}
	}
}

// compile compiles what kind says the pattern is.
func (cond *condition) compile(c *compat.Cmd) error {
	var err error
	switch cond.kind {
	case regex:
		flags := pattern.DotAll
		if cond.noCase {
			flags |= pattern.IgnoreCase
		}
		if cond.re, err = pattern.Compile(cond.pattern, flags); err != nil {
			return compat.Errorf("cannot compile regular expression '%s'", cond.pattern)
		}
	case expression:
		d := c.Dialect()
		d.NoVary = cond.noVary
		cond.expr, err = expr.ParseIn(cond.pattern, d)
		if err != nil {
			where := ""
			if c.HTAccess {
				where = "in htaccess context "
			}
			return compat.Errorf("cannot compile expression %s\"%s\" %v", where, cond.pattern, err)
		}
	}
	return nil
}
