package negotiation

// choose rates all variants and finds the best; it is nil where none is
// acceptable. ok tells whether it is the answer, or the client gets the list
// (best_match). Who prefers a language by environment gets one of those, if
// there is any.
func (n *negotiation) choose() (best *variant, ok bool) {
	n.setDefaultLanguage()
	if language, prefers := n.r.Env.Lookup("prefer-language"); prefers {
		if best, ok = n.choice(language, true); ok && best != nil {
			return best, ok
		}
	}
	return n.choice("", false)
}

func (n *negotiation) choice(language string, prefers bool) (best *variant, ok bool) {
	var bestQuality float32
	discarded := n.discarding()
	for i := range n.variants {
		v := &n.variants[i]
		if discarded(v) || prefers && !v.hasLanguage(language) {
			continue
		}
		n.rateType(v)
		if prefers {
			v.language, v.definite = 1, true
		} else {
			n.rateLanguage(v)
		}
		n.rateEncoding(v)
		n.rateCharset(v)
		if !n.terms.choose {
			continue
		}
		better := n.better
		if n.remote {
			better = n.betterRemotely
		}
		if q, is := better(v, best, bestQuality); is {
			best, bestQuality = v, q
		}
	}
	if n.remote {
		return best, best != nil && best.definite
	}
	return best, bestQuality > 0
}

// discarding is which variants no-gzip and gzip-only-text/html rule out.
func (n *negotiation) discarding() func(*variant) bool {
	all := n.r.Env.Has("no-gzip")
	allButHTML := n.r.Env.Get("gzip-only-text/html") == "1"
	return func(v *variant) bool {
		if isIdentity(v.encoding) || v.encoding == "identity" {
			return false
		}
		return all || allButHTML && v.media != "text/html"
	}
}

// betterRemotely is the algorithm of RFC 2296 (is_variant_better_rvsa).
func (n *negotiation) betterRemotely(v, best *variant, bestQuality float32) (quality float32, is bool) {
	q := v.mime * v.source * v.chars * v.language
	if v.coding == 0 || q <= 0 {
		return 0, false
	}
	return q, q > bestQuality || q == bestQuality && v.coding > best.coding
}

// better is Apache's own algorithm: the first dimension that differs decides
// (is_variant_better).
func (n *negotiation) better(v, best *variant, bestQuality float32) (quality float32, is bool) {
	if v.coding == 0 || v.language == 0 || v.source == 0 || v.chars == 0 || v.mime == 0 {
		return 0, false
	}
	q := v.mime * v.source
	if q == 0 || q < bestQuality {
		return 0, false
	}
	if q > bestQuality || best == nil {
		return q, true
	}
	return q, n.preferred(v, best)
}

// preferred breaks a tie between two types of the same quality.
func (n *negotiation) preferred(v, best *variant) bool {
	if v.language != best.language {
		return v.language > best.language
	}
	if v.priority != best.priority {
		return best.priority < 0 || v.priority >= 0 && v.priority < best.priority
	}
	if d := compareLevels(v, best); d != 0 {
		return d > 0
	}
	if v.chars != best.chars {
		return v.chars > best.chars
	}
	if plainCharset(best) && !plainCharset(v) {
		return true // Who asks for nothing in particular understands others.
	}
	if v.coding != best.coding {
		return v.coding > best.coding
	}
	return v.length(n.dir) < best.length(n.dir)
}

func plainCharset(v *variant) bool { return v.charset == "" || v.charset == latin1 }

// compareLevels compares levels of one type: the highest that the client named,
// else the lowest that is there (level_cmp).
func compareLevels(a, b *variant) int {
	if a.pseudoHTML && !b.pseudoHTML || !a.pseudoHTML && a.media != b.media {
		return 0
	}
	switch {
	case a.levelMatched > b.levelMatched:
		return 1
	case a.levelMatched < b.levelMatched:
		return -1
	case a.level < b.level:
		return 1
	case a.level > b.level:
		return -1
	}
	return 0
}
