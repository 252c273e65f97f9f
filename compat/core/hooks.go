package core

import (
	"strings"

	"understudy/compat"
)

// translate maps what no module has mapped to below DocumentRoot
// (ap_core_translate).
func translate(r *compat.Request) compat.Status {
	path := r.Path
	if path != "*" && !strings.HasPrefix(path, "/") {
		r.Logf("core", compat.LevelError, nil, "AH00126: Invalid URI in request '%s' '%s'", path, r.Line)
		return 400
	}
	if h := r.Host; h.Path != "" && underServerPath(path, h.Path) {
		path = path[len(h.Path):]
	}
	path = strings.TrimLeft(path, "/")
	r.Filename = compat.CleanFilename(strings.TrimSuffix(compat.DocumentRoot(r), "/") + "/" + path)
	r.CanonicalFilename = r.Filename
	return compat.OK
}

// underServerPath reports whether path is prefix or below it.
func underServerPath(path, prefix string) bool {
	if !strings.HasPrefix(path, prefix) {
		return false
	}
	return strings.HasSuffix(prefix, "/") || len(path) == len(prefix) || path[len(prefix)] == '/'
}

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
