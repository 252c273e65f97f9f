// Package core is core.c: the directives Apache's core defines, and what it does
// with them while a request goes through the phases.
//
// The rest of the core is elsewhere: sections and the request walk in package
// vhost, what is obeyed while a file is read in package apacheconf; the table
// here has their rows. What directives set is kept in [compat.Core],
// [compat.Host] and [compat.ServerCore], where others find it.
//
// Deviations: what tunes Apache's processes is checked and has no effect;
// RegexDefaultOptions refuses anything but the default. A file whose handler
// runs programs and is of no loaded module is answered 500, not with its source.
package core

import (
	"slices"

	"understudy/compat"
)

// Module is the core. Its rows are in the order of Apache's table, so that a
// list of directives is too.
var Module = compat.Module{
	Name:   "core_module",
	File:   "core.c",
	Alone:  true,
	Static: true,
	Directives: slices.Concat(
		sectionRows,
		readRows,
		resourceRows,
		serverRows,
		limitRows,
		behaviourRows,
		processRows,
		protocolRows,
	),
	Hooks: append([]compat.Hook{
		compat.Run(compat.Handler, announceProtocols).Repeats().ReallyFirst(),
		compat.Run(compat.Translate, translate).Repeats().ReallyLast(),
		compat.Run(compat.Fixups, overrideType).Repeats().ReallyFirst(),
		compat.Run(compat.InsertFilter, insertFilters).Repeats().ReallyFirst(),
	}, FileHooks...),
	Init: check,
}

var slot = compat.CoreSlot

// anywhere is OR_ALL in Apache's table: what may stand anywhere.
const anywhere = compat.All

// confined are the places of directives for sections and the server, but not
// for .htaccess.
const confined = compat.Server | compat.Access

// sectionRows are containers; package vhost obeys them.
var sectionRows = []compat.Directive{
	compat.ReadRow("<Directory", compat.RawArgs, compat.Server,
		"Container for directives affecting resources located in the specified directories"),
	compat.ReadRow("<Location", compat.RawArgs, compat.Server,
		"Container for directives affecting resources accessed through the specified URL paths"),
	compat.ReadRow("<VirtualHost", compat.RawArgs, compat.Server,
		"Container to map directives to a particular virtual host, takes one or more host addresses"),
	compat.ReadRow("<Files", compat.RawArgs, anywhere,
		"Container for directives affecting files matching specified patterns"),
	compat.ReadRow("<Limit", compat.RawArgs, compat.Limit|compat.AuthConfig,
		"Container for authentication directives when accessed using specified HTTP methods"),
	compat.ReadRow("<LimitExcept", compat.RawArgs, compat.Limit|compat.AuthConfig,
		"Container for authentication directives to be applied when any HTTP method other than those "+
			"specified is used to access the resource"),
	compat.ReadRow("<IfModule", compat.RawArgs, anywhere|compat.OnRead,
		"Container for directives based on existence of specified modules"),
	compat.ReadRow("<IfDefine", compat.RawArgs, anywhere|compat.OnRead,
		"Container for directives based on existence of command line defines"),
	compat.ReadRow("<IfFile", compat.RawArgs, anywhere|compat.OnRead,
		"Container for directives based on existence of files on disk"),
	compat.ReadRow("<IfDirective", compat.RawArgs, anywhere|compat.OnRead,
		"Container for directives based on existence of named directive"),
	compat.ReadRow("<IfSection", compat.RawArgs, anywhere|compat.OnRead,
		"Container for directives based on existence of named section"),
	compat.ReadRow("<DirectoryMatch", compat.RawArgs, compat.Server,
		"Container for directives affecting resources located in the specified directories"),
	compat.ReadRow("<LocationMatch", compat.RawArgs, compat.Server,
		"Container for directives affecting resources accessed through the specified URL paths"),
	compat.ReadRow("<FilesMatch", compat.RawArgs, anywhere,
		"Container for directives affecting files matching specified patterns"),
}

// readRows are the next ones of the table: mostly obeyed while files are read.
var readRows = []compat.Directive{
	slot.Directive("AddDefaultCharset", compat.Take1, compat.FileInfo, addDefaultCharset,
		"The name of the default charset to add to any Content-Type without one or 'Off' to disable"),
	slot.Directive("AcceptPathInfo", compat.Take1, compat.FileInfo, acceptPathInfo,
		"Set to on or off for PATH_INFO to be accepted by handlers, or default for the per-handler preference"),
	compat.ReadRow("Define", compat.Take12, confined|compat.OnRead,
		"Define a variable, optionally to a value.  Same as passing -D to the command line."),
	compat.ReadRow("UnDefine", compat.Take1, confined|compat.OnRead,
		"Undefine the existence of a variable. Undo a Define."),
	compat.Row("Error", compat.RawArgs, anywhere, raise,
		"Generate error message from within configuration"),
	compat.ReadRow("<If", compat.RawArgs, anywhere,
		"Container for directives to be conditionally applied"),
	compat.ReadRow("<ElseIf", compat.RawArgs, anywhere,
		"Container for directives to be conditionally applied"),
	compat.ReadRow("<Else", compat.RawArgs, anywhere,
		"Container for directives to be conditionally applied"),
}

// raise is Error: its text, without quotes around it.
func raise(c *compat.Cmd) error {
	text := c.Raw
	if text == "" {
		return compat.Errorf("The Error directive was used with no message.")
	}
	if q := text[0]; len(text) > 1 && (q == '"' || q == '\'') && text[len(text)-1] == q {
		text = text[1 : len(text)-1]
	}
	return compat.Errorf("%s", text)
}
