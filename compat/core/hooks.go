package core

import (
	"slices"
	"strings"

	"understudy/compat"
)

// translate maps what no module has mapped to below DocumentRoot.
func translate(r *compat.Request) compat.Status { return compat.MapBelowRoot(r, r.Path) }

// overrideType obeys ForceType and SetHandler (core_override_type).
func overrideType(r *compat.Request) compat.Status {
	c := r.Scope.Core
	if c.Type != "" && c.Type != "none" {
		r.ContentType = c.Type
	}
	if c.Handler == nil {
		return compat.OK
	}
	handler, fixed := c.Handler.Literal()
	if !fixed {
		handler = c.Handler.Eval(compat.ExprContext(r))
	}
	if !strings.HasPrefix(handler, "proxy:unix") {
		handler = strings.ToLower(handler)
	}
	if handler != "none" {
		r.Handler = handler
	}
	return compat.OK
}

// insertFilters asks for the filters of SetOutputFilter and SetInputFilter
// (core_insert_filter).
func insertFilters(r *compat.Request) compat.Status {
	c := r.Scope.Core
	if c.OutputFilters != nil {
		r.OutputFilters = append(r.OutputFilters, c.OutputFilters...)
	}
	if c.InputFilters != nil {
		r.InputFilters = append(r.InputFilters, c.InputFilters...)
	}
	return compat.OK
}

// announceProtocols tells on the first request of a connection which protocols
// the client could change to: those that Protocols prefers to HTTP/1.1
// (core_upgrade_handler, ap_get_protocol_upgrades). One that asks for a change
// already is not told.
func announceProtocols(r *compat.Request) compat.Status {
	list := r.Host.Protocols
	if len(list) == 0 || r.Stream > 0 || r.Conn.Keepalives > 0 || r.In.Get("Upgrade") != "" {
		return compat.Declined
	}
	n := slices.Index(list, "http/1.1")
	if n < 0 {
		n = len(list)
	}
	if n > 0 {
		r.Out.Set("Upgrade", strings.Join(list[:n], ","))
		r.Out.Set("Connection", "Upgrade")
	}
	return compat.Declined
}
