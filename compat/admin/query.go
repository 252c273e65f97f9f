package admin

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

const queryUsage = "Usage: %s -q -m [MODULE] -s [SITE] -c [CONF] -a -v -M -d -h \n" +
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

// Codes a2query ends with.
const (
	notFound        = 1
	disabledByAdmin = 32
	disabledByMaint = 33
)

// query is a2query. Its paths are fixed, whatever APACHE_CONFDIR says.
func (c *call) query() int {
	q, ok := c.queryOptions()
	if !ok {
		fmt.Fprintf(c.out, queryUsage, c.name)
		return 0
	}
	if q.asked['q'] {
		c.out, c.err = discard{}, discard{}
	}
	if q.asked['h'] || !q.any {
		fmt.Fprintf(c.out, queryUsage, c.name)
		return 0
	}
	enabled := c.paths.root + "/etc/apache2/mods-enabled"
	if _, err := os.ReadDir(enabled); err != nil {
		c.complain("%s: No such file or directory", enabled)
		return 1
	}
	mpm, several := enabledMPM(enabled)
	if several {
		c.complain("There is more than one MPM loaded. Do not proceed due to undefined results")
		return 1
	}
	magic, version := c.askServer()
	for _, kind := range []byte{'m', 's', 'c'} {
		if !q.asked[kind] {
			continue
		}
		if code := c.list(kind, q.values[kind]); code != 0 {
			return code
		}
	}
	for _, answer := range []struct {
		flag byte
		text string
	}{{'a', magic}, {'v', version}, {'M', mpm}, {'d', "/usr/lib/apache2/modules/"}} {
		if q.asked[answer.flag] {
			c.say("%s", answer.text)
		}
	}
	return 0
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// A queryCall is what a2query was asked.
type queryCall struct {
	asked  map[byte]bool
	values map[byte]string
	any    bool
}

func (c *call) queryOptions() (q queryCall, ok bool) {
	q = queryCall{asked: map[byte]bool{}, values: map[byte]string{}}
	words := c.argv[1:]
	for i := 0; i < len(words); i++ {
		w := words[i]
		if len(w) < 2 || w[0] != '-' {
			continue
		}
		for j := 1; j < len(w); j++ {
			f := w[j]
			switch {
			case strings.IndexByte("msc", f) >= 0:
				value := w[j+1:]
				if value == "" && i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
					i++
					value = words[i]
				}
				q.asked[f], q.values[f], q.any = true, value, true
				j = len(w)
			case strings.IndexByte("avMd", f) >= 0:
				q.asked[f], q.any = true, true
			case f == 'q' || f == 'h':
				q.asked[f] = true
			default:
				c.complain("Unknown option: %c", f)
			}
		}
	}
	return q, q.any || q.asked['h']
}

// enabledMPM is the one whose link is there; several tells that more than one
// is.
func enabledMPM(dir string) (mpm string, several bool) {
	mpm = "invalid"
	for _, m := range []string{"event", "worker", "prefork"} {
		if _, err := os.Lstat(dir + "/mpm_" + m + ".load"); err != nil {
			continue
		}
		if mpm != "invalid" {
			return mpm, true
		}
		mpm = m
	}
	return mpm, false
}

var (
	magicLine   = regexp.MustCompile(`Server's Module Magic Number: (\d+)`)
	versionLine = regexp.MustCompile(`Server version: Apache/([\d.]+)`)
)

// askServer asks apache2ctl -V; where it does not answer, what is known here
// stands in.
func (c *call) askServer() (magic, version string) {
	magic, version = "20120211", "2.4.71"
	program := beside(c.argv[0], "apache2ctl")
	if program == "" {
		program = "apache2ctl"
	}
	cmd := exec.Command(program, "-V")
	out, _ := cmd.Output()
	if m := magicLine.FindSubmatch(out); m != nil {
		magic = string(m[1])
	}
	if m := versionLine.FindSubmatch(out); m != nil {
		version = string(m[1])
	}
	return magic, version
}

var queryKinds = map[byte]struct{ dir, ext, state, word string }{
	'm': {"mods-enabled", ".load", "module", "module"},
	's': {"sites-enabled", ".conf", "site", "site"},
	'c': {"conf-enabled", ".conf", "conf", "conf"},
}

// list prints what is enabled of a kind: everything, or one by name.
func (c *call) list(kind byte, name string) int {
	k := queryKinds[kind]
	dir := c.paths.root + "/etc/apache2/" + k.dir
	if name == "" {
		for _, p := range glob(dir + "/*" + k.ext) {
			n := strings.TrimSuffix(filepath.Base(p), k.ext)
			c.say("%s (enabled by %s)", n, c.who(k.state, "enabled", n))
		}
		return 0
	}
	name = strings.Replace(strings.Replace(name, ".conf", "", 1), ".load", "", 1)
	name = strings.TrimPrefix(name, "mod")
	if _, err := os.Lstat(dir + "/" + name + k.ext); err == nil {
		c.say("%s (enabled by %s)", name, c.who(k.state, "enabled", name))
		return 0
	}
	switch who := c.who(k.state, "disabled", name); who {
	case "site administrator":
		c.complain("No %s matches %s (disabled by %s)", k.word, name, who)
		return disabledByAdmin
	case "maintainer script":
		c.complain("No %s matches %s (disabled by %s)", k.word, name, who)
		return disabledByMaint
	}
	c.complain("No %s matches %s", k.word, name)
	return notFound
}

// who enabled or disabled name, after the state files.
func (c *call) who(state, what, name string) string {
	dir := c.paths.root + "/var/lib/apache2/" + state + "/" + what + "_by_"
	if _, err := os.Stat(dir + "maint/" + name); err == nil {
		return "maintainer script"
	}
	if _, err := os.Stat(dir + "admin/" + name); err == nil {
		return "site administrator"
	}
	return "unknown"
}
