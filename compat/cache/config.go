package cache

import (
	"os"
	"strconv"
	"strings"

	"cmp"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
)

var (
	dir    = compat.NewSlot[config]()
	server = compat.NewSlot[serverConfig]()
	states = compat.NewSlot[state]()
)

// A config is what is said of a place.
type config struct {
	enabled                              []enable
	disabled                             *bool
	noLastMod, expired, private, noStore *bool
	stale, header, detail                *bool
	maxExpire, minExpire, defaultExpire  *int64 // microseconds
	factor                               *float64
}

// Merge lays over on top of c.
func (c config) Merge(over config) config {
	return config{
		enabled:       append(c.enabled[:len(c.enabled):len(c.enabled)], over.enabled...),
		disabled:      cmp.Or(over.disabled, c.disabled),
		noLastMod:     cmp.Or(over.noLastMod, c.noLastMod),
		expired:       cmp.Or(over.expired, c.expired),
		private:       cmp.Or(over.private, c.private),
		noStore:       cmp.Or(over.noStore, c.noStore),
		stale:         cmp.Or(over.stale, c.stale),
		header:        cmp.Or(over.header, c.header),
		detail:        cmp.Or(over.detail, c.detail),
		maxExpire:     cmp.Or(over.maxExpire, c.maxExpire),
		minExpire:     cmp.Or(over.minExpire, c.minExpire),
		defaultExpire: cmp.Or(over.defaultExpire, c.defaultExpire),
		factor:        cmp.Or(over.factor, c.factor),
	}
}

// Defaults (cache_util.h).
const (
	day           = 86400 * cachestore.Second
	hour          = 3600 * cachestore.Second
	defaultFactor = 0.1
)

func is(flag *bool) bool { return flag != nil && *flag }

func or[T any](said *T, otherwise T) T {
	if said != nil {
		return *said
	}
	return otherwise
}

// A serverConfig is what is said of a host.
type serverConfig struct {
	enabled        []enable
	disabled       []prefix
	quick          *bool
	ignoreControl  *bool
	ignoreQuery    *bool
	ignoreHeaders  []string // nil: not said
	ignoreSessions []string
	lock           *bool
	lockPath       string
	lockMaxAge     int64 // microseconds; 0: not said
	header, detail *bool
	base           *prefix
}

// Merge lays over on top of c.
func (c serverConfig) Merge(over serverConfig) serverConfig {
	m := serverConfig{
		enabled:        append(c.enabled[:len(c.enabled):len(c.enabled)], over.enabled...),
		disabled:       append(c.disabled[:len(c.disabled):len(c.disabled)], over.disabled...),
		quick:          cmp.Or(over.quick, c.quick),
		ignoreControl:  cmp.Or(over.ignoreControl, c.ignoreControl),
		ignoreQuery:    cmp.Or(over.ignoreQuery, c.ignoreQuery),
		ignoreHeaders:  c.ignoreHeaders,
		ignoreSessions: c.ignoreSessions,
		lock:           cmp.Or(over.lock, c.lock),
		lockPath:       cmp.Or(over.lockPath, c.lockPath),
		lockMaxAge:     cmp.Or(over.lockMaxAge, c.lockMaxAge),
		header:         cmp.Or(over.header, c.header),
		detail:         cmp.Or(over.detail, c.detail),
		base:           cmp.Or(over.base, c.base),
	}
	if over.ignoreHeaders != nil {
		m.ignoreHeaders = over.ignoreHeaders
	}
	if over.ignoreSessions != nil {
		m.ignoreSessions = over.ignoreSessions
	}
	return m
}

// An enable is one CacheEnable.
type enable struct {
	kind string
	url  prefix
}

func flag(name string, where compat.Place, at func(*config) **bool, help string) compat.Directive {
	return dir.Flag(name, where, at, help)
}

const anywhere = compat.Server | compat.Access

