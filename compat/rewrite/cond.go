package rewrite

import (
	"os"
	"strings"

	"understudy/apacheconf/expr"
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// A cond is a RewriteCond.
type cond struct {
	input   *template
	pattern string // as written
	noCase  bool
	orNext  bool
	noVary  bool
	not     bool
	// test decides; it is given the input, expanded.
	test func(x *context, k *cond, input string) bool
	expr *expr.Expr       // instead of test and input
	re   *pattern.Pattern // of a test by regular expression
	want string           // what is compared with
}

// parseCond reads a RewriteCond (cmd_rewritecond).
func parseCond(c *compat.Cmd) (*cond, error) {
	input, want, flagField, flagged, ok := words(c.Raw)
	if !ok {
		return nil, compat.Errorf("RewriteCond: bad argument line '%s'", c.Raw)
	}
	k := &cond{pattern: want}
	if flagged {
		if why := eachFlag(flagField, k.setFlag); why != "" {
			return nil, compat.Errorf("RewriteCond: %s", why)
		}
	}
	want, k.not = strings.CutPrefix(want, "!")
	if strings.EqualFold(input, "expr") {
		var err error
		if k.expr, err = expr.Parse(want); err != nil {
			return nil, compat.Errorf("RewriteCond: cannot compile expression \"%s\" %v", want, err)
		}
		return k, k.warnCase(c, want)
	}
	k.input = parseTemplate(input)
	comparesText := false
	k.test, k.want, comparesText = k.testOf(want)
	if k.test != nil {
		if comparesText {
			return k, nil
		}
		return k, k.warnCase(c, k.want)
	}
	how := pattern.DotAll
	if k.noCase {
		how |= pattern.IgnoreCase
	}
	var err error
	if k.re, err = pattern.Compile(want, how); err != nil {
		return nil, compat.Errorf("RewriteCond: cannot compile regular expression '%s'", want)
	}
	k.test = matches
	return k, nil
}

func (k *cond) setFlag(key, _ string) string {
	switch strings.ToLower(key) {
	case "nc", "nocase":
		k.noCase = true
	case "or", "ornext":
		k.orNext = true
	case "nv", "novary":
		k.noVary = true
	default:
		return "unknown flag '" + key + "'"
	}
	return ""
}

func (k *cond) warnCase(c *compat.Cmd, want string) error {
	if k.noCase {
		k.noCase = false
		c.Warnf("rewrite", compat.LevelWarn, "AH00665: RewriteCond: NoCase option for non-regex pattern '%s' is not supported "+
			"and will be ignored. (%s:%d)", want, c.Node.Pos.File, c.Node.Pos.Line)
	}
	return nil
}

type test func(x *context, k *cond, input string) bool

var fileTests = map[string]test{
	"-f": func(_ *context, _ *cond, in string) bool {
		info, err := os.Stat(in)
		return err == nil && info.Mode().IsRegular()
	},
	"-s": func(_ *context, _ *cond, in string) bool {
		info, err := os.Stat(in)
		return err == nil && info.Mode().IsRegular() && info.Size() > 0
	},
	"-d": func(_ *context, _ *cond, in string) bool {
		info, err := os.Stat(in)
		return err == nil && info.IsDir()
	},
	"-x": func(_ *context, _ *cond, in string) bool {
		info, err := os.Stat(in)
		return err == nil && info.Mode()&0o111 != 0
	},
	"-h": isLink, "-L": isLink, "-l": isLink,
	"-U": (*context).urlExists, "-F": (*context).fileExists,
}

func isLink(_ *context, _ *cond, in string) bool {
	info, err := os.Lstat(in)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

// testOf finds the test that a pattern of more than one character names; nil:
// it is a regular expression. text tells that strings are compared.
func (k *cond) testOf(want string) (_ test, rest string, text bool) {
	if len(want) < 2 {
		return nil, "", false
	}
	if t := fileTests[want]; t != nil {
		return t, want, false
	}
	if want[0] == '-' && len(want) > 3 {
		if t := numberTests[want[1:3]]; t != nil {
			if want[1:3] == "ne" {
				k.not = !k.not
			}
			return t, want[3:], false
		}
		return nil, "", false
	}
	switch {
	case strings.HasPrefix(want, ">="):
		return ordered(func(n int) bool { return n >= 0 }), want[2:], true
	case want[0] == '>':
		return ordered(func(n int) bool { return n > 0 }), want[1:], true
	case strings.HasPrefix(want, "<="):
		return ordered(func(n int) bool { return n <= 0 }), want[2:], true
	case want[0] == '<':
		return ordered(func(n int) bool { return n < 0 }), want[1:], true
	case want == `=""`:
		return equals, "", true
	case want[0] == '=':
		return equals, want[1:], true
	}
	return nil, "", false
}

var numberTests = map[string]test{
	"lt": func(_ *context, k *cond, in string) bool { return compat.Atoi(in) < compat.Atoi(k.want) },
	"le": func(_ *context, k *cond, in string) bool { return compat.Atoi(in) <= compat.Atoi(k.want) },
	"gt": func(_ *context, k *cond, in string) bool { return compat.Atoi(in) > compat.Atoi(k.want) },
	"ge": func(_ *context, k *cond, in string) bool { return compat.Atoi(in) >= compat.Atoi(k.want) },
	"eq": equalNumber, "ne": equalNumber,
}

func equalNumber(_ *context, k *cond, in string) bool { return compat.Atoi(in) == compat.Atoi(k.want) }

func equals(_ *context, k *cond, in string) bool {
	return in == k.want || k.noCase && strings.EqualFold(in, k.want)
}

// ordered compares strings: longer ones are greater, whatever is in them
// (compare_lexicography), but for NC.
func ordered(is func(int) bool) test {
	return func(_ *context, k *cond, in string) bool {
		switch {
		case k.noCase:
			return is(strings.Compare(strings.ToLower(in), strings.ToLower(k.want)))
		case len(in) != len(k.want):
			return is(len(in) - len(k.want))
		}
		return is(strings.Compare(in, k.want))
	}
}

func matches(x *context, k *cond, in string) bool {
	loc, err := k.re.Find(in)
	if err != nil || loc == nil {
		return false
	}
	if !k.not {
		x.condGroups = groups{in, loc}
	}
	return true
}

// holds decides a condition (apply_rewrite_cond).
func (k *cond) holds(x *context) bool {
	if k.expr != nil {
		c := compat.ExprContext(x.r)
		ok := k.expr.Eval(c)
		if found := c.Captures(); ok && !k.not && found.Loc != nil {
			x.condGroups = groups{found.Subject, found.Loc}
		}
		x.log(4, "RewriteCond: input='%s' pattern='%s'%s => %s", "", k.pattern, "", matched(ok != k.not))
		return ok != k.not
	}
	input := k.input.expand(x, nil)
	ok := k.test(x, k, input) != k.not
	nc := ""
	if k.noCase {
		nc = " [NC]"
	}
	x.log(4, "RewriteCond: input='%s' pattern='%s'%s => %s", input, k.pattern, nc, matched(ok))
	return ok
}

func matched(ok bool) string {
	if ok {
		return "matched"
	}
	return "not-matched"
}

// urlExists is -U: a sub-request says what a client would get.
func (x *context) urlExists(_ *cond, in string) bool {
	if in == "" || !x.mayAsk() {
		return false
	}
	sub := x.r.Engine.Lookup(x.r, in, x.r.Method)
	x.log(5, "RewriteCond URI (-U check: path=%s -> status=%d", in, sub.Status)
	return sub.Status < 400
}

// fileExists is -F.
func (x *context) fileExists(_ *cond, in string) bool {
	if in == "" || !x.mayAsk() {
		return false
	}
	sub := x.r.Engine.LookupFile(x.r, in)
	x.log(5, "RewriteCond file (-F check: path=%s -> file=%s status=%d", in, sub.Filename, sub.Status)
	if sub.Status >= 300 {
		return false
	}
	_, err := os.Stat(sub.Filename)
	return err == nil
}

// mayAsk reports whether a sub-request may be made: not in one for the same URL
// (subreq_ok).
func (x *context) mayAsk() bool {
	for r := x.r; r != nil && r.Main != nil; r = r.Main {
		if r.Path == r.Main.Path {
			return false
		}
	}
	return true
}
