// Package filecache is mod_file_cache: files that are named to be kept open, or in
// memory.
//
// Deviations: files that are asked for often are in memory anyway, so that the
// names change nothing but the warnings about those that are not there; and a file
// that changes is served as it is now, where Apache serves what it was at start.
package filecache

import (
	"errors"
	"os"
	"syscall"

	"understudy/apacheconf"
	"understudy/compat"
)

const short = "file_cache"

// Module is mod_file_cache.
var Module = compat.Module{
	Name: "file_cache_module",
	File: "mod_file_cache.c",
	Directives: []compat.Directive{
		row("cachefile", "A space separated list of files to add to the file handle cache at config time"),
		row("mmapfile", "A space separated list of files to mmap at config time"),
	},
}

func row(name, help string) compat.Directive {
	return compat.Row(name, compat.Iterate, compat.Server, look, help).
		Inertly("files that are asked for often are kept in memory anyway")
}

// look warns of what cannot be kept (cache_the_file).
func look(c *compat.Cmd) error {
	path := c.Path(c.Arg(0))
	info, err := os.Stat(path)
	var cause syscall.Errno
	switch {
	case errors.As(err, &cause):
		c.Warnf(short, compat.LevelWarn, "(%d)%s: AH00795: unable to stat(%s), skipping", int(cause), apacheconf.Strerror(cause), path)
	case err == nil && !info.Mode().IsRegular():
		c.Warnf(short, compat.LevelWarn, "AH00796: %s isn't a regular file, skipping", path)
	}
	return nil
}
