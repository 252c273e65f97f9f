// Package cachesocache is mod_cache_socache: it keeps answers for mod_cache in a
// shared object cache, in memory or by memcached or Redis.
//
// Deviations: the values are not those of Apache's, so that a memcached that both
// use gives neither what the other kept; CacheSocacheReadSize and
// CacheSocacheReadTime are read, and have nothing to bound: an answer is kept in
// the pieces in which it comes. mod_status has no table of it.
package cachesocache

import (
	"cmp"
	"math"
	"time"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
	"understudy/compat/internal/socache"
)

const (
	module    = "cache_socache_module"
	short     = "cache_socache"
	namespace = "cache-socache"
)

// Module is mod_cache_socache.
var Module = compat.Module{
	Name: module,
	File: "mod_cache_socache.c",
	Directives: []compat.Directive{
		server.Directive("CacheSocache", compat.Take1, compat.Server, choose, "The shared object cache to store cache files"),
		number("CacheSocacheMaxTime", 0, func(c *config) **int64 { return &c.maxTime },
			"The maximum cache expiry age to cache a document in seconds", "the maximum amount of time in seconds to cache an entry."),
		number("CacheSocacheMinTime", 0, func(c *config) **int64 { return &c.minTime },
			"The minimum cache expiry age to cache a document in seconds", "the minimum amount of time in seconds to cache an entry."),
		number("CacheSocacheMaxSize", 1024, func(c *config) **int64 { return &c.max },
			"The maximum cache entry size (headers and body) to cache a document",
			"a integer representing the max size of a cached entry (headers and body), at least 1024 and at most 4294967295"),
		number("CacheSocacheReadSize", 0, func(c *config) **int64 { return &c.readSize },
			"The maximum quantity of data to attempt to read and cache in one go",
			"a non-negative integer representing the max amount of data to cache in go."),
		number("CacheSocacheReadTime", 0, func(c *config) **int64 { return &c.readTime },
			"The maximum time taken to attempt to read and cache in go",
			"a non-negative integer representing the max amount of time taken to cache in go."),
	},
}

func init() {
	cachestore.Register(&cachestore.Provider{Name: "socache", Module: module, Open: open, Create: create})
}

var (
	dir    = compat.NewSlot[config]()
	server = compat.NewSlot[serverConfig]()
)

// A config is what is said of a place; times are seconds.
type config struct{ max, maxTime, minTime, readSize, readTime *int64 }

// Merge prefers what over says.
func (c config) Merge(over config) config {
	return config{cmp.Or(over.max, c.max), cmp.Or(over.maxTime, c.maxTime), cmp.Or(over.minTime, c.minTime),
		cmp.Or(over.readSize, c.readSize), cmp.Or(over.readTime, c.readTime)}
}

// A serverConfig is what is said of a host.
type serverConfig struct{ store socache.Store }

// Merge puts over in the place of c, as Apache does.
func (c serverConfig) Merge(over serverConfig) serverConfig { return over }

// choose is set_cache_socache.
func choose(c *compat.Cmd, conf *serverConfig) error {
	var err error
	conf.store, err = socache.Find(c.Build, c.Arg(0), namespace)
	return err
}

func number(name string, least int64, at func(*config) **int64, help, wrong string) compat.Directive {
	return dir.Directive(name, compat.Take1, compat.Server|compat.Access, func(c *compat.Cmd, conf *config) error {
		n, _, ok := compat.ParseOffset(c.Arg(0))
		if !ok || n < least || least > 0 && n > math.MaxUint32 {
			return compat.Errorf("%s argument must be %s", name, wrong)
		}
		*at(conf) = &n
		return nil
	}, help)
}

// Defaults (mod_cache_socache.c).
const (
	defaultMax     = 100 << 10
	defaultMaxTime = 86400
	defaultMinTime = 600
)

func (c *config) maxOr() int64 {
	if c == nil || c.max == nil {
		return defaultMax
	}
	return *c.max
}

// until is when an answer that expires then is forgotten: a while later, for it
// may be asked for again and found to be the same, but not for ever.
func (c *config) until(r *compat.Request, expire int64) time.Time {
	high, low := int64(defaultMaxTime), int64(defaultMinTime)
	if c != nil {
		if c.maxTime != nil {
			high = *c.maxTime
		}
		if c.minTime != nil {
			low = *c.minTime
		}
	}
	at, limit := time.UnixMicro(expire), r.Start.Add(seconds(high))
	if at.After(limit) {
		return limit
	}
	return at.Add(seconds(low))
}

// seconds are n, of which a duration has no more than some.
func seconds(n int64) time.Duration { return time.Duration(min(n, math.MaxInt32)) * time.Second }
