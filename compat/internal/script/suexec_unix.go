//go:build unix

package script

import (
	"path/filepath"
	"strconv"

	"understudy/compat"
)

// asUser is the command that runs path as the user SuexecUserGroup names, or
// whose directory it is, by the wrapper suexec, which decides whether it may
// (ap_unix_create_privileged_process).
func asUser(r *compat.Request, path string, args []string) (string, []string) {
	id := compat.SuexecIdentity(r)
	if id == nil {
		return path, args
	}
	user := strconv.Itoa(id.UID)
	if id.Userdir {
		user = "~" + user
	}
	return compat.SuexecWrapper, append([]string{compat.SuexecWrapper, user, strconv.Itoa(id.GID), filepath.Base(path)},
		args[1:]...)
}
