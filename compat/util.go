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
