package pattern

import "strings"

// Fnmatch reports whether name matches the shell pattern (apr_fnmatch): "*" and
// "?" and "[a-z]", "[!a]", with "\" before a literal. With period, a leading
// dot has to be matched by a dot. Slashes are nothing special.
func Fnmatch(pattern, name string, period bool) bool {
	if period && strings.HasPrefix(name, ".") && !strings.HasPrefix(pattern, ".") {
		return false
	}
	return glob(pattern, name, matchOne)
}

// Wildcard reports whether s matches a pattern in which only "*" and "?" are
// special (ap_strcmp_match).
func Wildcard(pattern, s string) bool {
	return glob(pattern, s, func(p string, c byte) (bool, int) { return p[0] == '?' || p[0] == c, 1 })
}

// glob matches with "*" as whatever there is, and what one finds for the rest.
// On a mismatch it goes on one further behind the last star, so the work is at
// most the product of both lengths.
func glob(pattern, name string, one func(p string, c byte) (ok bool, width int)) bool {
	star, mark := -1, 0
	p, n := 0, 0
	for n < len(name) {
		if p < len(pattern) {
			if pattern[p] == '*' {
				star, mark = p, n
				p++
				continue
			}
			if ok, width := one(pattern[p:], name[n]); ok {
				p, n = p+width, n+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		p, n = star+1, mark
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchOne matches c against the first element of p, and tells its width.
func matchOne(p string, c byte) (ok bool, width int) {
	switch p[0] {
	case '?':
		return true, 1
	case '\\':
		if len(p) > 1 {
			return p[1] == c, 2
		}
	case '[':
		if ok, width := matchSet(p, c); width > 0 {
			return ok, width
		}
	}
	return p[0] == c, 1
}

// matchSet matches c against the set p begins with; the width is 0 if the set
// is not closed, and "[" stands for itself.
func matchSet(p string, c byte) (ok bool, width int) {
	i := 1
	not := i < len(p) && (p[i] == '!' || p[i] == '^')
	if not {
		i++
	}
	for first := true; i < len(p); first = false {
		if p[i] == ']' && !first {
			return ok != not, i + 1
		}
		low := p[i]
		if low == '\\' && i+1 < len(p) {
			i++
			low = p[i]
		}
		high := low
		if i+2 < len(p) && p[i+1] == '-' && p[i+2] != ']' {
			high = p[i+2]
			i += 2
		}
		ok = ok || low <= c && c <= high
		i++
	}
	return false, 0
}

// IsGlob reports whether s has wildcards in it (apr_fnmatch_test).
func IsGlob(s string) bool {
	open := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '?', '*':
			return true
		case '\\':
			i++
		case '[':
			open = true
		case ']':
			if open {
				return true
			}
		}
	}
	return false
}
