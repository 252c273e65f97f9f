package rewrite

import (
	"fmt"
	"slices"
	"strings"

	"understudy/compat"
)

// A context is a list of rules on its way through a request.
type context struct {
	r          *compat.Request
	dir        string // of the section; "" for the rules of a host
	uri        string // what the pattern under way is applied to
	ruleGroups groups
	condGroups groups
	varyThis   []string // fields that the conditions of the rule under way have asked for
	vary       []string // of those that held
}

// groups are what a match has captured.
type groups struct {
	subject string
	loc     []int
}

func (g groups) of(n int) string {
	if 2*n+1 >= len(g.loc) || g.loc[2*n] < 0 {
		return ""
	}
	return g.subject[g.loc[2*n]:g.loc[2*n+1]]
}

// An outcome is what a list of rules came to.
type outcome uint8

const (
	unchanged outcome = iota
	changed
	unescaped // changed by a rule with NE: no escaping on the way out
	answered  // r.Status says with what
)

// log writes a line of tracing (do_rewritelog).
func (x *context) log(level int, format string, args ...any) {
	r, at := x.r, compat.LevelDebug+compat.Level(level)
	if !r.LogEnabled("rewrite", at) {
		return
	}
	user := "-"
	if r.User != "" {
		user = r.User
	}
	kind := "initial"
	if r.Main != nil {
		kind = "subreq"
	}
	hops := 0
	for p := r.Prev; p != nil; p = p.Prev {
		hops++
	}
	if hops > 0 {
		kind += fmt.Sprintf("/redir#%d", hops)
	}
	dir := ""
	if x.dir != "" {
		dir = "[perdir " + x.dir + "] "
	}
	r.Logf("rewrite", at, nil, "%s - %s [%s/sid#%p][rid#%p/%s] %s%s", compat.ClientAddr(r), user, compat.ServerName(r), r.Host, r,
		kind, dir, fmt.Sprintf(format, args...))
}

// backref is what group n captured, of the rule's match or the condition's.
func (x *context) backref(n int, ofRule bool, k *rule) string {
	g := x.condGroups
	if ofRule {
		g = x.ruleGroups
	}
	v := g.of(n)
	if v == "" || k == nil || !k.on {
		return v
	}
	escaped := k.escape(v)
	x.log(5, "escaping backreference '%s' to '%s'", v, escaped)
	return escaped
}

