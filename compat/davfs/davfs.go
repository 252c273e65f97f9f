// Package davfs is mod_dav_fs: it keeps what mod_dav serves in files. Dead
// properties and locks are in Berkeley DB files of Apache's form and names,
// ".DAV/NAME" beside the file and DavLockDB, so that those Apache wrote go on to
// count, and it reads ours.
//
// Deviations: such a file is written as a whole or not at all, and two requests
// that change one do so one after the other; a state directory cannot be reached
// by any URL, however deep; locks whose time is over are not there, where Apache
// still finds them until somebody changes the record; a resource has 1000 locks
// at most.
package davfs

import (
	"strings"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

const module = "dav_fs_module"

// Module is mod_dav_fs.
var Module = compat.Module{
	Name: module,
	File: "mod_dav_fs.c",
	Directives: []compat.Directive{
		dir.Directive("DAVLockDB", compat.Take1, compat.Server, func(c *compat.Cmd, conf *config) error {
			conf.locks = c.Path(c.Arg(0))
			return nil
		}, "specify a lock database"),
	},
	Hooks: []compat.Hook{dav.Slot.On(compat.Fixups, guardState).Repeats()},
}

func init() {
	dav.Register(&dav.Provider{Name: "filesystem", Module: module, Repository: files{}})
}

var dir = compat.NewSlot[config]()

type config struct{ locks string }

// Merge prefers what over says.
func (c config) Merge(over config) config {
	if over.locks != "" {
		return over
	}
	return c
}

// The files beside those that clients see (repos.h).
const (
	stateDir  = ".DAV"
	dirState  = ".state_for_dir"
	lockNull  = ".locknull"
	tmpPrefix = ".davfs.tmp"
)

// guardState refuses what is kept for the resources of a directory.
func guardState(r *compat.Request, c *dav.Config) compat.Status {
	if c.Provider == nil || c.Provider.Module != module || r.Filename == "" || !isState(r.Filename+r.PathInfo) {
		return compat.Declined
	}
	r.Logf("dav_fs", compat.LevelError, nil, "AH10619: access to .DAV state directory denied for %s", r.Filename)
	return 403
}

func isState(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == stateDir {
			return true
		}
	}
	return false
}
