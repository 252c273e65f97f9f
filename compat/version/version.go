// Package version is mod_version: <IfVersion>, which is decided while the
// configuration is read, by package apacheconf.
package version

import "understudy/compat"

// Module is mod_version.
var Module = compat.Module{
	Name:       "version_module",
	File:       "mod_version.c",
	ServerOnly: true,
	Static:     true,
	Directives: []compat.Directive{
		compat.ReadRow("<IfVersion", compat.Take123, compat.All|compat.OnRead,
			"a comparison operator, a version (and a delimiter)"),
	},
}
