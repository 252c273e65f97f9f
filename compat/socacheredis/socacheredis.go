// Package socacheredis is mod_socache_redis: a shared object cache on Redis
// servers.
package socacheredis

import (
	"understudy/compat"
	"understudy/compat/internal/socache"
)

const module = "socache_redis_module"

// Module is mod_socache_redis.
var Module = compat.Module{
	Name: module,
	File: "mod_socache_redis.c",
	Directives: []compat.Directive{
		compat.Row("RedisConnPoolTTL", compat.Take1, compat.Server, checkTime,
			"TTL used for the connection pool with the Redis server(s)").Inertly("connections to the cache are kept as long as they work"),
		compat.Row("RedisTimeout", compat.Take1, compat.Server, checkTime,
			"R/W timeout used for the connection with the Redis server(s)").Inertly("the cache has the time that its client gives it"),
	},
	Silent: true,
}

func init() {
	socache.Register(socache.Provider{Name: "redis", Module: module, Open: socache.NewRedis})
}

func checkTime(c *compat.Cmd) error {
	if _, ok := compat.ParseTimeout(c.Arg(0), "s"); !ok {
		return compat.Errorf("%s has wrong format", c.Name)
	}
	return nil
}
