package admin

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Variables by which apache2ctl calls itself again, from within the shell that
// has read envvars: what that file exports, and its umask and ulimit, count
// from then on.
const (
	SourcedVariable = "UNDERSTUDY_SOURCED"
	calledVariable  = "UNDERSTUDY_CALLED"
)

// control is apache2ctl.
func (c *call) control() int {
	confDir := c.env["APACHE_CONFDIR"]
	if confDir == "" {
		confDir = c.paths.root + "/etc/apache2"
		if _, suffix, ok := strings.Cut(c.name, "-"); ok {
			confDir += "-" + suffix
		}
	}
	envvars := c.env["APACHE_ENVVARS"]
	if envvars == "" {
		envvars = confDir + "/envvars"
	}
	self, err := os.Executable()
	if err != nil {
		c.complain("%v", err)
		return 1
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", sourceScript, self}, c.argv[1:]...)...)
	cmd.Env = append(os.Environ(), "APACHE_CONFDIR="+confDir, "APACHE_ENVVARS="+envvars, SourcedVariable+"=1", calledVariable+"="+c.argv[0])
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, c.out, c.err
	return c.code(cmd.Run())
}

// sourceScript reads envvars, raises the limit of open files, and goes on as
// the program that is $0.
const sourceScript = `
export APACHE_CONFDIR APACHE_ENVVARS
if test -f "$APACHE_ENVVARS"; then . "$APACHE_ENVVARS"; fi
export APACHE_CONFDIR APACHE_ARGUMENTS APACHE_HTTPD APACHE_LYNX APACHE_STATUSURL APACHE_RUN_DIR APACHE_LOCK_DIR APACHE_RUN_USER
limit="${APACHE_ULIMIT_MAX_FILES:-ulimit -n 8192}"
if [ "$(id -u)" -eq 0 ]; then
	$limit || { echo; echo "Setting ulimit failed. See README.Debian for more information."; } >&2
fi
exec "$0" "$@"
`

// code is the exit code of a program that was run.
func (c *call) code(err error) int {
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ended):
		if ended.ExitCode() < 0 {
			return 1
		}
		return ended.ExitCode()
	}
	c.complain("%v", err)
	return 127
}

// Sourced goes on as apache2ctl in the environment that envvars made.
func Sourced(argv []string) int {
	argv = append([]string{os.Getenv(calledVariable)}, argv[1:]...)
	os.Unsetenv(SourcedVariable)
	os.Unsetenv(calledVariable)
	os.Unsetenv("APACHE_ENVVARS")
	c := &call{argv: argv, name: filepath.Base(argv[0]), out: os.Stdout, err: os.Stderr, env: environ(), paths: systemPaths}
	return c.sourced()
}

func (c *call) sourced() int {
	words := c.argv[1:]
	arg := strings.Join(words, " ")
	switch arg {
	case "", "help", "usage", "--help":
		c.controlUsage()
		return 1
	}
	if !c.directories() {
		return 1
	}
	code := c.act(arg, words)
	if code != 0 {
		c.say("Action '%s' failed.", arg)
		c.say("The Apache error log may have more information.")
	}
	return code
}

func (c *call) controlUsage() {
	name := c.argv[0]
	c.complain("Usage: %s start|stop|restart|graceful|graceful-stop|configtest|status|fullstatus|help", name)
	c.complain("       %s <apache2 args>", name)
	c.complain("       %s -h            (for help on <apache2 args>)", name)
}

// act does what the words say.
func (c *call) act(arg string, words []string) int {
	switch arg {
	case "start":
		return c.start()
	case "stop", "graceful-stop":
		return c.server("-k", arg)
	case "restart", "graceful":
		if c.silently("-t") != 0 {
			c.server("-t")
			return 1
		}
		return c.server("-k", arg)
	case "configtest":
		return c.server("-t")
	case "status", "fullstatus":
		return c.status(arg == "fullstatus")
	case "startssl", "sslstart", "start-SSL":
		c.say("The startssl option is no longer supported.\n" +
			"Please edit httpd.conf to include the SSL configuration settings\nand then use apachectl start.")
		return 2
	}
	return c.server(words...)
}

// program is the server to run: what APACHE_HTTPD names, the one beside this
// tool, or where Debian has it.
func (c *call) program() string {
	if p := c.env["APACHE_HTTPD"]; p != "" {
		return p
	}
	if p := beside(c.argv[0], "apache2"); p != "" {
		return p
	}
	if p := c.paths.root + "/usr/sbin/apache2"; executable(p) {
		return p
	}
	if self, err := os.Executable(); err == nil {
		if p := beside(self, "apache2"); p != "" {
			return p
		}
	}
	return "/usr/sbin/apache2"
}

func (c *call) serverCommand(words ...string) *exec.Cmd {
	args := strings.Fields(c.env["APACHE_ARGUMENTS"])
	if dir := c.env["APACHE_CONFDIR"]; dir != "" && dir != "/etc/apache2" {
		args = append([]string{"-d", dir}, args...)
	}
	cmd := exec.Command(c.program(), append(args, words...)...)
	cmd.Stdin = os.Stdin
	return cmd
}

func (c *call) server(words ...string) int {
	cmd := c.serverCommand(words...)
	cmd.Stdout, cmd.Stderr = c.out, c.err
	return c.code(forwardSignals(cmd))
}

func (c *call) silently(words ...string) int { return c.code(c.serverCommand(words...).Run()) }

func (c *call) runDir() string { return c.orDefault("APACHE_RUN_DIR", "/var/run/apache2") }

// start starts the server, by systemd where that is in charge.
func (c *call) start() int {
	for _, f := range glob(c.runDir() + "/*ssl_scache*") {
		os.Remove(f)
	}
	target, err := os.Readlink(c.paths.sysInit)
	if err != nil || !strings.Contains(target, "systemd") || c.env["APACHE_STARTED_BY_SYSTEMD"] != "" {
		return c.server("-k", "start")
	}
	unit := "apache2"
	if _, suffix, ok := strings.Cut(c.name, "-"); ok {
		unit += "@" + suffix
	}
	c.say("Invoking 'systemctl start %s'.", unit)
	c.say("Use 'systemctl status %s' for more info.", unit)
	cmd := exec.Command("systemctl", "start", unit)
	cmd.Stdout, cmd.Stderr = c.out, c.err
	return c.code(cmd.Run())
}

var lastStatusLine = regexp.MustCompile(`(?ms)\A(.*?process)$`)

// status shows the status page as text.
func (c *call) status(full bool) int {
	lynx := c.orDefault("APACHE_LYNX", "www-browser -dump")
	url := c.orDefault("APACHE_STATUSURL", "http://localhost:80/server-status")
	words := append(strings.Fields(lynx), url)
	out, err := exec.Command(words[0], words[1:]...).Output()
	if err != nil {
		c.complain("'%s %s' failed.", lynx, url)
		c.complain("Maybe you need to install a package providing www-browser or you")
		c.complain("need to adjust the APACHE_LYNX variable in /etc/apache2/envvars")
		if full {
			return 1
		}
		return 0
	}
	if full {
		c.out.Write(out)
		return 0
	}
	if m := lastStatusLine.Find(out); m != nil {
		out = append(m, '\n')
	}
	c.out.Write(out)
	return 0
}
