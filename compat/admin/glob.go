package admin

import (
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
)

// glob expands a pattern as Perl's glob does: braces make several patterns, a
// tilde at the front is a home directory, and a pattern without wildcards is
// itself, whether it is there or not.
func glob(pattern string) []string {
	var all []string
	for _, p := range braces(pattern) {
		p = tilde(p)
		if !strings.ContainsAny(p, "*?[") {
			all = append(all, p)
			continue
		}
		found, err := filepath.Glob(p)
		if err != nil {
			continue
		}
		slices.Sort(found)
		for _, f := range found {
			if strings.HasPrefix(filepath.Base(f), ".") && !strings.HasPrefix(filepath.Base(p), ".") {
				continue
			}
			all = append(all, f)
		}
	}
	return all
}

// maxBraces bounds what braces expand to.
const maxBraces = 1024

// braces expands the first {a,b} and then the rest.
func braces(s string) []string {
	open := strings.IndexByte(s, '{')
	if open < 0 {
		return []string{s}
	}
	depth, end := 0, -1
	var commas []int
	for i := open; i < len(s) && end < 0; i++ {
		switch {
		case s[i] == '{':
			depth++
		case s[i] == '}':
			if depth--; depth == 0 {
				end = i
			}
		case s[i] == ',' && depth == 1:
			commas = append(commas, i)
		}
	}
	if end < 0 || end == open+1 {
		return []string{s}
	}
	var all []string
	start := open + 1
	for _, stop := range append(commas, end) {
		all = append(all, braces(s[:open]+s[start:stop]+s[end+1:])...)
		if start = stop + 1; len(all) > maxBraces {
			break
		}
	}
	return all
}

func tilde(p string) string {
	dir, base := filepath.Split(p)
	if !strings.HasPrefix(base, "~") || dir != "" {
		return p
	}
	name, rest, _ := strings.Cut(base[1:], "/")
	home, _ := os.UserHomeDir()
	if name != "" {
		u, err := user.Lookup(name)
		if err != nil {
			return p
		}
		home = u.HomeDir
	}
	return filepath.Join(home, rest)
}
