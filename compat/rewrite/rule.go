package rewrite

import (
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// A rule is a RewriteRule, with the conditions that stood before it.
type rule struct {
	pattern    string
	re         *pattern.Pattern
	negated    bool
	conditions []*condition
	to         *text
	written    string // the substitution as it stands in the line
	flags      flags
	mime       *text // [T=…]; nil: none
	handler    *text // [H=…]
	env        []*text
	cookies    []*text
	status     int    // of [R=…], [F], [G]
	skip       int    // [S=…]
	rounds     int    // [N=…]
	escapes    string // [B=…]: what is escaped of back-references; "": all
	spares     string // [BNE=…]: what is not
}

const maxRounds = 10000

func addRule(c *compat.Cmd) error {
	r, err := parseRule(c.Raw)
	if err != nil {
		return compat.Errorf("RewriteRule: %v", err)
	}
	if s := sectionOf(c); !c.AtServer() {
		r.conditions, s.waiting = s.waiting, nil
		s.rules = append(s.rules, r)
		return nil
	}
	h := serverOf(c)
	r.conditions, h.waiting = h.waiting, nil
	h.rules = append(h.rules, r)
	return nil
}

func parseRule(line string) (*rule, error) {
	list, ok := words(line)
	if !ok {
		return nil, compat.Errorf("bad argument line '%s'", line)
	}
	r := &rule{status: 302, rounds: maxRounds}
	if len(list) > 2 {
		if err := eachFlag(list[2], r.setFlag); err != nil {
			return nil, err
		}
	}
	r.pattern, r.negated = strings.CutPrefix(list[0], "!")
	options := pattern.DotAll
	if r.flags.has(noCase) {
		options |= pattern.IgnoreCase
	}
	var err error
	if r.re, err = pattern.Compile(r.pattern, options); err != nil {
		return nil, compat.Errorf("cannot compile regular expression '%s'", r.pattern)
	}
	return r, r.setSubstitution(list[1])
}

// setSubstitution takes the second word. A "?" at its end drops the query, and
// is dropped itself; with [QSA] it ends what the last one is looked for in.
func (r *rule) setSubstitution(to string) error {
	if to == "-" {
		r.flags |= noSub
	}
	switch {
	case strings.HasSuffix(to, "?") && r.flags.has(qsAppend):
		r.flags |= qsLast
	case strings.HasSuffix(to, "?"):
		r.flags |= qsNone
		to = to[:len(to)-1]
	case r.flags.has(qsDiscard) && !strings.Contains(to, "?"):
		r.flags |= qsNone
	}
	r.written = to
	var err error
	r.to, err = parseText(to)
	return err
}
