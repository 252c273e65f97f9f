package rewrite

import (
	"errors"
	"strings"

	"understudy/compat"
)

// flags are those of a RewriteRule that have no value of their own.
type flags uint32

const (
	forceRedirect flags = 1 << iota
	last
	nextRound
	chain
	noSubrequest
	proxy
	passThrough
	qsAppend
	qsDiscard
	qsLast
	qsNone // the substitution says so, not a flag
	noCase
	noEscape
	noSub
	forceStatus
	escapeBackrefs
	escapeNoPlus
	escapeControls
	discardPathInfo
	end
	statPrefix  // [UnsafePrefixStat]
	allowQuery  // [UnsafeAllow3F]
	keepSlashes // [UNC]
)

func (f flags) has(one flags) bool { return f&one != 0 }

// simple are the flags without a value.
var simple = map[string]flags{
	"backrefernoplus": escapeNoPlus, "bnp": escapeNoPlus, "bctls": escapeControls | escapeBackrefs,
	"c": chain, "chain": chain, "d": discardPathInfo, "dpi": discardPathInfo, "discardpath": discardPathInfo,
	"end": end, "l": last, "last": last, "ne": noEscape, "noescape": noEscape, "ns": noSubrequest,
	"nosubreq": noSubrequest, "nc": noCase, "nocase": noCase, "p": proxy, "proxy": proxy, "pt": passThrough,
	"passthrough": passThrough, "qsa": qsAppend, "qsappend": qsAppend, "qsd": qsDiscard, "qsdiscard": qsDiscard,
	"qsl": qsLast, "qslast": qsLast, "unsafeprefixstat": statPrefix, "unsafeallow3f": allowQuery,
	"unc": keepSlashes,
}

// setFlag obeys one flag (cmd_rewriterule_setflag).
func (r *rule) setFlag(key, value string) (err error) {
	name := strings.ToLower(key)
	if f, ok := simple[name]; ok {
		r.flags |= f
		return nil
	}
	switch name {
	case "b", "backrefescaping":
		r.flags |= escapeBackrefs
		r.escapes = firstOf(value, r.escapes)
	case "bne":
		if r.spares = value; value == "" {
			return errors.New("flag 'BNE' wants a list of characters (i.e. [BNE=...])")
		}
	case "co", "cookie":
		r.cookies, err = addText(r.cookies, value)
	case "e", "env":
		r.env, err = addText(r.env, value)
	case "f", "forbidden":
		r.forceStatus(403)
	case "g", "gone":
		r.forceStatus(410)
	case "h", "handler":
		r.handler, err = parseText(value)
	case "n", "next":
		r.flags |= nextRound
		if value != "" {
			r.rounds = compat.Atoi(value)
		}
	case "r", "redirect":
		return r.setRedirect(value)
	case "s", "skip":
		r.skip = compat.Atoi(value)
	case "t", "type":
		r.mime, err = parseText(value)
	default:
		if !strings.HasPrefix(name, "d") { // Apache takes any word with D.
			return unknownFlag(key)
		}
	}
	return err
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func addText(list []*text, value string) ([]*text, error) {
	t, err := parseText(value)
	return append(list, t), err
}

// forceStatus makes the rule one that only says a status.
func (r *rule) forceStatus(status int) {
	r.flags |= forceStatus | noSub
	r.status = status
}

// setRedirect is [R], [R=301], [R=permanent]; a status that is no redirection
// is only said.
func (r *rule) setRedirect(value string) error {
	r.flags |= forceRedirect
	switch strings.ToLower(value) {
	case "":
		return nil
	case "permanent":
		r.status = 301
		return nil
	case "temp":
		r.status = 302
		return nil
	case "seeother":
		r.status = 303
		return nil
	}
	if value[0] < '0' || value[0] > '9' {
		r.status = 0 // Which is no redirection, and so becomes a 302.
		return nil
	}
	r.status = compat.Atoi(value)
	if compat.Reason(r.status) == "" {
		return compat.Errorf("invalid HTTP response code '%s' for flag 'R'", value)
	}
	if !isRedirect(r.status) {
		r.flags |= forceStatus | noSub
	}
	return nil
}

// isRedirect reports whether status is a redirection (ap_is_HTTP_REDIRECT).
func isRedirect(status int) bool { return status >= 300 && status < 400 }
