// Package admin is Debian's tools around Apache: a2enmod and its sisters
// (enable.go, disable.go), a2query (query.go) and apache2ctl (ctl.go). What a
// tool does follows from the name it is called by. Their texts are those that
// scripts and people know.
package admin

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A call is a tool under way: how it was called, and what it talks to.
type call struct {
	argv     []string
	name     string // base name of argv[0]
	in       *bufio.Reader
	out, err io.Writer
	env      map[string]string
	paths    paths
}

// paths are where the tools find things; tests put them elsewhere.
type paths struct {
	root      string // put in front of the fixed ones
	sysInit   string // /proc/1/exe
	systemd   string // /run/systemd
	systemctl string
}

var systemPaths = paths{sysInit: "/proc/1/exe", systemd: "/run/systemd", systemctl: "/bin/systemctl"}

var toolNames = regexp.MustCompile(`^a2(en|dis)(mod|site|conf)((?:-.+)?)$`)

// Handles reports whether a program called name is one of the tools.
func Handles(name string) bool {
	return name == "a2query" || isControl(name) || strings.HasPrefix(name, "a2")
}

func isControl(name string) bool {
	base, _, _ := strings.Cut(name, "-")
	return base == "apache2ctl" || base == "apachectl"
}

// Main does the job of the program argv[0] and returns its exit code.
func Main(argv []string, in io.Reader, out, errw io.Writer) int {
	c := &call{argv: argv, name: filepath.Base(argv[0]), in: bufio.NewReader(in), out: out, err: errw,
		env: environ(), paths: systemPaths}
	switch {
	case c.name == "a2query":
		return c.query()
	case isControl(c.name):
		return c.control()
	}
	return c.tool()
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

// An exit ends the program at once with a code.
type exit int

// A tool is one of a2enmod, a2dismod, a2ensite, a2dissite, a2enconf and
// a2disconf.
type tool struct {
	*call
	enable bool
	kind   string // "mod", "site", "conf"
	obj    string // in messages: "module", "site", "conf"
	suffix string // "-INSTANCE", or ""
	ext    string // ".load" or ".conf"

	quiet, force, maint, purge bool

	confDir, available, enabled, stateDir string
	modsEnabled                           string
	changed                               bool
	service                               string // started or stopped beside it
}

// tool runs a2enmod and its sisters.
func (c *call) tool() (code int) {
	m := toolNames.FindStringSubmatch(c.name)
	if m == nil {
		c.complain("%s call name unknown", c.name)
		return 255
	}
	t := &tool{call: c, enable: m[1] == "en", kind: m[2], suffix: m[3]}
	t.obj, t.ext = map[string]string{"mod": "module", "site": "site", "conf": "conf"}[t.kind], ".conf"
	if t.kind == "mod" {
		t.ext = ".load"
	}
	names, ok := t.options()
	if !ok {
		return 2
	}
	defer func() {
		if e := recover(); e != nil {
			n, ok := e.(exit)
			if !ok {
				panic(e)
			}
			code = int(n)
		}
	}()
	if status := t.readEnvvars(); status != 0 {
		return status
	}
	t.locate()
	if len(names) == 0 {
		names = t.ask()
	}
	return t.all(names)
}

// options takes the flags out of the words (Getopt::Long with bundling).
func (t *tool) options() (names []string, ok bool) {
	ok = true
	long := map[string]*bool{"quiet": &t.quiet, "force": &t.force, "maintmode": &t.maint, "purge": &t.purge}
	short := map[rune]*bool{'q': &t.quiet, 'f': &t.force, 'm': &t.maint, 'p': &t.purge}
	words := t.argv[1:]
	for i, w := range words {
		switch {
		case w == "--":
			return append(names, words[i+1:]...), ok
		case strings.HasPrefix(w, "--"):
			flag := matchLong(long, w[2:])
			if flag == nil {
				t.complain("Unknown option: %s", w[2:])
				ok = false
				continue
			}
			*flag = true
		case strings.HasPrefix(w, "-") && len(w) > 1:
			for _, r := range w[1:] {
				flag := short[r]
				if flag == nil {
					t.complain("Unknown option: %c", r)
					ok = false
					continue
				}
				*flag = true
			}
		default:
			names = append(names, w)
		}
	}
	return names, ok
}

// matchLong finds an option by its name or the beginning of it.
func matchLong(options map[string]*bool, word string) *bool {
	if f := options[word]; f != nil {
		return f
	}
	for name, f := range options {
		if word != "" && strings.HasPrefix(name, word) {
			return f
		}
	}
	return nil
}

// locate finds the directories, by the environment or where they are packaged.
func (t *tool) locate() {
	t.confDir = t.orDefault("APACHE_CONFDIR", t.paths.root+"/etc/apache2"+t.suffix)
	plural := map[string]string{"mod": "mods", "site": "sites", "conf": "conf"}[t.kind]
	variable := map[string]string{"mod": "APACHE_MODS_", "site": "APACHE_SITES_", "conf": "APACHE_CONF_"}[t.kind]
	t.available = t.orDefault(variable+"AVAILABLE", t.confDir+"/"+plural+"-available")
	t.enabled = t.orDefault(variable+"ENABLED", t.confDir+"/"+plural+"-enabled")
	t.modsEnabled = t.orDefault("APACHE_MODS_ENABLED", t.confDir+"/mods-enabled")
	t.stateDir = t.orDefault("APACHE_STATE_DIRECTORY", t.paths.root+"/var/lib/apache2")
}

func (c *call) orDefault(name, value string) string {
	if v := c.env[name]; v != "" {
		return v
	}
	return value
}

// ask shows what there is and reads names.
func (t *tool) ask() []string {
	dir, verb := t.available, "enable"
	if !t.enable {
		dir, verb = t.enabled, "disable"
	}
	var choices []string
	for _, p := range glob(dir + "/*" + t.ext) {
		choices = append(choices, strings.TrimSuffix(filepath.Base(p), t.ext))
	}
	t.say("Your choices are: %s", strings.Join(choices, " "))
	t.say("Which %s(s) do you want to %s (wildcards ok)?", t.obj, verb)
	line, _ := t.in.ReadString('\n')
	return strings.Fields(line)
}

// all does the job for every name, and says what is to be done then.
func (t *tool) all(names []string) int {
	code := 0
	for _, name := range names {
		name = strings.TrimSuffix(name, t.ext)
		found := []string{name}
		if strings.ContainsAny(name, "*?[]{}~ \t\n") || name == "" {
			found = t.matching(name)
			if len(found) == 0 {
				t.complain("ERROR: No %s found matching %s!", t.obj, name)
				code = 1
				continue
			}
		}
		for _, n := range found {
			ok := false
			if t.enable {
				ok = t.enableOne(n)
			} else {
				ok = t.disableOne(n)
			}
			if !ok {
				code = 1
			}
		}
	}
	if t.changed && !t.quiet {
		t.activate()
	}
	return code
}

// matching are the names a pattern means.
func (t *tool) matching(pattern string) []string {
	dir := t.available
	if !t.enable {
		dir = t.enabled
	}
	var names []string
	for _, p := range strings.Fields(pattern) {
		for _, path := range glob(dir + "/" + p + t.ext) {
			if strings.ContainsAny(p, "*?[") {
				if _, err := os.Lstat(path); err != nil {
					continue
				}
			}
			names = append(names, strings.TrimSuffix(filepath.Base(path), t.ext))
		}
	}
	return names
}

// systemd reports whether it is what started the machine.
func (t *tool) underSystemd() bool {
	target, err := os.Readlink(t.paths.sysInit)
	return err == nil && strings.Contains(target, "systemd")
}

// activate says how to make the change count.
func (t *tool) activate() {
	verb := "reload"
	if t.kind == "mod" {
		verb = "restart"
	}
	service, instance := "apache2", ""
	if t.suffix != "" {
		instance = t.suffix[1:]
	}
	t.say("To activate the new configuration, you need to run:")
	if t.underSystemd() {
		if instance != "" {
			service += "@" + instance + ".service"
		}
		t.say("  systemctl %s %s", verb, service)
	} else {
		t.say("  service %s %s", service+t.suffix, verb)
	}
	t.serviceLine(instance)
}

// serviceLine names the outside service that has to be started or stopped.
func (t *tool) serviceLine(instance string) {
	if t.service == "" {
		return
	}
	verb := "start"
	if !t.enable {
		verb = "stop"
	}
	if t.underSystemd() {
		name := t.service
		if instance != "" {
			name += "@" + instance + ".service"
		}
		t.say("  systemctl %s %s", verb, name)
		return
	}
	t.say("  service %s %s", t.service+t.suffix, verb)
}
