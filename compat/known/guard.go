package known

import (
	"strings"

	"understudy/compat"
)

// silent are modules without directives that provide nothing on their own:
// loading them says nothing.
var silent = map[string]bool{
	"slotmem_shm_module": true, "slotmem_plain_module": true,
	"systemd_module": true,
}

// handlers are the handlers of modules that are not there yet. Without an
// answer of ours the file itself would be sent.
var handlers = map[string][]string{
	"lua_module": {"lua-script"},
	"md_module":  {"md-status"},

	"isapi_module":         {"isapi-handler"},
	"example_hooks_module": {"example-hooks-handler"},
}

// serverOnly are the modules without a configuration for sections.
var serverOnly = map[string]bool{"md_module": true}

func always(*compat.Cmd) bool { return true }

// unless makes a guard of a directive that is harmless with one value.
func unless(value string) func(*compat.Cmd) bool {
	return func(c *compat.Cmd) bool { return !strings.EqualFold(c.Arg(0), value) }
}

// guarding are the directives that decide who may see what, or keep a secret
// off the wire; the function says whether this use of one does.
var guarding = map[string]func(*compat.Cmd) bool{
	"LuaHookAuthChecker": always, "LuaAuthzProvider": always,
	"LuaHookAccessChecker": always, "<LuaHookAccessChecker": always, "<LuaHookAuthChecker": always,
	"LuaHookCheckUserID": always, "<LuaHookCheckUserID": always,
	"MDRequireHttps": unless("off"),
	// privileges: whose rights a host has; nw_ssl: ports that must be encrypted.
	"VHostUser": always, "VHostGroup": always, "VHostCGIMode": always, "VHostSecure": unless("off"),
	"PrivilegesMode": unless("fast"), "SecureListen": always, "NWSSLUpgradeable": always,
}
