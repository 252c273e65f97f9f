package speling

import "understudy/compat"

// How two names differ, from little to much.
const (
	_ = iota // identical
	miscapitalized
	transposition
	missingChar
	extraChar
	simpleTypo
	veryDifferent
)

// reasons are how differences are told.
var reasons = [...]string{"identical", "miscapitalized", "transposed characters", "character missing",
	"extra character", "mistyped character", "common basename"}

// equal compares without regard to the case of ASCII.
func equal(a, b string) bool { return len(a) == len(b) && compat.Lower(a) == compat.Lower(b) }

// distance is how s, which was asked for, differs from t; more than one mistake
// is veryDifferent (spdist).
func distance(s, t string) int {
	i := 0
	for i < len(s) && i < len(t) && equal(s[i:i+1], t[i:i+1]) {
		i++
	}
	s, t = s[i:], t[i:]
	switch {
	case s == "" && t == "":
		return miscapitalized
	case len(s) > 1 && len(t) > 1 && equal(s[:1], t[1:2]) && equal(t[:1], s[1:2]) && equal(s[2:], t[2:]):
		return transposition
	case s != "" && t != "" && equal(s[1:], t[1:]):
		return simpleTypo
	case s != "" && equal(s[1:], t):
		return extraChar
	case t != "" && equal(s, t[1:]):
		return missingChar
	}
	return veryDifferent
}
