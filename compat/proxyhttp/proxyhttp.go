// Package proxyhttp is mod_proxy_http: it asks workers by HTTP/1.1.
//
// A request is written as it came, hop-by-hop fields left out (request.go), on a
// connection that was used before where there is one. The answer is read
// strictly (response.go), and its body is passed on while it comes (body.go):
// framed anew, so that nothing of how the worker frames it reaches the client.
// Where both agree to speak another protocol, bytes are passed both ways from
// then on.
//
// A connection that was used before and is found dead before a byte came back
// costs nothing: a request that may be repeated is sent once more, on a new one.
//
// Deviations: Apache does not repeat it, and closes the client's connection so
// that the client does. Lengths that contradict each other, or are none, are an
// answer of 502; Apache takes the first. Trailers are read and dropped, as
// Apache does.
package proxyhttp

import (
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_http. It has no directives.
var Module = compat.Module{
	Name:   "proxy_http_module",
	File:   "mod_proxy_http.c",
	Silent: true,
}

var _ = upstream.Register(upstream.Scheme{
	Module: "proxy_http_module",
	Order:  0,
	Canon:  canon,
	Handle: handle,
})

var rules = upstream.CanonRules{Module: "proxy_http", BadURL: "AH01083", BadPath: "AH10415",
	BadQuery: "AH10408", Query: true, RawInForward: true}

// schemes are those spoken here.
var schemes = []string{"http", "https", "ws", "wss"}

// cutScheme takes one of schemes off a URL.
func cutScheme(url string) (scheme, rest string) {
	for _, s := range schemes {
		if rest, ok := upstream.CutScheme(url, s); ok {
			return s, rest
		}
	}
	return "", url
}

func canon(r *compat.Request, url string) compat.Status {
	scheme, rest := cutScheme(url)
	if scheme == "" {
		return compat.Declined
	}
	return upstream.Canon(r, scheme, rest, &rules)
}

// handle asks a worker (proxy_http_handler).
func handle(c *upstream.Call) compat.Status {
	scheme, rest := cutScheme(c.URL)
	if scheme == "" && c.Remote != nil {
		if after, ok := upstream.CutScheme(c.URL, "ftp"); ok {
			scheme, rest = "ftp", after
		}
	}
	if !strings.HasPrefix(rest, "//") || len(rest) == 2 || scheme == "" || c.R.Method == "CONNECT" {
		return compat.Declined
	}
	c.TLS = scheme == "https" || scheme == "wss"
	if c.TLS && !compat.HasClientTLS(c.R) {
		return compat.Declined
	}
	c.Function = scheme
	e := take(c, scheme)
	defer e.giveBack()
	defer c.Release()
	if status := c.Begin(); status != compat.OK {
		return status
	}
	return e.run()
}
