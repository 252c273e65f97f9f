package substitute

import (
	"errors"
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// errLong tells that a line is longer than it may be.
var errLong = errors.New("line too long")

// apply makes of a line what rules say (do_pattmatch). It comes in pieces where
// a rule wants later ones not to look across what it replaced.
func apply(rules []rule, line string, max int64) ([]string, error) {
	pieces := []string{line}
	for i := range rules {
		quick := !rules[i].flatten || len(rules) == 1
		var next []string
		for _, p := range pieces {
			made, err := rules[i].replace(p, max)
			if err != nil {
				return nil, err
			}
			if !quick && len(made) > 1 {
				made = []string{strings.Join(made, "")}
			}
			next = append(next, made...)
		}
		pieces = next
	}
	return pieces, nil
}

// replace cuts text into what does not match and what matches become.
func (r *rule) replace(text string, max int64) ([]string, error) {
	var made []string
	left := max
	use := func(s string) bool {
		left -= int64(len(s))
		made = append(made, s)
		return left >= 0
	}
	for {
		from, end, to, err := r.find(text)
		if err != nil {
			return nil, err
		}
		if from < 0 {
			break
		}
		if from == end || !use(text[:from]) || !use(to) {
			return nil, errLong
		}
		text = text[end:]
	}
	if made == nil {
		return []string{text}, nil
	}
	if !use(text) {
		return nil, errLong
	}
	return made, nil
}

// find is the first match in text and what becomes of it; from is -1 without.
func (r *rule) find(text string) (from, end int, to string, err error) {
	if r.regexp != nil {
		loc, err := r.regexp.Find(text)
		if err != nil || loc == nil {
			return -1, 0, "", err
		}
		return loc[0], loc[1], pattern.Expand(r.to, text, loc), nil
	}
	if r.fold {
		from = strings.Index(compat.Lower(text), compat.Lower(r.text))
	} else {
		from = strings.Index(text, r.text)
	}
	return from, from + len(r.text), r.to, nil
}
