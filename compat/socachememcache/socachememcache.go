// Package socachememcache is mod_socache_memcache: a shared object cache on
// memcached servers.
package socachememcache

import (
	"understudy/compat"
	"understudy/compat/internal/socache"
)

const module = "socache_memcache_module"

// Module is mod_socache_memcache.
var Module = compat.Module{
	Name: module,
	File: "mod_socache_memcache.c",
	Directives: []compat.Directive{
		compat.Row("MemcacheConnTTL", compat.Take1, compat.Server, checkTTL,
			"TTL used for the connection with the memcache server(s)").Inertly("connections to the cache are kept as long as they work"),
	},
	Silent: true,
}

func init() {
	socache.Register(socache.Provider{Name: "memcache", Module: module, Open: socache.NewMemcache})
}

func checkTTL(c *compat.Cmd) error {
	if _, ok := compat.ParseTimeout(c.Arg(0), "s"); !ok {
		return compat.Errorf("MemcacheConnTTL has wrong format")
	}
	return nil
}
