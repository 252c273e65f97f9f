package known

import "strings"

// Elsewhere says where a directive belongs that Apache has on other systems, or
// in other versions; "" of all others. Here as there the name is an invalid
// command.
func Elsewhere(name string) string { return elsewhere[strings.ToLower(name)] }

var elsewhere = map[string]string{
	"cgimapextension":         "a directive of Apache on NetWare",
	"maxthreads":              "a directive of Apache on NetWare",
	"startthreads":            "a directive of Apache on NetWare",
	"scriptinterpretersource": "a directive of Apache on Windows",
	"unclist":                 "a directive of Apache on Windows",
	"gprofdir":                "a directive of an Apache built for profiling",
	"enableexceptionhook":     "a directive of an Apache built with exception hooks",
	"mdcertificatemonitor":    "a directive of later versions of mod_md",
	"luahookpretranslate":     "a directive of later versions of mod_lua",
	"vhostprivs":              "a directive of mod_privileges built without its safeguards",
	"vhostcgiprivs":           "a directive of mod_privileges built without its safeguards",
}
