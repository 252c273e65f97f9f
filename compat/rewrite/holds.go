package rewrite

import (
	"io/fs"
	"os"
	"strings"

	"understudy/compat"
)

// holds decides a condition (apply_rewrite_cond). ok is false where it could
// not be decided.
func (p *pass) holds(c *condition) (yes, ok bool) {
	input := ""
	if c.kind != expression {
		input = p.expand(c.input, nil, nil)
	}
	switch c.kind {
	case regex:
		loc, ok := p.find(c.re, input)
		if !ok {
			return false, false
		}
		if yes = loc != nil; yes && !c.negated {
			p.condition = match{input, loc}
		}
	case expression:
		yes = p.evaluate(c)
	default:
		yes = p.test(c, input)
	}
	yes = yes != c.negated
	if p.tracing {
		p.traceCondition(c, input, yes)
	}
	return yes, true
}

func (p *pass) traceCondition(c *condition, input string, yes bool) {
	if c.kind == expression {
		input = "(null)"
	}
	flag, result := "", "not-matched"
	if c.noCase {
		flag = " [NC]"
	}
	if yes {
		result = "matched"
	}
	p.trace(4, 4314, "RewriteCond: input='%s' pattern='%s'%s => %s", input, c.written, flag, result)
}

// evaluate decides an expression. What it matched is what %1 to %9 are then.
func (p *pass) evaluate(c *condition) bool {
	context := compat.ExprContext(p.r)
	yes := c.expr.Eval(context)
	if p.tracing {
		p.r.Logf("rewrite", compat.LevelTrace4, nil, "util_expr_eval.c(869): Evaluation of expression from %s:%d gave: %d",
			c.pos.File, c.pos.Line, number(yes))
	}
	if yes && !c.negated {
		got := context.Captures()
		p.condition = match{got.Subject, got.Loc}
	}
	return yes
}

// number is a truth value as C prints it.
func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func (p *pass) test(c *condition, input string) bool {
	switch c.kind {
	case isURL:
		return p.urlExists(input)
	case isAccessible:
		return p.isAccessible(input)
	case isLink:
		p.r.Saw(input)
		info, err := os.Lstat(input)
		return err == nil && info.Mode()&fs.ModeSymlink != 0
	case isFile, isFileWithSize, isDirectory, isExecutable:
		p.r.Saw(input)
		info, err := os.Stat(input)
		return err == nil && c.kind.describes(info)
	}
	if c.kind.comparesStrings() {
		return c.kind.ordered(compareStrings(input, c.pattern, c.noCase))
	}
	return c.kind.ordered(compat.Atoi(input) - c.number)
}

func (k kind) describes(info fs.FileInfo) bool {
	switch k {
	case isFile:
		return info.Mode().IsRegular()
	case isFileWithSize:
		return info.Mode().IsRegular() && info.Size() > 0
	case isDirectory:
		return info.IsDir()
	}
	return info.Mode().Perm()&0o111 != 0
}

// ordered reports whether a comparison with this result is what k asks for.
func (k kind) ordered(result int) bool {
	switch k {
	case stringLess, less:
		return result < 0
	case stringLessEqual, lessEqual:
		return result <= 0
	case stringGreater, greater:
		return result > 0
	case stringGreaterEqual, greaterEqual:
		return result >= 0
	}
	return result == 0
}

// compareStrings puts the shorter first, and those of one length in the order
// of their bytes (compare_lexicography); with fold it is as in a dictionary.
func compareStrings(a, b string, fold bool) int {
	if fold {
		return strings.Compare(lowerASCII(a), lowerASCII(b))
	}
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func (p *pass) urlExists(path string) bool {
	if path == "" || !independent(p.r) {
		return false
	}
	sub := p.r.Engine.Lookup(p.r, path, "GET")
	p.note(5, 4203, "RewriteCond URI (-U check: path=%s -> status=%d", path, sub.Status)
	return sub.Status < 400
}

func (p *pass) isAccessible(path string) bool {
	if path == "" || !independent(p.r) {
		return false
	}
	sub := p.r.Engine.LookupFile(p.r, path)
	p.r.Saw(sub.Filename)
	_, err := os.Stat(sub.Filename)
	p.note(5, 4223, "RewriteCond file (-F check: path=%s -> file=%s status=%d", path, sub.Filename, sub.Status)
	return sub.Status < 300 && err == nil
}
