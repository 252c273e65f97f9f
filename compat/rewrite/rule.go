package rewrite

import (
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// A rule is a RewriteRule with the conditions before it.
type rule struct {
	conds   []*cond
	pattern string
	not     bool // "!" before the pattern
	match   *pattern.Pattern
	output  string // as written
	to      *template
	flags   flags
	status  int // of R, F and G
	skip    int
	rounds  int // of N
	env     []*template
	cookies []*template
	mime    *template // T
	handler *template // H
	escaping
}

// An escaping says how backreferences are escaped (B and its like).
type escaping struct {
	escapes, spares string
	noPlus, ctls    bool
	on              bool
}

type flags uint32

const (
	noSub flags = 1 << iota
	redirects
	forbids // a status that is no redirection
	last
	end
	nextRound
	chain
	noSubreq
	noCase
	noEscape
	passThrough
	proxied
	qsAppend
	qsDiscard
	qsNone
	qsLast
	discardPathInfo
	allow3F
	ruleUnsafePrefixStat
	unc
)

const maxRounds = 32000

// ruleFlags are those that only set a bit, in lower case.
var ruleFlags = map[string]flags{
	"c": chain, "chain": chain, "end": end, "l": last, "last": last, "ne": noEscape, "noescape": noEscape,
	"ns": noSubreq, "nosubreq": noSubreq, "nc": noCase, "nocase": noCase, "p": proxied, "proxy": proxied,
	"pt": passThrough, "passthrough": passThrough, "qsa": qsAppend, "qsappend": qsAppend, "qsd": qsDiscard,
	"qsdiscard": qsDiscard, "qsl": qsLast, "qslast": qsLast, "d": discardPathInfo, "dpi": discardPathInfo,
	"discardpath": discardPathInfo, "unsafeprefixstat": ruleUnsafePrefixStat, "unsafeallow3f": allow3F, "unc": unc,
}

// parseRule reads a RewriteRule (cmd_rewriterule).
func parseRule(c *compat.Cmd) (*rule, error) {
	match, output, flagField, flagged, ok := words(c.Raw)
	if !ok {
		return nil, compat.Errorf("RewriteRule: bad argument line '%s'", c.Raw)
	}
	k := &rule{status: 302, rounds: maxRounds, output: output}
	if flagged {
		if why := eachFlag(flagField, k.setFlag); why != "" {
			return nil, compat.Errorf("RewriteRule: %s", why)
		}
	}
	match, k.not = strings.CutPrefix(match, "!")
	var how pattern.Flags = pattern.DotAll
	if k.flags&noCase != 0 {
		how |= pattern.IgnoreCase
	}
	var err error
	if k.match, err = pattern.Compile(match, how); err != nil {
		return nil, compat.Errorf("RewriteRule: cannot compile regular expression '%s'", match)
	}
	k.pattern = match
	if output == "-" {
		k.flags |= noSub
	}
	switch {
	case strings.HasSuffix(output, "?") && k.flags&qsAppend != 0:
		k.flags |= qsLast
	case strings.HasSuffix(output, "?"): // Done here: nothing is split off.
		k.flags |= qsNone
		k.output = strings.TrimSuffix(output, "?")
	case k.flags&qsDiscard != 0 && !strings.Contains(output, "?"):
		k.flags |= qsNone
	}
	k.to = parseTemplate(k.output)
	return k, nil
}

// setFlag obeys one flag (cmd_rewriterule_setflag). It returns what is wrong.
func (k *rule) setFlag(key, value string) string {
	lower := strings.ToLower(key)
	if f := ruleFlags[lower]; f != 0 {
		k.flags |= f
		return ""
	}
	switch lower {
	case "b", "backrefescaping":
		k.on = true
		if value != "" {
			k.escapes = value
		}
	case "bne":
		if value == "" {
			return "flag 'BNE' wants a list of characters (i.e. [BNE=...])"
		}
		k.spares = value
	case "bnp", "backrefernoplus":
		k.noPlus = true
	case "bctls":
		k.ctls, k.on = true, true
	case "co", "cookie":
		k.cookies = append(k.cookies, parseTemplate(value))
	case "e", "env":
		k.env = append(k.env, parseTemplate(value))
	case "f", "forbidden":
		k.flags, k.status = k.flags|forbids|noSub, 403
	case "g", "gone":
		k.flags, k.status = k.flags|forbids|noSub, 410
	case "h", "handler":
		k.handler = parseTemplate(value)
	case "n", "next":
		k.flags |= nextRound
		if value != "" {
			k.rounds = compat.Atoi(value)
		}
	case "r", "redirect":
		return k.setStatus(value)
	case "s", "skip":
		k.skip = compat.Atoi(value)
	case "t", "type":
		k.mime = parseTemplate(value)
	default:
		if strings.HasPrefix(lower, "d") {
			return "" // Apache takes any word for it, without effect.
		}
		return "unknown flag '" + key + "'"
	}
	return ""
}

func (k *rule) setStatus(value string) string {
	k.flags |= redirects
	if value == "" {
		return ""
	}
	switch strings.ToLower(value) {
	case "permanent":
		k.status = 301
	case "temp":
		k.status = 302
	case "seeother":
		k.status = 303
	default:
		k.status = 0
		if value[0] < '0' || value[0] > '9' {
			break
		}
		k.status = compat.Atoi(value)
		if k.status != 500 && !compat.KnownStatus(k.status) {
			return "invalid HTTP response code '" + value + "' for flag 'R'"
		}
		if k.status < 300 || k.status > 399 {
			k.flags |= forbids | noSub
		}
	}
	return ""
}
