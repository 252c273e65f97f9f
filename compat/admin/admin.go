// Package admin is Debian's tools around Apache. What a program does follows
// from the name it is called by:
//
//	a2enmod, a2ensite, a2enconf      tool.go → enable.go
//	a2dismod, a2dissite, a2disconf   tool.go → disable.go
//	a2query                          query.go
//	apache2ctl, apachectl            ctl.go → sourced.go
//
// The first six take names (args.go, glob.go), look at the comment a file
// begins with (header.go), make or remove a link (link.go), note who did it
// (state.go) and say what is to be done next (service.go). They and apache2ctl
// run the shell file envvars first (envvars.go, ctl.go). Texts and exit codes
// are those that scripts and people know.
//
// Deviations: no Perl or shell warnings with line numbers; modules that depend
// on each other in a circle are enabled instead of recursing for ever; the run
// directories of who is not root stay his own; signals reach a server that
// apache2ctl has in the foreground.
package admin

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Handles reports whether a program called name is one of the tools.
func Handles(name string) bool {
	return isControl(name) || strings.HasPrefix(name, "a2")
}

// isControl reports whether name is apache2ctl's; an instance has "-NAME"
// behind it.
func isControl(name string) bool {
	base, _, _ := strings.Cut(name, "-")
	return base == "apache2ctl" || base == "apachectl"
}

// Main does the job of the program argv[0] and returns its exit code.
func Main(argv []string, in io.Reader, out, errw io.Writer) int {
	c := newCall(argv, in, out, errw)
	switch {
	case runtime.GOOS == "windows":
		c.complain("%s works with links and shell files, as Debian has them, and needs Unix.", c.name)
		c.complain("On Windows, edit the Include and LoadModule lines of the configuration instead.")
		return 1
	case c.name == "a2query":
		return c.query()
	case isControl(c.name):
		return c.control()
	}
	return c.switchThings()
}

// A call is a tool under way: how it was called, and what it talks to.
type call struct {
	path     string // what argv[0] stands for, with its folder
	name     string // its base name
	args     []string
	stdin    io.Reader
	in       *bufio.Reader // stdin, for questions
	out, err io.Writer
	terminal bool // err is one
	env      map[string]string
	paths    paths
}

// paths are where the tools find things; tests put them elsewhere.
type paths struct {
	confDir    string // of the instance without a name
	stateDir   string
	programs   string // where packages install the tools
	initLink   string // leads to the program that started the machine
	systemdDir string // exists where systemd runs
	systemctl  string
}

var system = paths{
	confDir:    "/etc/apache2",
	stateDir:   "/var/lib/apache2",
	programs:   "/usr/sbin",
	initLink:   "/proc/1/exe",
	systemdDir: "/run/systemd",
	systemctl:  "/bin/systemctl",
}

func newCall(argv []string, in io.Reader, out, errw io.Writer) *call {
	path := argv[0]
	if !strings.Contains(path, "/") {
		if found, err := exec.LookPath(path); err == nil {
			path = found
		}
	}
	return &call{
		path: path, name: filepath.Base(path), args: argv[1:],
		stdin: in, in: bufio.NewReader(in), out: out, err: errw,
		terminal: isTerminal(errw), env: environ(), paths: system,
	}
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func environ() map[string]string {
	env := map[string]string{}
	for _, v := range os.Environ() {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	return env
}

func (c *call) say(format string, args ...any) { fmt.Fprintf(c.out, format+"\n", args...) }

func (c *call) complain(format string, args ...any) { fmt.Fprintf(c.err, format+"\n", args...) }

// orDefault is a variable of the environment, or value where it is empty.
func (c *call) orDefault(name, value string) string {
	if v := c.env[name]; v != "" {
		return v
	}
	return value
}

// environment is env in the form that programs are given.
func (c *call) environment() []string {
	list := make([]string, 0, len(c.env))
	for name, value := range c.env {
		list = append(list, name+"="+value)
	}
	return list
}

// companion is the program called name that goes with this one. Tools that are
// used where they were built, without being installed, must not meet the
// machine's Apache: what lies beside them comes first. It is "" where there is
// none.
func (c *call) companion(name string) string {
	var dirs []string
	if strings.Contains(c.path, "/") {
		dirs = append(dirs, filepath.Dir(c.path))
	}
	dirs = append(dirs, c.paths.programs)
	if self, err := os.Executable(); err == nil {
		dirs = append(dirs, filepath.Dir(self))
	}
	for _, dir := range dirs {
		if path := filepath.Join(dir, name); executable(path) {
			return path
		}
	}
	return ""
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// underSystemd reports whether it is what started the machine.
func (c *call) underSystemd() bool {
	target, err := os.Readlink(c.paths.initLink)
	return err == nil && strings.Contains(target, "systemd")
}
