// Package proxywstunnel is mod_proxy_wstunnel: ws:// and wss:// workers.
//
// mod_proxy_http speaks with them just as well, and does so where it is loaded
// and ProxyWebsocketFallbackToProxyHttp does not say otherwise. Without it the
// request is passed on with its Upgrade, and then bytes both ways, whatever the
// worker answers.
package proxywstunnel

import (
	"cmp"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_wstunnel.
var Module = compat.Module{
	Name: "proxy_wstunnel_module",
	File: "mod_proxy_wstunnel.c",
	Directives: []compat.Directive{
		slot.Flag("ProxyWebsocketFallbackToProxyHttp", compat.Server|compat.Access,
			func(c *config) **bool { return &c.fallback },
			"whether to let mod_proxy_http handle the upgrade and tunneling, On by default"),
	},
}

var _ = upstream.Register(upstream.Scheme{
	Module: "proxy_wstunnel_module",
	Order:  -1,
	Canon:  canon,
	Trans:  trans,
	Handle: handle,
})

var slot = compat.NewSlot[config]()

type config struct{ fallback *bool }

// Merge lays over on top of base.
func (base config) Merge(over config) config { return config{cmp.Or(over.fallback, base.fallback)} }

// fallsBack reports whether mod_proxy_http is to do it.
func fallsBack(r *compat.Request) bool {
	if c := slot.Of(r); c != nil && c.fallback != nil && !*c.fallback {
		return false
	}
	return r.Host.Build.Loaded("proxy_http_module") != nil
}

func cutScheme(url string) (scheme, rest string) {
	for _, s := range [...]string{"ws", "wss"} {
		if rest, ok := upstream.CutScheme(url, s); ok {
			return s, rest
		}
	}
	return "", url
}

// trans leaves requests without Upgrade to the mappings that follow.
func trans(r *compat.Request, url string) compat.Status {
	scheme, _ := cutScheme(url)
	switch {
	case scheme == "" || fallsBack(r):
		return compat.Declined
	case !r.In.Has("Upgrade"):
		return 426
	}
	return compat.OK
}

var rules = upstream.CanonRules{Module: "proxy_wstunnel", BadURL: "AH02439", BadPath: "AH10419",
	BadQuery: "AH10409", Query: true}

func canon(r *compat.Request, url string) compat.Status {
	scheme, rest := cutScheme(url)
	if scheme == "" || fallsBack(r) {
		return compat.Declined
	}
	return upstream.Canon(r, scheme, rest, &rules)
}

// handle passes the request on, and bytes both ways after it
// (proxy_wstunnel_handler).
func handle(c *upstream.Call) compat.Status {
	r := c.R
	scheme, _ := cutScheme(c.URL)
	if scheme == "" || fallsBack(r) {
		return compat.Declined
	}
	wanted := cmp.Or(c.Worker.Upgrade, "WebSocket")
	protocol := r.In.Get("Upgrade")
	if protocol == "" || !c.Worker.CanUpgrade(protocol, "WebSocket") {
		r.Logf("proxy_wstunnel", compat.LevelInfo, nil, "AH02900: require upgrade for URL %s (Upgrade header is %s, expecting %s)",
			c.URL, cmp.Or(protocol, "missing"), wanted)
		r.ErrOut.Set("Connection", "Upgrade")
		r.ErrOut.Set("Upgrade", wanted)
		return 426
	}
	c.Function, c.TLS = strings.ToUpper(scheme), scheme == "wss"
	defer c.Release()
	if status := c.Begin(); status != compat.OK {
		return status
	}
	if _, err := c.Connect(true); err != nil {
		c.Errorf("proxy_wstunnel", nil, "AH02452: failed to make connection to backend: %s", c.Host)
		return 503
	}
	c.Conn.Spent = true
	head, status := c.AppendHead(nil, upstream.Head{})
	if status != compat.OK {
		return status
	}
	if wanted == "*" {
		wanted = protocol
	}
	head = upstream.AppendField(head, "Upgrade", wanted)
	head = append(head, "Connection: Upgrade\r\n\r\n"...)
	if _, err := c.Conn.Write(head); err != nil {
		c.Errorf("proxy", err, "AH01084: pass request body failed to %s (%s)", c.Conn.Remote(), c.Host)
		return 502
	}
	if c.Conn.Fill() != nil {
		return 502 // Nothing came back: the client can still be told.
	}
	r.Status = 101
	return c.Tunnel(nil)
}
