package rewrite

import (
	"strings"

	"understudy/compat"
)

// A verdict is what a rule makes of a request.
type verdict uint8

const (
	noMatch   verdict = iota
	rewritten         // there is something new in r.Filename
	kept              // it matched, and only says something
	failed            // r.Status says why
)

// apply applies one rule (apply_rewrite_rule).
func (p *pass) apply(by *rule) verdict {
	p.subject()
	if p.tracing {
		p.trace(3, 4407, "applying pattern '%s' to uri '%s'", by.pattern, p.uri)
	}
	loc, ok := p.find(by.re, p.uri)
	if !ok {
		return failed
	}
	if (loc != nil) == by.negated {
		return noMatch
	}
	p.varyThis, p.condition, p.matched = "", match{}, match{}
	if !by.negated {
		p.matched = match{p.uri, loc}
	}
	if v := p.conditions(by.conditions); v != rewritten {
		return v
	}
	to, v := p.substitution(by)
	if v != rewritten {
		return v
	}
	p.setEnv(by.env)
	p.setCookies(by.cookies)
	if by.flags.has(noSub) {
		p.force(by)
		if by.flags.has(forceStatus) {
			p.trace(2, 4516, "forcing responsecode %d for %s", by.status, p.r.Filename)
			p.r.Status = by.status
		}
		return kept
	}
	p.put(by, to)
	return rewritten
}

// subject finds what rules are compared with: for a host the URL path as it is
// by now; for a section the file and what follows it, without the directory.
func (p *pass) subject() {
	r := p.r
	p.uri = r.Filename
	if p.conf == nil {
		return
	}
	if r.PathInfo != "" {
		p.trace(3, 4387, "add path info postfix: %s -> %s%s", p.uri, p.uri, r.PathInfo)
		p.uri += r.PathInfo
	}
	if isProxied(r) {
		return
	}
	if rest, ok := strings.CutPrefix(p.uri, p.conf.dir); ok {
		if p.tracing {
			p.trace(3, 4398, "strip per-dir prefix: %s -> %s", p.uri, rest)
		}
		p.uri = rest
	}
}

// conditions answers rewritten if all hold; those that are joined by [OR]
// hold together if one does.
func (p *pass) conditions(list []*condition) verdict {
	for i := 0; i < len(list); i++ {
		c := list[i]
		holds, ok := p.holds(c)
		if !ok {
			return failed
		}
		if c.noVary {
			p.varyThis = ""
		}
		switch {
		case !holds && !c.orNext:
			return noMatch
		case !holds:
			p.varyThis = ""
			continue
		}
		for i < len(list) && list[i].orNext {
			i++
		}
		if p.varyThis != "" {
			p.vary, p.varyThis = joinComma(p.vary, p.varyThis), ""
		}
	}
	return rewritten
}

// substitution is what by makes of the URL.
func (p *pass) substitution(by *rule) (string, verdict) {
	if by.flags.has(noSub) {
		return "", rewritten
	}
	q := &question{last: by.flags.has(qsLast)}
	if by.flags.has(allowQuery) {
		q = nil
	}
	to := p.expand(by.to, by, q)
	if p.tracing {
		p.trace(2, 4495, "rewrite '%s' -> '%s'", p.uri, to)
	}
	if q != nil && q.unsafe {
		p.r.Logf("rewrite", compat.LevelError, nil, "AH10508: Unsafe URL with %%3f URL rewritten without UnsafeAllow3F")
		p.r.Status = 403
		return "", failed
	}
	return to, rewritten
}

// put makes to what the request asks for.
func (p *pass) put(by *rule, to string) {
	r, prefixed := p.r, false
	if !isProxied(r) && !strings.HasPrefix(to, "/") && scheme(to).length == 0 {
		to, prefixed = p.addPrefix(by, to)
	}
	r.Filename = to
	if p.conf != nil && by.flags.has(discardPathInfo) {
		r.PathInfo = ""
	}
	p.splitQuery(by)
	switch {
	case by.flags.has(proxy):
		qualify(r)
		p.trace(2, 4575, "forcing proxy-throughput with %s", r.Filename)
		r.Filename = proxyPrefix + r.Filename
		return
	case by.flags.has(forceRedirect):
		qualify(r)
		p.trace(2, 4590, "explicitly forcing redirect with %s", r.Filename)
		r.Status = by.status
		return
	}
	p.reduce()
	if scheme(r.Filename).length > 0 {
		p.trace(2, 4612, "implicitly forcing redirect (rc=%d with %s", by.status, r.Filename)
		r.Status = by.status
		return
	}
	if !by.flags.has(keepSlashes) && !prefixed && !strings.HasPrefix(by.written, "//") {
		for strings.HasPrefix(r.Filename, "//") {
			r.Filename = r.Filename[1:]
		}
	}
	p.force(by)
}

// addPrefix makes a relative path one below the section's directory, or the
// root. What is to be qualified with our own name waits for that.
func (p *pass) addPrefix(by *rule, to string) (string, bool) {
	switch {
	case p.conf != nil:
		p.trace(3, 4534, "add per-dir prefix: %s -> %s%s", to, p.conf.dir, to)
		return p.conf.dir + to, true
	case by.flags&(proxy|forceRedirect) == 0:
		p.trace(3, 4548, "add root prefix: %s -> /%s", to, to)
		return "/" + to, true
	}
	return to, false
}
