// Package cgid is mod_cgid: programs that answer requests, for servers with
// threads.
//
// Deviations: there is no daemon that starts the programs, so that ScriptSock
// has nothing to name.
package cgid

import (
	"understudy/compat"
	"understudy/compat/internal/script"
)

// Module is mod_cgid.
var Module = compat.Module{
	Name: "cgid_module",
	File: "mod_cgid.c",
	Directives: append(script.Directives(),
		compat.Row("ScriptSock", compat.Take1, compat.Server, func(*compat.Cmd) error { return nil },
			"the name of the socket to use for communication with the cgi daemon.").Inertly("programs are started by the server itself, through no daemon"),
		script.TimeoutDirective("CGIDScriptTimeout", "The amount of time to wait between successful reads from the CGI script, in seconds.")),
	Hooks: []compat.Hook{compat.Run(compat.Handler, script.CGID.Serve)},
}