// escape escapes a backreference for a URL (escape_backref).
func (e *escaping) escape(v string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(v) {
		c := v[i]
		wanted := e.escapes == ""
		if e.ctls {
			wanted = c <= ' ' || c == 0x7f
		}
		wanted = wanted || e.escapes != "" && strings.IndexByte(e.escapes, c) >= 0
		switch {
		case !wanted, strings.IndexByte(e.spares, c) >= 0, isWord(c):
			b.WriteByte(c)
		case c == ' ' && !e.noPlus:
			b.WriteByte('+')
		default:
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

// run applies rules in order (apply_rewrite_list). by is the last that changed
// the file name.
func (x *context) run(rules []*rule) (result outcome, by *rule) {
	r := x.r
	round := 1
	for i := 0; i < len(rules); i++ {
		k := rules[i]
		if r.Main != nil && k.flags&(noSubreq|redirects) != 0 {
			continue
		}
		x.vary = nil
		matched, done := x.apply(k)
		if !matched {
			for ; i < len(rules)-1 && rules[i].flags&chain != 0; i++ {
			}
			continue
		}
		if k.flags&noSub == 0 {
			by = k
			x.log(2, "setting lastsub to rule with output %s", k.output)
		}
		if limit := 2 * lineLimit(r.Host); len(r.Filename) > limit {
			r.Logf("rewrite", compat.LevelError, nil, "RewriteRule '%s' and URI '%s' exceeded maximum length (%d)", k.pattern, r.Path, limit)
			r.Status = 500
			return answered, by
		}
		if len(x.vary) > 0 {
			r.Out.Merge("Vary", strings.Join(x.vary, ", "))
		}
		if done || k.flags&forbids != 0 {
			return answered, by
		}
		if k.flags&noSub == 0 {
			result = changed
			if k.flags&noEscape != 0 {
				result = unescaped
			}
		}
		switch {
		case k.flags&passThrough != 0:
			x.log(2, "forcing '%s' to get passed through to next API URI-to-filename handler", r.Filename)
			r.Filename = passed + r.Filename
			return changed, by
		case k.flags&end != 0:
			x.log(8, "Rule has END flag, no further rewriting for this request")
			r.Notes.Set(endNote, "1")
			return result, by
		case k.flags&(proxied|last) != 0:
			return result, by
		case k.flags&nextRound != 0:
			if round++; round >= k.rounds {
				r.Logf("rewrite", compat.LevelError, nil, "AH02596: RewriteRule '%s' and URI '%s' exceeded maximum number of "+
					"rounds (%d) via the [N] flag", k.pattern, r.Path, k.rounds)
				r.Status = 500
				return answered, by
			}
			i = -1
		default:
			i += k.skip
		}
	}
	return result, by
}

func lineLimit(h *compat.Host) int {
	if h.LimitLine != nil {
		return *h.LimitLine
	}
	return 8190
}

// apply tries one rule (apply_rewrite_rule). done tells that r.Status is the
// answer.
func (x *context) apply(k *rule) (ok, done bool) {
	r := x.r
	x.uri = r.Filename
	throughProxy := x.dir != "" && strings.HasPrefix(r.Filename, "proxy:")
	if x.dir != "" {
		if r.PathInfo != "" {
			x.log(3, "add path info postfix: %s -> %s%s", x.uri, x.uri, r.PathInfo)
			x.uri += r.PathInfo
		}
		if rest, ok := strings.CutPrefix(x.uri, x.dir); ok && !throughProxy {
			x.log(3, "strip per-dir prefix: %s -> %s", x.uri, rest)
			x.uri = rest
		}
	}
	x.log(3, "applying pattern '%s' to uri '%s'", k.pattern, x.uri)
	loc, err := k.match.Find(x.uri)
	if err != nil {
		r.Logf("rewrite", compat.LevelError, nil, "RewriteRule '%s': %v", k.pattern, err)
		return false, false
	}
	if (loc != nil) == k.not {
		return false, false
	}
	x.varyThis, x.condGroups, x.ruleGroups = nil, groups{}, groups{}
	if !k.not {
		x.ruleGroups = groups{x.uri, slices.Clone(loc)}
	}
	if !x.hold(k.conds) {
		return false, false
	}
	return true, x.substitute(k, throughProxy)
}

// hold decides the conditions of a rule. One with OR that holds makes those
// joined to it hold.
func (x *context) hold(conds []*cond) bool {
	for i := 0; i < len(conds); i++ {
		k := conds[i]
		ok := k.holds(x)
		if k.noVary {
			x.varyThis = nil
		}
		if k.orNext {
			if !ok {
				x.varyThis = nil
				if i+1 < len(conds) {
					continue
				}
				continue
			}
			for i < len(conds) && conds[i].orNext {
				i++
			}
		} else if !ok {
			return false
		}
		x.vary = append(x.vary, x.varyThis...)
		x.varyThis = nil
	}
	return true
}

// substitute does what a rule says that matches.
func (x *context) substitute(k *rule, throughProxy bool) (done bool) {
	r := x.r
	uri := ""
	if k.flags&noSub == 0 {
		q := &qmark{last: k.flags&qsLast != 0}
		if k.flags&allow3F != 0 {
			q = nil
		}
		uri = k.to.expandWith(x, k, q)
		x.log(2, "rewrite '%s' -> '%s'", x.uri, uri)
		if q != nil && q.unsafe {
			r.Logf("rewrite", compat.LevelError, nil, "AH10508: Unsafe URL with %%3f URL rewritten without UnsafeAllow3F")
			r.Status = 403
			return true
		}
	}
	x.setVariables(k)
	if k.flags&noSub != 0 {
		x.forceType(k)
		if k.flags&forbids != 0 {
			x.log(2, "forcing responsecode %d for %s", k.status, r.Filename)
			r.Status = k.status
		}
		return false
	}
	prefixed := false
	if scheme, _ := absolute(uri); !throughProxy && !strings.HasPrefix(uri, "/") && scheme == 0 {
		switch {
		case x.dir != "":
			x.log(3, "add per-dir prefix: %s -> %s%s", uri, x.dir, uri)
			uri, prefixed = x.dir+uri, true
		case k.flags&(proxied|redirects) == 0:
			x.log(3, "add root prefix: %s -> /%s", uri, uri)
			uri, prefixed = "/"+uri, true
		}
	}
	r.Filename = uri
	if x.dir != "" && k.flags&discardPathInfo != 0 {
		r.PathInfo = ""
	}
	x.splitQuery(k.flags)
	x.direct(k, prefixed)
	return false
}

// direct decides where the new name leads: to a proxy, a redirection, or a
// file.
func (x *context) direct(k *rule, prefixed bool) {
	r := x.r
	switch {
	case k.flags&proxied != 0:
		qualify(r)
		x.log(2, "forcing proxy-throughput with %s", r.Filename)
		r.Filename = "proxy:" + r.Filename
		return
	case k.flags&redirects != 0:
		qualify(r)
		x.log(2, "explicitly forcing redirect with %s", r.Filename)
		r.Status = k.status
		return
	}
	x.reduce()
	if scheme, _ := absolute(r.Filename); scheme > 0 {
		x.log(2, "implicitly forcing redirect (rc=%d) with %s", k.status, r.Filename)
		r.Status = k.status
		return
	}
	if k.flags&unc == 0 && !prefixed && !strings.HasPrefix(k.output, "//") {
		for strings.HasPrefix(r.Filename, "//") {
			r.Filename = r.Filename[1:]
		}
	}
	x.forceType(k)
}

func (x *context) forceType(k *rule) {
	for _, f := range []struct {
		to   *template
		note string
		what string
	}{{k.mime, typeNote, "MIME-type"}, {k.handler, handlerNote, "Content-handler"}} {
		if f.to == nil {
			continue
		}
		if v := strings.ToLower(f.to.expand(x, k)); v != "" {
			x.log(2, "remember %s to have %s '%s'", x.r.Filename, f.what, v)
			x.r.Notes.Set(f.note, v)
		}
	}
}
