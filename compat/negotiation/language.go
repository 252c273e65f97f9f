package negotiation

import "strings"

// setDefaultLanguage decides how welcome a variant without a language is where
// others have one: where nothing better is there (set_default_lang_quality).
func (n *negotiation) setDefaultLanguage() {
	n.defaultLanguage = 1
	for i := range n.variants {
		if !n.literal && len(n.variants[i].languages) > 0 {
			n.defaultLanguage = .0001
		}
	}
}

// rateLanguage finds how welcome the languages are: the best counts
// (set_language_quality).
func (n *negotiation) rateLanguage(v *variant) {
	if len(v.languages) == 0 {
		if !n.literal {
			v.language = n.defaultLanguage
		}
		return
	}
	if n.langs == nil {
		v.definite = false
	} else {
		n.rateLanguages(v)
	}
	n.prioritize(v)
}

func (n *negotiation) rateLanguages(v *variant) {
	var best, star *preference
	fiddle, onStar := float32(0), false
	for _, tag := range v.languages {
		here, any, near := n.accepted(tag)
		if near && !n.literal {
			fiddle = .001
		}
		if star == nil {
			star = any
		}
		if best == nil || here != nil && here.quality > best.quality {
			best = here
		}
		onStar = onStar || here == nil && star != nil
	}
	if onStar && (best == nil || star.quality > best.quality) {
		best, v.definite = star, false
	}
	if v.language = fiddle; best != nil {
		v.language = best.quality
	}
}

// accepted finds the longest range that a language tag is in, and the first
// "*". near tells that before any range was found one named a relative: who
// asks for en-US might understand en, for browsers say it so.
func (n *negotiation) accepted(tag string) (best, star *preference, near bool) {
	for i := range n.langs {
		p := &n.langs[i]
		if p.name == "*" {
			if star == nil {
				star = p
			}
			continue
		}
		if inRange(tag, p.name) && (best == nil && p.name != "" || best != nil && len(p.name) > len(best.name)) {
			best = p
		}
		if best != nil {
			continue
		}
		if stem, _, ok := strings.Cut(p.name, "-"); ok && strings.HasPrefix(tag, stem) {
			near = true
		}
	}
	return best, star, near
}

func inRange(tag, names string) bool {
	rest, ok := strings.CutPrefix(tag, names)
	return ok && (rest == "" || rest[0] == '-')
}

// prioritize applies LanguagePriority, as far as ForceLanguagePriority lets it.
func (n *negotiation) prioritize(v *variant) {
	prefer, fallback := n.conf.forces(forcePrefer), n.conf.forces(forceFallback)
	if !(prefer && v.priority < 0) && !(fallback && v.language == 0) {
		return
	}
	best := -1
	for _, tag := range v.languages {
		if i := n.priority(tag); i >= 0 && (best < 0 || i < best) {
			best = i
		}
	}
	switch {
	case best < 0:
	case v.language != 0:
		if prefer {
			v.priority = best
		}
	case fallback:
		v.priority, v.language, v.definite = best, .0001, false
	}
}

// priority is the place of a language in LanguagePriority, -1 if it has none:
// en-GB has that of en.
func (n *negotiation) priority(tag string) int {
	for i, p := range n.conf.priorities {
		if len(tag) >= len(p) && strings.EqualFold(tag[:len(p)], p) {
			return i
		}
	}
	return -1
}
