package compat

import (
	"maps"
	"strings"
)

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

// union is base with over laid on top; it changes neither.
func union[M ~map[K]V, K comparable, V any](base, over M) M {
	if len(base) == 0 {
		return over
	}
	if len(over) == 0 {
		return base
	}
	m := maps.Clone(base)
	maps.Copy(m, over)
	return m
}

// Lower is s with the letters of ASCII in lower case, and all other bytes as
// they are (ap_str_tolower).
func Lower(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			return lowerFrom(s, i)
		}
	}
	return s
}

func lowerFrom(s string, i int) string {
	b := []byte(s)
	for ; i < len(b); i++ {
		if c := b[i]; 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// UpperBytes is a copy of p with the letters of ASCII in upper case.
func UpperBytes(p []byte) []byte {
	u := make([]byte, len(p))
	for i, c := range p {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		u[i] = c
	}
	return u
}