var directives = []compat.Directive{
	dir.Directive("CacheEnable", compat.Take12, anywhere, setEnable,
		"A cache type and partial URL prefix below which caching is enabled"),
	dir.Directive("CacheDisable", compat.Take1, anywhere, setDisable,
		"A partial URL prefix below which caching is disabled"),
	seconds("CacheMaxExpire", func(c *config) **int64 { return &c.maxExpire }, "The maximum time in seconds to cache a document"),
	seconds("CacheMinExpire", func(c *config) **int64 { return &c.minExpire }, "The minimum time in seconds to cache a document"),
	seconds("CacheDefaultExpire", func(c *config) **int64 { return &c.defaultExpire },
		"The default time in seconds to cache a document"),
	server.Flag("CacheQuickHandler", compat.Server, func(c *serverConfig) **bool { return &c.quick },
		"Run the cache in the quick handler, default on"),
	flag("CacheIgnoreNoLastMod", anywhere, func(c *config) **bool { return &c.noLastMod },
		"Ignore Responses where there is no Last Modified Header"),
	server.Flag("CacheIgnoreCacheControl", compat.Server, func(c *serverConfig) **bool { return &c.ignoreControl },
		"Ignore requests from the client for uncached content"),
	flag("CacheStoreExpired", anywhere, func(c *config) **bool { return &c.expired },
		"Ignore expiration dates when populating cache, resulting in an If-Modified-Since request to the backend on retrieval"),
	flag("CacheStorePrivate", anywhere, func(c *config) **bool { return &c.private },
		"Ignore 'Cache-Control: private' and store private content"),
	flag("CacheStoreNoStore", anywhere, func(c *config) **bool { return &c.noStore },
		"Ignore 'Cache-Control: no-store' and store sensitive content"),
	server.Directive("CacheIgnoreHeaders", compat.Iterate, compat.Server,
		list(func(c *serverConfig) *[]string { return &c.ignoreHeaders }),
		"A space separated list of headers that should not be stored by the cache"),
	server.Flag("CacheIgnoreQueryString", compat.Server, func(c *serverConfig) **bool { return &c.ignoreQuery },
		"Ignore query-string when caching"),
	server.Directive("CacheIgnoreURLSessionIdentifiers", compat.Iterate, compat.Server,
		list(func(c *serverConfig) *[]string { return &c.ignoreSessions }),
		"A space separated list of session identifiers that should be ignored for creating the key of the cached entity."),
	dir.Directive("CacheLastModifiedFactor", compat.Take1, anywhere, setFactor,
		"The factor used to estimate Expires date from LastModified date"),
	server.Flag("CacheLock", compat.Server, func(c *serverConfig) **bool { return &c.lock },
		"Enable or disable the thundering herd lock."),
	server.Directive("CacheLockPath", compat.Take1, compat.Server, func(c *compat.Cmd, conf *serverConfig) error {
		conf.lockPath = c.Path(c.Arg(0))
		return nil
	}, "The thundering herd lock path. Defaults to the '/mod_cache-lock' directory in the system temp directory."),
	server.Directive("CacheLockMaxAge", compat.Take1, compat.Server, setLockMaxAge, "Maximum age of any thundering herd lock."),
	dir.Directive("CacheHeader", compat.Flag, anywhere, either(
		func(c *config) **bool { return &c.header }, func(c *serverConfig) **bool { return &c.header }),
		"Add a X-Cache header to responses. Default is off."),
	dir.Directive("CacheDetailHeader", compat.Flag, anywhere, either(
		func(c *config) **bool { return &c.detail }, func(c *serverConfig) **bool { return &c.detail }),
		"Add a X-Cache-Detail header to responses. Default is off."),
	server.Directive("CacheKeyBaseURL", compat.Take1, compat.Server, setBase, "Override the base URL of reverse proxied cache keys."),
	flag("CacheStaleOnError", anywhere, func(c *config) **bool { return &c.stale },
		"Serve stale content on 5xx errors if present. Defaults to on."),
}

func seconds(name string, at func(*config) **int64, help string) compat.Directive {
	return dir.Directive(name, compat.Take1, anywhere, func(c *compat.Cmd, conf *config) error {
		n := int64(compat.Atoi(c.Arg(0))) * cachestore.Second
		*at(conf) = &n
		return nil
	}, help)
}

