package admin

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
)

// A kind is what a tool switches.
type kind struct {
	noun  string // in messages, and the folder of its state files
	label string // at their beginning
	dir   string // before -available and -enabled
	ext   string
	tail  *regexp.Regexp // what is taken off a name the user gives
	after string         // what the server has to do then
}

// Debian's tools leave the dot of the extension unquoted: for them "myconf" is
// site "m". So they are for us, or a script would do different things.
var kinds = map[string]kind{
	"mod":  {"module", "Module", "mods", ".load", regexp.MustCompile(`.load$`), "restart"},
	"site": {"site", "Site", "sites", ".conf", regexp.MustCompile(`.conf$`), "reload"},
	"conf": {"conf", "Conf", "conf", ".conf", regexp.MustCompile(`.conf$`), "reload"},
}

// A tool is one of a2enmod, a2dismod, a2ensite, a2dissite, a2enconf and
// a2disconf.
type tool struct {
	*call
	kind
	flags
	on       bool   // it enables
	instance string // "-NAME", or ""

	available, enabled string // folders
	modsEnabled        string
	states             string

	underway []string // modules whose dependencies are being enabled
	changed  bool
	service  bool // one beside the server is concerned
}

// errFailed is the end of one name; why has been said.
var errFailed = errors.New("failed")

// An ended error ends the program with this code; why has been said.
type ended int

func (e ended) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

var toolName = regexp.MustCompile(`^a2(en|dis)(mod|site|conf)(-.+)?$`)

// switchThings is a2enmod and its sisters.
func (c *call) switchThings() int {
	f, names, ok := c.readFlags(c.args)
	if !ok {
		return 2
	}
	m := toolName.FindStringSubmatch(c.name)
	if m == nil {
		c.complain("%s call name unknown", c.name)
		return 255
	}
	t := &tool{call: c, kind: kinds[m[2]], flags: f, on: m[1] == "en", instance: m[3]}
	if err := t.readEnvvars(); err != nil {
		return exitCode(err)
	}
	t.locate()
	if len(names) == 0 {
		names = t.ask()
	}
	return t.all(names)
}

func exitCode(err error) int {
	var e ended
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return int(e)
	}
	return 1
}

// locate finds the folders, where the environment or the package has them.
func (t *tool) locate() {
	conf := t.orDefault("APACHE_CONFDIR", t.paths.confDir+t.instance)
	variable := "APACHE_" + strings.ToUpper(t.dir)
	t.available = t.orDefault(variable+"_AVAILABLE", conf+"/"+t.dir+"-available")
	t.enabled = t.orDefault(variable+"_ENABLED", conf+"/"+t.dir+"-enabled")
	t.modsEnabled = t.orDefault("APACHE_MODS_ENABLED", conf+"/mods-enabled")
	t.states = t.orDefault("APACHE_STATE_DIRECTORY", t.paths.stateDir) + "/" + t.noun
}

// verb is "enable" or "disable".
func (t *tool) verb() string {
	if t.on {
		return "enable"
	}
	return "disable"
}

// ask shows what there is, and reads names.
func (t *tool) ask() []string {
	t.say("Your choices are: %s", strings.Join(t.matching("*"), " "))
	t.say("Which %s(s) do you want to %s (wildcards ok)?", t.noun, t.verb())
	line, _ := t.in.ReadString('\n')
	return strings.Fields(line)
}

// matching are the names a pattern means: of what can be enabled, or is.
func (t *tool) matching(pattern string) []string {
	dir := t.available
	if !t.on {
		dir = t.enabled
	}
	var names []string
	for _, path := range glob(globLiteral(dir) + "/" + pattern + t.ext) {
		name := strings.TrimPrefix(path, dir+"/")
		names = append(names, t.tail.ReplaceAllString(name, ""))
	}
	return names
}

// all does the job for the names in their order. One that fails does not stop
// the others.
func (t *tool) all(args []string) int {
	code := 0
	var names []string
	for _, arg := range args {
		arg = t.tail.ReplaceAllString(arg, "")
		found := t.matching(arg)
		if len(found) == 0 {
			t.complain("ERROR: No %s found matching %s!", t.noun, arg)
			code = 1
		}
		names = append(names, found...)
	}
	for _, name := range names {
		err := t.one(name)
		var e ended
		if errors.As(err, &e) {
			return int(e)
		}
		if err != nil {
			code = 1
		}
	}
	if t.changed {
		t.announce()
	}
	return code
}

func (t *tool) one(name string) error {
	if t.on {
		return t.enable(name)
	}
	return t.disable(name)
}

// note says what -q leaves out.
func (t *tool) note(format string, args ...any) {
	if !t.quiet {
		t.say(format, args...)
	}
}

// fail says that one name failed, and why.
func (t *tool) fail(format string, args ...any) error {
	t.complain("ERROR: "+format, args...)
	return errFailed
}

// end says why the program ends; its code is the system's error number.
func (t *tool) end(err error, format string, args ...any) error {
	t.complain(format, args...)
	var n syscall.Errno
	if errors.As(err, &n) {
		return ended(n)
	}
	return ended(1)
}

// reason is an error as C programs spell it.
func reason(err error) string {
	var n syscall.Errno
	if !errors.As(err, &n) {
		return err.Error()
	}
	s := n.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

func dangles(path string) bool { return isLink(path) && !exists(path) }
