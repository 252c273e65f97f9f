package admin

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// apache2ctl is run in two halves. The first has a shell read envvars, and the
// shell then becomes the second (sourced.go): what the file exports, its umask
// and its limits count for the server, as they would were this a script.

// SourcedVariable is set in the environment of the second half, which is
// called by the program's own name.
const SourcedVariable = "UNDERSTUDY_SOURCED"

// Variables by which the first half tells the shell and the second what it is
// about. None of them reaches the server.
const (
	privatePrefix   = "UNDERSTUDY_CTL_"
	programVariable = privatePrefix + "PROGRAM" // to become
	calledVariable  = privatePrefix + "CALLED"  // argv[0]
	unitVariable    = privatePrefix + "UNIT"    // of systemd
	confVariable    = privatePrefix + "CONF"    // APACHE_CONFDIR, if it is empty
)

// scriptVariables are those that need not be exported in envvars to count.
var scriptVariables = []string{"APACHE_CONFDIR", "APACHE_ARGUMENTS", "APACHE_HTTPD", "APACHE_LYNX",
	"APACHE_STATUSURL", "APACHE_RUN_DIR", "APACHE_LOCK_DIR", "APACHE_RUN_USER", "APACHE_STARTED_BY_SYSTEMD"}

// The file is read with this program's name as $0 and its arguments, and may
// change them.
var sourceScript = `
: "${APACHE_CONFDIR:=$` + confVariable + `}"
: "${APACHE_ENVVARS:=$APACHE_CONFDIR/envvars}"
if test -f "$APACHE_ENVVARS"; then . "$APACHE_ENVVARS"; fi
limit=${APACHE_ULIMIT_MAX_FILES:-ulimit -n 8192}
if test "$(id -u)" -eq 0 && ! $limit; then
	echo 'Setting ulimit failed. See README.Debian for more information.' >&2
fi
for name in ` + strings.Join(scriptVariables, " ") + `; do
	eval "export ` + privatePrefix + `$name=\"\${$name-}\""
done
unset limit name
` + SourcedVariable + `=1
export ` + SourcedVariable + `
exec "$` + programVariable + `" "$@"
`

// control is the first half of apache2ctl.
func (c *call) control() int {
	program, err := os.Executable()
	if err != nil {
		program = c.path
	}
	conf := c.paths.confDir
	if instance, ok := strings.CutPrefix(c.name, "apache2ctl-"); ok {
		conf += "-" + instance
	}
	c.env[programVariable] = program
	c.env[calledVariable] = c.path
	c.env[confVariable] = conf
	c.env[unitVariable] = c.controlUnit(c.orDefault("APACHE_CONFDIR", conf))
	cmd := exec.Command("/bin/sh", append([]string{"-c", sourceScript, c.path}, c.args...)...)
	cmd.Env = c.environment()
	return c.become(cmd)
}

// controlUnit is the systemd unit of the instance with this folder.
func (c *call) controlUnit(conf string) string {
	if conf == c.paths.confDir {
		return "apache2"
	}
	return "apache2@" + strings.TrimPrefix(conf, c.paths.confDir+"-")
}

// A control is the second half of apache2ctl.
type control struct {
	*call
	vars map[string]string // scriptVariables
	unit string
}

// Sourced goes on as apache2ctl in the environment that envvars made.
func Sourced(argv []string) int {
	argv = slices.Concat([]string{os.Getenv(calledVariable)}, argv[1:])
	c := &control{call: newCall(argv, os.Stdin, os.Stdout, os.Stderr), vars: map[string]string{}}
	for _, name := range scriptVariables {
		c.vars[name] = c.env[privatePrefix+name]
	}
	c.unit = c.env[unitVariable]
	maps.DeleteFunc(c.env, func(name, _ string) bool {
		return name == SourcedVariable || strings.HasPrefix(name, privatePrefix)
	})
	return c.run()
}

// or is a variable of the shell, or value where it is empty.
func (c *control) or(name, value string) string {
	if v := c.vars[name]; v != "" {
		return v
	}
	return value
}

func (c *control) runDir() string { return c.or("APACHE_RUN_DIR", "/var/run/apache2") }

// directories makes the run and lock directories. Debian's script does so
// before any command, for the configuration names them.
func (c *control) directories() bool {
	owner := c.or("APACHE_RUN_USER", "www-data")
	run := c.runDir()
	if !isDir(run) {
		if err := os.MkdirAll(run, 0o777); err != nil {
			c.complain("mkdir: cannot create directory '%s': %s", failedPath(err, run), reason(err))
		}
	}
	for _, dir := range []string{run + "/socks", c.or("APACHE_LOCK_DIR", "/var/lock/apache2")} {
		if !isDir(dir) && !c.makeOwned(dir, owner) {
			return false
		}
	}
	return true
}

// makeOwned makes a directory that belongs to the user the server runs as. It
// gets its name last, so that no other apache2ctl finds it half made.
func (c *control) makeOwned(dir, owner string) bool {
	if _, err := os.Lstat(dir); err == nil {
		return c.notOwned("%s already exists but is not a directory owned by %s.", dir, owner)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".")
	if err != nil {
		c.complain("mktemp: failed to create directory via template '%s.XXXXXXXXXX': %s", dir, reason(err))
		return false
	}
	if err = os.Chmod(temp, 0o755); err == nil {
		err = giveTo(temp, owner)
	}
	if err != nil {
		os.Remove(temp)
		c.complain("%v", err)
		return false
	}
	if err := os.Rename(temp, dir); err != nil {
		os.Remove(temp)
		if !isDir(dir) {
			return c.notOwned("Cannot create %s with owner %s.", dir, owner)
		}
	}
	return true
}

func (c *control) notOwned(format, dir, owner string) bool {
	c.say(format+"\nPlease fix manually. Aborting.", dir, owner)
	return false
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
