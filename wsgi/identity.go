package wsgi

import (
	"cmp"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"understudy/compat"
)

// knownUser is the name of the user a directive gives, by name or as "#UID"
// (ap_uname2id, which ends the server where there is none). unknown is the text
// for a number without a name.
func knownUser(c *compat.Cmd, value, unknown string) (*user.User, error) {
	if number, ok := strings.CutPrefix(value, "#"); ok {
		u, err := user.LookupId(number)
		if err != nil {
			return nil, compat.Errorf("%s", unknown)
		}
		return u, nil
	}
	u, err := user.Lookup(value)
	if err != nil {
		return nil, compat.Refuse("AH00543: %s: bad user name %s", c.Build.Program, value)
	}
	return u, nil
}

// knownGroup is the name of a group, as [knownUser] is that of a user; a number
// need not have a name where unknown is empty.
func knownGroup(c *compat.Cmd, value, unknown string) (string, error) {
	if number, ok := strings.CutPrefix(value, "#"); ok {
		g, err := user.LookupGroupId(number)
		switch {
		case err == nil:
			return g.Name, nil
		case unknown == "":
			return value, nil
		}
		return "", compat.Errorf("%s", unknown)
	}
	g, err := user.LookupGroup(value)
	if err != nil {
		return "", compat.Refuse("AH00544: %s: bad group name %s", c.Build.Program, value)
	}
	return g.Name, nil
}

func setUser(c *compat.Cmd, g *Group, v string) error {
	if v == "" {
		return invalid("user")
	}
	if v == "#0" {
		return compat.Errorf("WSGI process blocked from running as root.")
	}
	u, err := knownUser(c, v, "Couldn't determine user name from uid.")
	if err != nil {
		return err
	}
	if u.Uid == "0" {
		return compat.Errorf("WSGI process blocked from running as root.")
	}
	g.User = u.Username
	return nil
}

func setGroup(c *compat.Cmd, g *Group, v string) error {
	if v == "" {
		return invalid("group")
	}
	if _, err := knownGroup(c, v, ""); err != nil {
		return err
	}
	g.Group = v
	return nil
}

func setSocketUser(c *compat.Cmd, _ *Group, v string) error {
	if v == "" {
		return invalid("socket user")
	}
	_, err := knownUser(c, v, "Couldn't determine user name from socket user.")
	return err
}

func setScriptUser(c *compat.Cmd, g *Group, v string) error {
	if v == "" {
		return invalid("script user")
	}
	u, err := knownUser(c, v, "Couldn't determine uid from script user.")
	if err == nil {
		g.ScriptUser = u.Username
	}
	return err
}

func setScriptGroup(c *compat.Cmd, g *Group, v string) (err error) {
	if v == "" {
		return invalid("script group")
	}
	g.ScriptGroup, err = knownGroup(c, v, "Couldn't determine gid from script group.")
	return err
}

func checkSupplementary(c *compat.Cmd, groups []string) error {
	for _, name := range groups {
		if _, err := knownGroup(c, name, ""); err != nil {
			return err
		}
	}
	return nil
}

// setChroot takes the root directory of the group's processes.
func setChroot(c *compat.Cmd, g *Group, v string) error {
	if !strings.HasPrefix(v, "/") {
		return invalid("chroot directory")
	}
	if os.Getuid() != 0 && !c.Build.Serving {
		return compat.Errorf("Cannot chroot WSGI daemon process when not root.")
	}
	g.Chroot = filepath.Clean(v)
	return nil
}

// confined refuses a root directory without an interpreter: mod_wsgi brings it
// along in the server's own process, here it is a program, which has to be
// found from inside.
func (g *Group) confined() error {
	python := findPython(g.Chroot, g.PythonHome)
	if g.Chroot == "" || isProgram(g.Chroot, python) {
		return nil
	}
	return compat.Errorf("WSGI daemon process '%s' has chroot=%s, in which there is no %s: Understudy runs the interpreter as a "+
		"program from inside, so that it and its libraries have to be there", g.Name, g.Chroot, python)
}

// inside is a path as processes of the group see it.
func (g *Group) inside(path string) (string, bool) {
	if g.Chroot == "" || g.Chroot == "/" {
		return path, true
	}
	rest, ok := strings.CutPrefix(path, g.Chroot)
	if !ok || rest != "" && rest[0] != '/' {
		return path, false
	}
	return cmp.Or(rest, "/"), true
}