// list gathers names; "None" empties the list.
func list(at func(*serverConfig) *[]string) func(*compat.Cmd, *serverConfig) error {
	return func(c *compat.Cmd, conf *serverConfig) error {
		names := at(conf)
		switch {
		case strings.EqualFold(c.Arg(0), "none"):
			*names = []string{}
		case *names == nil || len(*names) > 0: // After "None" nothing counts.
			*names = append(*names, c.Arg(0))
		}
		return nil
	}
}

// either sets a flag of a section, or of the host.
func either(section func(*config) **bool, host func(*serverConfig) **bool) func(*compat.Cmd, *config) error {
	return func(c *compat.Cmd, conf *config) error {
		on := c.On()
		if c.AtServer() {
			*host(server.Make(c.Vector)) = &on
		} else {
			*section(conf) = &on
		}
		return nil
	}
}

func setEnable(c *compat.Cmd, conf *config) error {
	if err := c.Forbid(compat.NotInDirectory | compat.NotInLimit | compat.NotInFiles); err != nil {
		return err
	}
	kind, url := c.Arg(0), c.Arg(1)
	if strings.HasPrefix(kind, "/") {
		return compat.Errorf("provider (%s) starts with a '/'.  Are url and provider switched?", kind)
	}
	if len(c.Words) < 2 {
		if url = c.Dir; url == "" {
			return compat.Errorf("CacheEnable provider (%s) is missing an URL.", kind)
		}
	}
	if !strings.HasPrefix(url, c.Dir) {
		return compat.Errorf("When in a Location, CacheEnable must specify a path or an URL below that location.")
	}
	e := enable{kind, newPrefix(url)}
	if c.AtServer() {
		s := server.Make(c.Vector)
		s.enabled = append(s.enabled, e)
	} else {
		conf.enabled = append(conf.enabled, e)
	}
	return nil
}

func setDisable(c *compat.Cmd, conf *config) error {
	if err := c.Forbid(compat.NotInDirectory | compat.NotInLimit | compat.NotInFiles); err != nil {
		return err
	}
	url := c.Arg(0)
	if !c.AtServer() {
		if !strings.EqualFold(url, "on") {
			return compat.Errorf("CacheDisable must be followed by the word 'on' when in a Location.")
		}
		on := true
		conf.disabled = &on
		return nil
	}
	if !strings.HasPrefix(url, "/") && !strings.Contains(url, ":") {
		return compat.Errorf("CacheDisable must specify a path or an URL.")
	}
	s := server.Make(c.Vector)
	s.disabled = append(s.disabled, newPrefix(url))
	return nil
}

func setFactor(c *compat.Cmd, conf *config) error {
	text := strings.TrimLeft(c.Arg(0), " \t")
	for end := len(text); end > 0; end-- { // As scanf does, what follows a number is not looked at.
		if f, err := strconv.ParseFloat(text[:end], 64); err == nil {
			conf.factor = &f
			return nil
		}
	}
	return compat.Errorf("CacheLastModifiedFactor value must be a float")
}

func setLockMaxAge(c *compat.Cmd, conf *serverConfig) error {
	n := compat.Atoi(c.Arg(0))
	if n <= 0 {
		return compat.Errorf("CacheLockMaxAge value must be a non-zero positive integer")
	}
	conf.lockMaxAge = int64(n) * cachestore.Second
	return nil
}

func setBase(c *compat.Cmd, conf *serverConfig) error {
	base := newPrefix(c.Arg(0))
	if base.scheme == "" && base.host == "" && base.port == "" {
		return compat.Errorf("URL '%s' must contain at least one of a scheme, a hostname or a port.", c.Arg(0))
	}
	conf.base = &base
	return nil
}

func (c *serverConfig) lockDir() string {
	if c.lockPath != "" {
		return c.lockPath
	}
	return os.TempDir() + "/mod_cache-lock"
}
