// Package cachedisk is mod_cache_disk: it keeps answers for mod_cache in files
// below CacheRoot, of Apache's names and form, so that each reads what the other
// wrote, and htcacheclean cleans up.
//
// Deviations: Apache's files are those of a 64-bit machine; one that is not
// whole, or says what cannot be, counts as none; CacheReadSize and CacheReadTime
// are read, and have nothing to bound: an answer is kept in the pieces in which
// it comes.
package cachedisk

import (
	"strings"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
)

const module = "cache_disk_module"

// Module is mod_cache_disk.
var Module = compat.Module{
	Name: module,
	File: "mod_cache_disk.c",
	Directives: []compat.Directive{
		server.Directive("CacheRoot", compat.Take1, compat.Server, func(c *compat.Cmd, conf *serverConfig) error {
			conf.root = c.Arg(0)
			return nil
		}, "The directory to store cache files"),
		server.Directive("CacheDirLevels", compat.Take1, compat.Server, func(c *compat.Cmd, conf *serverConfig) error {
			return conf.shape(c, &conf.levels, conf.lengthOr())
		}, "The number of levels of subdirectories in the cache"),
		server.Directive("CacheDirLength", compat.Take1, compat.Server, func(c *compat.Cmd, conf *serverConfig) error {
			return conf.shape(c, &conf.length, conf.levelsOr())
		}, "The number of characters in subdirectory names"),
		number("CacheMinFileSize", func(c *config) **int64 { return &c.min }, "The minimum file size to cache a document",
			"representing the min size of a file to cache in bytes."),
		number("CacheMaxFileSize", func(c *config) **int64 { return &c.max }, "The maximum file size to cache a document",
			"representing the max size of a file to cache in bytes."),
		number("CacheReadSize", func(c *config) **int64 { return &c.readSize },
			"The maximum quantity of data to attempt to read and cache in one go",
			"representing the max amount of data to cache in go."),
		number("CacheReadTime", func(c *config) **int64 { return &c.readTime },
			"The maximum time taken to attempt to read and cache in go",
			"representing the max amount of time taken to cache in go."),
	},
}

func init() {
	cachestore.Register(&cachestore.Provider{Name: "disk", Module: module, Open: open, Create: create})
}

var (
	dir    = compat.NewSlot[config]()
	server = compat.NewSlot[serverConfig]()
)

// A config is what is said of a place.
type config struct{ min, max, readSize, readTime *int64 }

// Merge prefers what over says.
func (c config) Merge(over config) config {
	for _, f := range []struct{ to, from **int64 }{{&c.min, &over.min}, {&c.max, &over.max}, {&c.readSize, &over.readSize},
		{&c.readTime, &over.readTime}} {
		if *f.from != nil {
			*f.to = *f.from
		}
	}
	return c
}

// A serverConfig is what is said of a host.
type serverConfig struct {
	root           string
	levels, length int // 0: not said
}

// Merge puts over in the place of c, as Apache does for want of a merge
// function.
func (c serverConfig) Merge(over serverConfig) serverConfig { return over }

// Defaults (mod_cache_disk.h).
const (
	defaultLevels, defaultLength = 2, 2
	maxName                      = 20
	defaultMin, defaultMax       = 1, 1000000
)

func (c *serverConfig) levelsOr() int { return or(c.levels, defaultLevels) }

func (c *serverConfig) lengthOr() int { return or(c.length, defaultLength) }

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

func (c *serverConfig) shape(cmd *compat.Cmd, at *int, other int) error {
	n := compat.Atoi(cmd.Arg(0))
	if n < 1 {
		return compat.Errorf("%s value must be an integer greater than 0", cmd.Name)
	}
	if n > maxName || n*other > maxName {
		return compat.Errorf("CacheDirLevels*CacheDirLength value must not be higher than 20")
	}
	*at = n
	return nil
}

func number(name string, at func(*config) **int64, help, wrong string) compat.Directive {
	return dir.Directive(name, compat.Take1, compat.Server|compat.Access, func(c *compat.Cmd, conf *config) error {
		n, _, ok := compat.ParseOffset(c.Arg(0))
		if !ok || n < 0 {
			return compat.Errorf("%s argument must be a non-negative integer %s", name, wrong)
		}
		*at(conf) = &n
		return nil
	}, help)
}

func configOf(r *compat.Request) (low, high int64) {
	low, high = defaultMin, defaultMax
	if c := dir.Of(r); c != nil {
		if c.min != nil {
			low = *c.min
		}
		if c.max != nil {
			high = *c.max
		}
	}
	return low, high
}

// fields are the names in a list.
func fields(list string) []string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}
