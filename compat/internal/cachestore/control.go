package cachestore

import (
	"strings"

	"understudy/compat"
)

// A Control is what Cache-Control and Pragma say. Numbers that are not said are
// -1.
type Control struct {
	Said, Pragma                               bool
	NoCache, NoStore, Public, Private          bool
	MustRevalidate, ProxyRevalidate            bool
	OnlyIfCached, Invalidated                  bool
	HasMaxAge, HasMaxStale, HasMinFresh, HasSM bool
	MaxAge, MaxStale, MinFresh, SMaxAge        int64
}

// ParseControl reads them from h (ap_cache_control).
func ParseControl(h *compat.Header) Control {
	c := Control{MaxAge: -1, MaxStale: -1, MinFresh: -1, SMaxAge: -1}
	text, said := Joined(h, "Cache-Control")
	pragma, hasPragma := Joined(h, "Pragma")
	c.Said, c.Pragma = said, hasPragma
	for _, token := range Tokens(pragma) {
		if strings.EqualFold(token, "no-cache") {
			c.NoCache = true
		}
	}
	for _, token := range Tokens(text) {
		c.read(token)
	}
	return c
}

func (c *Control) read(token string) {
	name, value, has := strings.Cut(token, "=")
	switch name = strings.ToLower(name); {
	case has:
		c.number(name, value)
	case name == "no-cache":
		c.NoCache = true
	case name == "no-store":
		c.NoStore = true
	case name == "public":
		c.Public = true
	case name == "private":
		c.Private = true
	case name == "must-revalidate":
		c.MustRevalidate = true
	case name == "proxy-revalidate":
		c.ProxyRevalidate = true
	case name == "only-if-cached":
		c.OnlyIfCached = true
	case name == "max-stale":
		c.HasMaxStale = true
	}
}

func (c *Control) number(name, value string) {
	n, whole, ok := compat.ParseOffset(value)
	if !ok || !whole {
		return
	}
	switch name {
	case "max-age":
		c.HasMaxAge, c.MaxAge = true, n
	case "max-stale":
		c.HasMaxStale, c.MaxStale = true, n
	case "min-fresh":
		c.HasMinFresh, c.MinFresh = true, n
	case "s-maxage":
		c.HasSM, c.SMaxAge = true, n
	}
}

// Tokens are the words of a list between commas and blanks; one in quotes may
// hold those (cache_strqtok).
func Tokens(list string) []string {
	var tokens []string
	start, quoted := -1, false
	for i := 0; i < len(list); i++ {
		ch := list[i]
		switch {
		case quoted && ch == '\\':
			i++
		case ch == '"':
			quoted = !quoted
			if start < 0 {
				start = i
			}
		case !quoted && (ch == ',' || ch == ' ' || ch == '\t'):
			if start >= 0 {
				tokens = append(tokens, list[start:i])
				start = -1
			}
		case start < 0:
			start = i
		}
	}
	if start >= 0 {
		tokens = append(tokens, list[start:])
	}
	return tokens
}

// hopByHop are fields of a connection, which are not kept.
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailers",
	"Transfer-Encoding", "Upgrade"}

// Cacheable are the fields of h that may be kept, without those named
// (ap_cache_cacheable_headers).
func Cacheable(h *compat.Header, ignore []string) *compat.Header {
	kept := &compat.Header{}
	kept.CopyFrom(h)
	for _, name := range hopByHop {
		kept.Del(name)
	}
	for _, name := range ignore {
		kept.Del(name)
	}
	return kept
}

// DropNamed removes the fields that no-cache="…" and private="…" name, which
// are not for everybody (cache_control_remove).
func DropNamed(h *compat.Header) {
	text, _ := Joined(h, "Cache-Control")
	for _, token := range Tokens(text) {
		name, value, ok := strings.Cut(token, "=")
		if !ok || !strings.EqualFold(name, "no-cache") && !strings.EqualFold(name, "private") {
			continue
		}
		for field := range strings.FieldsFuncSeq(value, func(c rune) bool { return strings.ContainsRune(", \t\"", c) }) {
			h.Del(field)
		}
	}
}
