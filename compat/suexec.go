package compat

import (
	"io/fs"
	"os"
	"os/user"
)

// SuexecWrapper is the program that runs others as another user.
const SuexecWrapper = "/usr/lib/apache2/suexec"

// An Identity is whom a program runs as.
type Identity struct {
	UID, GID int
	Userdir  bool // the program lies in the user's own directory
}

// Merge is over: identities are not mixed.
func (Identity) Merge(over Identity) Identity { return over }

// MergeServer is over too: a host that says nothing has none
// (create_mconfig_for_server, without a merge).
func (Identity) MergeServer(over Identity) Identity { return over }

// SuexecSlot holds what SuexecUserGroup says.
var SuexecSlot = NewSlot[Identity]()

// SuexecIdentity is whom programs run as for r; nil: the server's own user.
func SuexecIdentity(r *Request) *Identity {
	if id := SuexecSlot.OfServer(r.Host); id != nil {
		return id
	}
	if name := r.Notes.Get("mod_userdir_user"); name != "" && SuexecProblem(r.Host.Build) == "" {
		return userdirIdentity(name)
	}
	return nil
}

// userdirIdentity is the user whose directory it is (get_suexec_id_doer of
// mod_userdir).
func userdirIdentity(name string) *Identity {
	u, err := user.Lookup(name)
	if err != nil {
		return nil
	}
	return &Identity{UID: Atoi(u.Uid), GID: Atoi(u.Gid), Userdir: true}
}

// SuexecProblem says why programs cannot run as other users, or "" if they can
// (unixd_pre_config): the wrapper has to be root's, with its bit set.
func SuexecProblem(b *Build) string {
	if b.Core.SuexecOff {
		return "Suexec directive is Off"
	}
	info, err := os.Stat(SuexecWrapper)
	switch {
	case err != nil:
		return "Missing suexec binary " + SuexecWrapper
	case info.Mode()&fs.ModeSetuid == 0 || Owner(info, false) != "root":
		return "Invalid owner or file mode for " + SuexecWrapper
	}
	return ""
}
