// Package suexec is mod_suexec: CGI programs run as the user and group of their
// virtual host, by the setuid wrapper that Debian packages beside Apache. It
// decides itself what it runs, and logs that in its own log; the server has no
// privilege to give. Where it is missing the start is refused, as Apache does.
//
// Deviations: a wrapper that has its rights by capabilities is taken for none.
package suexec

import (
	"os/user"
	"strings"

	"understudy/compat"
)

// Module is mod_suexec.
var Module = compat.Module{
	Name: "suexec_module",
	File: "mod_suexec.c",
	Directives: []compat.Directive{
		compat.SuexecSlot.Directive("SuexecUserGroup", compat.Take2, compat.Server, set,
			"User and group for spawned processes"),
	},
}

func set(c *compat.Cmd, id *compat.Identity) error {
	if err := c.Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	if problem := compat.SuexecProblem(c.Build); problem != "" {
		return compat.Errorf("SuexecUserGroup configured, but suEXEC is disabled: %s", problem)
	}
	var ok bool
	if id.UID, ok = number(c.Arg(0), func(name string) (string, error) {
		u, err := user.Lookup(name)
		if err != nil {
			return "", err
		}
		return u.Uid, nil
	}); !ok {
		return compat.Refuse("AH00543: %s: bad user name %s", c.Build.Program, c.Arg(0))
	}
	if id.GID, ok = number(c.Arg(1), func(name string) (string, error) {
		g, err := user.LookupGroup(name)
		if err != nil {
			return "", err
		}
		return g.Gid, nil
	}); !ok {
		return compat.Refuse("AH00544: %s: bad group name %s", c.Build.Program, c.Arg(1))
	}
	return nil
}

// number is that of a name, or of "#33" (ap_uname2id, ap_gname2id).
func number(name string, find func(string) (string, error)) (int, bool) {
	if digits, ok := strings.CutPrefix(name, "#"); ok {
		return compat.Atoi(digits), true
	}
	id, err := find(name)
	return compat.Atoi(id), err == nil
}
