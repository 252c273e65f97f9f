// Package unixd is mod_unixd: who the server is once it has what only root can
// get.
//
// Deviations: ChrootDir refuses the start, for it would hide the interpreters
// of the applications.
package unixd

import (
	"os"
	"os/user"
	"strconv"
	"strings"

	"understudy/compat"
)

// Module is mod_unixd.
var Module = compat.Module{
	Name:   "unixd_module",
	File:   "mod_unixd.c",
	Static: true,
	Directives: []compat.Directive{
		compat.Row("User", compat.Take1, compat.Server, setUser,
			"Effective user id for this server"),
		compat.Row("Group", compat.Take1, compat.Server, setGroup,
			"Effective group id for this server"),
		chroot(),
		compat.Row("Suexec", compat.Flag, compat.Server, suexec,
			"Enable or disable suEXEC support"),
	},
}

func chroot() compat.Directive {
	d := compat.Row("ChrootDir", compat.Take1, compat.Server, setChroot,
		"The directory to chroot(2) into")
	d.Effect = compat.Guard
	return d
}

// rootRefused is Apache's text for User root.
const rootRefused = "Error:\tApache has not been designed to serve pages while\n" +
	"\trunning as root.  There are known race conditions that\n" +
	"\twill allow any local user to read any file on the system.\n" +
	"\tIf you still desire to serve pages as root then\n" +
	"\tadd -DBIG_SECURITY_HOLE to the CFLAGS env variable\n" +
	"\tand then rebuild the server.\n" +
	"\tIt is strongly suggested that you instead modify the User\n" +
	"\tdirective in your httpd.conf file to list a non-root\n" +
	"\tuser.\n"

func setUser(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	id, ok := userID(c.Arg(0))
	if !ok {
		return compat.Refuse("AH00543: %s: bad user name %s", c.Build.Program, c.Arg(0))
	}
	if id == 0 {
		return compat.Errorf("%s", rootRefused)
	}
	c.Build.Core.User = c.Arg(0)
	return nil
}

func setGroup(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if !groupExists(c.Arg(0)) {
		return compat.Refuse("AH00544: %s: bad group name %s", c.Build.Program, c.Arg(0))
	}
	c.Build.Core.Group = c.Arg(0)
	return nil
}

func setChroot(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if info, err := os.Stat(c.Arg(0)); err != nil || !info.IsDir() {
		return compat.Errorf("ChrootDir must be a valid directory")
	}
	return compat.Errorf("ChrootDir is not supported by Understudy: not starting outside of it")
}

func suexec(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if problem := compat.SuexecProblem(c.Build); problem != "" && c.On() {
		return compat.Errorf("suEXEC isn't supported: %s", problem)
	}
	c.Build.Core.SuexecOff = !c.On()
	return nil
}

// userID is the number of a user given by name, or as "#33" (ap_uname2id).
func userID(name string) (int, bool) {
	if number, ok := strings.CutPrefix(name, "#"); ok {
		return compat.Atoi(number), true
	}
	u, err := user.Lookup(name)
	if err != nil {
		return 0, false
	}
	id, err := strconv.Atoi(u.Uid)
	return id, err == nil
}

func groupExists(name string) bool {
	if strings.HasPrefix(name, "#") {
		return true
	}
	_, err := user.LookupGroup(name)
	return err == nil
}
