package admin

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Codes a2query ends with when a name is not enabled. Packages choose by them.
const (
	notFound        = ended(1)
	disabledByAdmin = ended(32)
	disabledByMaint = ended(33)
)

// A query is an a2query under way.
type query struct {
	*call
	version, magic, mpm string
	modules             []string
}

// query is a2query. It knows one instance only, whatever APACHE_CONFDIR says.
func (c *call) query() int {
	q := &query{call: c, version: "2.4.71", magic: "20120211", mpm: "invalid"}
	q.askServer()
	if err := q.readModules(); err != nil {
		return exitCode(err)
	}
	return exitCode(q.answer(c.getopts(c.args, "msc", "havMdq")))
}

// askServer has apache2ctl tell what it can. Where the configuration is broken
// the built-in answers stand.
func (q *query) askServer() {
	program := "apache2ctl"
	if dir := filepath.Dir(q.path); dir != "." && dir != q.paths.programs && executable(dir+"/"+program) {
		program = dir + "/" + program
	}
	out, err := exec.Command(program, "-V").Output()
	if err != nil {
		return
	}
	for line := range strings.Lines(string(out)) {
		m := versionLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		switch m[1] {
		case "Server version":
			q.version = notVersion.ReplaceAllString(m[2], "")
		case "Server MPM":
			q.mpm = m[2]
		case "Magic Number":
			q.magic, _, _ = strings.Cut(m[2], ":")
		}
	}
}

var (
	versionLine = regexp.MustCompile(`(Server version|Server MPM|Magic Number):\s+(.*?)\n?$`)
	notVersion  = regexp.MustCompile(`[^\d.]`)
	mpmName     = regexp.MustCompile(`mpm_(event|worker|prefork)`)
)

// readModules lists the enabled modules. Two MPMs make every answer doubtful.
func (q *query) readModules() error {
	names, err := q.enabledNames("mods-enabled", ".load")
	if err != nil {
		return err
	}
	for _, name := range names {
		if m := mpmName.FindStringSubmatch(name); m != nil {
			if q.mpm == "invalid" {
				q.mpm = m[1]
			}
			if slices.ContainsFunc(q.modules, isMPM) {
				q.complain("There is more than one MPM loaded. Do not proceed due to undefined results")
				return notFound
			}
		}
		q.modules = append(q.modules, name)
	}
	return nil
}

func isMPM(module string) bool {
	at := mpmName.FindStringIndex(module)
	return at != nil && at[0] == 0
}

// enabledNames are the files of a folder without their ending, in the order
// the folder has them. Links that lead nowhere count.
func (q *query) enabledNames(dir, ext string) ([]string, error) {
	path := q.paths.confDir + "/" + dir
	f, err := os.Open(path)
	if err != nil {
		q.complain("%s: %s", path, reason(err))
		return nil, notFound
	}
	defer f.Close()
	files, err := f.Readdirnames(-1)
	if err != nil {
		q.complain("%s: %s", path, reason(err))
		return nil, notFound
	}
	var names []string
	for _, file := range files {
		if name, ok := strings.CutSuffix(file, ext); ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// answer answers what was asked in an order of its own.
func (q *query) answer(asked map[byte]string) error {
	usageOut := q.out
	if _, ok := asked['q']; ok {
		q.out, q.err = io.Discard, io.Discard
	}
	for _, k := range []struct {
		letter         byte
		noun, dir, ext string
	}{
		{'m', "module", "", ""},
		{'s', "site", "sites-enabled", ".conf"},
		{'c', "conf", "conf-enabled", ".conf"},
	} {
		pattern, ok := asked[k.letter]
		if !ok {
			continue
		}
		names := q.modules
		if k.dir != "" {
			var err error
			if names, err = q.enabledNames(k.dir, k.ext); err != nil {
				return err
			}
		}
		if err := q.list(k.noun, pattern, names); err != nil {
			return err
		}
	}
	for _, fact := range []struct {
		letter byte
		value  string
	}{{'a', q.magic}, {'v', q.version}, {'M', q.mpm}, {'d', "/usr/lib/apache2/modules/"}} {
		if _, ok := asked[fact.letter]; ok {
			q.say("%s", fact.value)
		}
	}
	if _, ok := asked['h']; ok || len(asked) == 0 {
		io.WriteString(usageOut, strings.Replace(queryUsage, "NAME", q.path, 1))
	}
	return nil
}

var queryEnding = regexp.MustCompile(`\.(conf|load)`)

// list prints the enabled names that are the pattern, or all if it is empty.
func (q *query) list(noun, pattern string, names []string) error {
	pattern = strings.TrimPrefix(pattern, "mod")
	if at := queryEnding.FindStringIndex(pattern); at != nil {
		pattern = pattern[:at[0]] + pattern[at[1]:]
	}
	found := false
	for _, name := range names {
		if pattern != "" && pattern != name {
			continue
		}
		found = true
		who := "unknown"
		switch q.history(noun, "enabled", name) {
		case "maint":
			who = "maintainer script"
		case "admin":
			who = "site administrator"
		}
		q.say("%s (enabled by %s)", name, who)
	}
	if found {
		return nil
	}
	switch q.history(noun, "disabled", pattern) {
	case "maint":
		q.complain("No %s matches %s (disabled by maintainer script)", noun, pattern)
		return disabledByMaint
	case "admin":
		q.complain("No %s matches %s (disabled by site administrator)", noun, pattern)
		return disabledByAdmin
	}
	q.complain("No %s matches %s", noun, pattern)
	return notFound
}

// history is who enabled or disabled name, after the state files. An empty
// name asks for the folder: so does Debian's tool when nothing is enabled.
func (q *query) history(noun, what, name string) string {
	for _, who := range []string{"maint", "admin"} {
		if exists(q.paths.stateDir + "/" + noun + "/" + what + "_by_" + who + "/" + strings.TrimSuffix(name, ".conf")) {
			return who
		}
	}
	return ""
}

const queryUsage = "Usage: NAME -q -m [MODULE] -s [SITE] -c [CONF] -a -v -M -d -h \n" +
	"-q           \tsuppress any output. Useful for invocation from scripts\n" +
	"-m [MODULE]  \tchecks whether the module MODULE is enabled, lists all enabled\n" +
	"  \t        modules if no argument was given\n" +
	"-s [SITE]    \tchecks whether the site SITE is enabled, lists all sites if no\n" +
	"  \t        argument was given\n" +
	"-c [CONF]    \tchecks whether the configuration CONF is enabled, lists all\n" +
	"  \t        configurations if no argument was given\n" +
	"-a           \treturns the current Apache 2 module magic version\n" +
	"-v           \treturns the current Apache 2 version\n" +
	"-M           \treturns the enabled Apache 2 MPM\n" +
	"-d           \treturns the Apache 2 module directory\n" +
	"-h           \tdisplay this help\n"
