package wire

import (
	"strings"
	"time"

	"understudy/compat"
)

// decide decides on chunks and on keeping the connection (ap_set_keepalive).
func (o *output) decide(r *compat.Request) {
	delimited := o.length >= 0 || o.bodyless
	open := r.KeepAlive && !o.broken && !o.expecting
	if !delimited && open && !oldProtocol(r) && !closedEarly(r) {
		o.chunked, delimited = true, true
	}
	o.keep = open && delimited && !r.AssBackwards && mayKeep(r) && !o.x.body.tooMuch()
	r.KeepAlive = o.keep
}

// closedEarly reports whether the end of the connection is to end the body,
// although chunks could: so it is with the page for a range that was refused,
// if the client wants no more.
func closedEarly(r *compat.Request) bool {
	return r.Notes.Has("refused-range") && hasToken(r.In.Get("Connection"), "close")
}

func mayKeep(r *compat.Request) bool {
	h := r.Host
	if h.KeepAlive != nil && !*h.KeepAlive || keepAliveTimeout(h) <= 0 {
		return false
	}
	if max := maxKeepAlive(h); max > 0 && max-r.Conn.Keepalives <= 0 {
		return false
	}
	if r.Env.Has("nokeepalive") && !r.In.Has("Via") || findsToken(connectionField(r), "close") {
		return false
	}
	asked := r.In.Get("Connection")
	if findsToken(asked, "close") {
		return false
	}
	return !oldProtocol(r) || findsToken(asked, "keep-alive")
}

func keepAliveTimeout(h *compat.Host) time.Duration {
	if h.KeepAliveTimeout != nil {
		return *h.KeepAliveTimeout
	}
	return defaultKeepAlive
}

func maxKeepAlive(h *compat.Host) int {
	if h.MaxKeepAlive != nil {
		return *h.MaxKeepAlive
	}
	return 100
}

// findsToken finds a token as ap_find_token does: whatever is none separates,
// and the beginning of it is enough.
func findsToken(list, token string) bool {
	for i := 0; i < len(list); {
		start := i
		for i < len(list) && tokenChars[list[i]] {
			i++
		}
		if n := i - start; n > 0 && n <= len(token) && strings.EqualFold(list[start:i], token[:n]) {
			return true
		}
		if i == start {
			i++
		}
	}
	return false
}

// hasToken finds a word in a list with commas, without regard to case.
func hasToken(list, token string) bool {
	for list != "" {
		var part string
		part, list, _ = strings.Cut(list, ",")
		if strings.EqualFold(strings.Trim(part, " \t"), token) {
			return true
		}
	}
	return false
}
