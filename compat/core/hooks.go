package core

import (
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
