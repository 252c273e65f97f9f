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
	Hooks:      []compat.Hook{compat.Run(compat.Handler, kind.Serve)},
}

var kind = &script.Kind{Module: "cgi", Codes: script.Codes{NoExec: "AH02809", NPH: "AH02810", Missing: "AH02811",
	Directory: "AH02812", PathInfo: "AH02813", Permission: "AH03194"}}
