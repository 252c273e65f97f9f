// Package cgi is mod_cgi: programs that answer requests.
package cgi

import (
	"understudy/compat"
	"understudy/compat/internal/script"
)

// Module is mod_cgi.
var Module = compat.Module{
	Name:       "cgi_module",
	File:       "mod_cgi.c",
	Directives: append(script.Directives(), script.TimeoutDirective("CGIScriptTimeout", "The amount of time to wait between successful reads from the CGI script, in seconds.")),
	Hooks:      []compat.Hook{compat.Run(compat.Handler, script.CGI.Serve)},
}
