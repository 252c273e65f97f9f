package admin

import "slices"

func hasWildcard(p []glyph) bool {
	for i, g := range p {
		if g == '*' || g == '?' || g == '[' && setEnd(p[i:]) > 0 {
			return true
		}
	}
	return false
}

// setEnd is where the ']' of a set is that p begins with, 0 if it has none.
// Right behind "[" or "[!" it is one of the set.
func setEnd(p []glyph) int {
	first := 1
	if len(p) > 1 && p[1] == '!' {
		first = 2
	}
	if len(p) <= first {
		return 0
	}
	end := slices.Index(p[first+1:], ']')
	if end < 0 {
		return 0
	}
	return first + 1 + end
}

// matches reports whether a name is one the pattern means.
func matches(p []glyph, name string) bool {
	for len(p) > 0 {
		switch g := p[0]; {
		case g == '*':
			for i := range len(name) + 1 {
				if matches(p[1:], name[i:]) {
					return true
				}
			}
			return false
		case name == "":
			return false
		case g == '?':
			p = p[1:]
		case g == '[' && setEnd(p) > 0:
			end := setEnd(p)
			if !inSet(p[1:end], name[0]) {
				return false
			}
			p = p[end+1:]
		default:
			if byte(g) != name[0] {
				return false
			}
			p = p[1:]
		}
		name = name[1:]
	}
	return name == ""
}

// inSet reports whether c is in a set such as a-z0 or !a-z.
func inSet(set []glyph, c byte) bool {
	wanted := true
	if set[0] == '!' {
		wanted, set = false, set[1:]
	}
	for len(set) > 0 {
		low, high := byte(set[0]), byte(set[0])
		set = set[1:]
		if len(set) > 1 && set[0] == '-' {
			high, set = byte(set[1]), set[2:]
		}
		if low <= c && c <= high {
			return wanted
		}
	}
	return !wanted
}
