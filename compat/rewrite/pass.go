package rewrite

import (
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// A pass is a list of rules being applied to a request (rewrite_ctx).
type pass struct {
	r       *compat.Request
	conf    *section // nil in the context of a host
	uri     string   // what rules are compared with
	matched match    // by the pattern of the rule
	// condition is what the last condition that held had matched.
	condition match
	// vary are the request header fields that the conditions of the rule under
	// way looked at and that held; varyThis those of the condition under way.
	vary, varyThis string
	last           *rule // the last one that made something of the URL
	tooLong        bool  // a text became longer than is bearable
	tracing        bool  // whether anybody listens
}

func newPass(r *compat.Request, conf *section) *pass {
	return &pass{r: r, conf: conf, tracing: r.Trace != nil || r.LogEnabled("rewrite", compat.LevelTrace1)}
}

// dir is the directory whose rules are at work, "" for those of a host.
func (p *pass) dir() string {
	if p.conf == nil {
		return ""
	}
	return p.conf.dir
}

// trace writes a line to the log that names the directory.
func (p *pass) trace(level, line int, format string, args ...any) {
	if p.tracing {
		logTo(p.r, level, line, p.dir(), format, args...)
	}
}

// note writes a line to the log, as those are that Apache does not give a
// directory.
func (p *pass) note(level, line int, format string, args ...any) {
	if p.tracing {
		logTo(p.r, level, line, "", format, args...)
	}
}

// An outcome is what became of a list of rules, or of one.
type outcome uint8

const (
	unchanged outcome = iota
	changed
	changedNoEscape // by a rule with [NE]
	// refused ends the request with r.Status.
	refused
)

// run applies rules in order (apply_rewrite_list).
func (p *pass) run(rules []*rule) outcome {
	result, round := unchanged, 1
	for i := 0; i < len(rules); i++ {
		by := rules[i]
		if p.r.Main != nil && by.flags&(noSubrequest|forceRedirect) != 0 {
			continue
		}
		p.vary = ""
		got := p.apply(by)
		if got == noMatch {
			for i < len(rules) && rules[i].flags.has(chain) {
				i++
			}
			continue
		}
		if !p.accept(by, got) {
			return refused
		}
		if got == rewritten {
			result = changed
			if by.flags.has(noEscape) {
				result = changedNoEscape
			}
		}
		if by.flags.has(passThrough) {
			p.trace(2, 4738, "forcing '%s' to get passed through to next API URI-to-filename handler", p.r.Filename)
			p.r.Filename = passThroughPrefix + p.r.Filename
			return changed
		}
		if by.flags.has(end) {
			p.trace(8, 4747, "Rule has END flag, no further rewriting for this request")
			p.r.RewriteEnded = true
		}
		if by.flags&(end|proxy|last) != 0 {
			return result
		}
		if by.flags.has(nextRound) {
			if round++; round >= by.rounds {
				return p.tooManyRounds(by)
			}
			i = -1
			continue
		}
		i += by.skip
	}
	return result
}

// accept does what follows from a rule that matched, whatever it says. It
// answers false where the request ends here.
func (p *pass) accept(by *rule, got verdict) bool {
	r := p.r
	if !by.flags.has(noSub) {
		p.trace(2, 4688, "setting lastsub to rule with output %s", by.written)
		p.last = by
	}
	if limit := 2 * lineLimit(r.Host); p.tooLong || len(r.Filename) > limit {
		r.Logf("rewrite", compat.LevelError, nil, "RewriteRule '%s' and URI '%s' exceeded maximum length (%d)",
			by.pattern, r.Path, limit)
		r.Status = 500
		return false
	}
	if p.vary != "" {
		r.Out.Merge("Vary", p.vary)
	}
	return got != failed && !by.flags.has(forceStatus)
}

func (p *pass) tooManyRounds(by *rule) outcome {
	p.r.Logf("rewrite", compat.LevelError, nil, "AH02596: RewriteRule '%s' and URI '%s' exceeded maximum number of "+
		"rounds (%d) via the [N] flag", by.pattern, p.r.Path, by.rounds)
	p.r.Status = 500
	return refused
}

// lineLimit is LimitRequestLine.
func lineLimit(h *compat.Host) int {
	if h.LimitLine != nil {
		return *h.LimitLine
	}
	return 8190
}

// find is a match of re in s. One that takes too long ends the request, for a
// rule that forbids must not be got around by that.
func (p *pass) find(re *pattern.Pattern, s string) (loc []int, ok bool) {
	loc, err := re.Find(s)
	if err != nil {
		p.r.Logf("rewrite", compat.LevelError, nil, "pattern '%s' and '%.200s': %v", re, s, err)
		p.r.Status = 500
		return nil, false
	}
	return loc, true
}
