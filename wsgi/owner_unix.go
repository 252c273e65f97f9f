//go:build unix

package wsgi

import (
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"understudy/compat"
)

// ownedRight looks whether the script and its directory belong to whom
// script-user or script-group says, and nobody else may change them
// (wsgi_execute_remote). It has logged why not.
func (j *job) ownedRight() bool {
	g, r := j.group, j.r
	if g.ScriptUser == "" && g.ScriptGroup == "" {
		return true
	}
	if !j.fileRight("WSGI script file", r.Info) {
		return false
	}
	parent, err := os.Stat(filepath.Dir(r.Filename))
	if err != nil {
		return j.disowned("Unable to stat parent directory of WSGI script")
	}
	return j.fileRight("parent directory of WSGI script file", parent)
}

func (j *job) fileRight(what string, info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return j.disowned("User information not available for " + what)
	}
	if g := j.group; g.ScriptUser != "" {
		uid := strconv.FormatUint(uint64(stat.Uid), 10)
		owner, err := user.LookupId(uid)
		switch {
		case err != nil:
			return j.disowned("Couldn't determine owner of " + what + ", uid=" + uid)
		case owner.Username != g.ScriptUser:
			return j.disowned("Owner of " + what + " does not match required user for daemon process, user=" + owner.Username)
		case info.Mode()&0o020 != 0:
			return j.disowned(capital(what) + " is writable to group")
		}
	} else {
		gid := strconv.FormatUint(uint64(stat.Gid), 10)
		owner, err := user.LookupGroupId(gid)
		switch {
		case err != nil:
			return j.disowned("Couldn't determine group of " + what + ", gid=" + gid)
		case owner.Name != g.ScriptGroup:
			return j.disowned("Group of " + what + " does not match required group for daemon process, group=" + owner.Name)
		}
	}
	if info.Mode()&0o002 != 0 {
		return j.disowned(capital(what) + " is writable to world")
	}
	return true
}

func capital(what string) string {
	if what[0] == 'p' {
		return "P" + what[1:]
	}
	return what
}

func (j *job) disowned(why string) bool {
	j.r.Logf("wsgi", compat.LevelError, nil, "%s: %s", why, j.r.Filename)
	return false
}
