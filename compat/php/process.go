package php

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"understudy/compat"
)

// GroupName is how the processes are called in messages.
const GroupName = "php"

// A Group is the processes that run PHP.
type Group struct {
	Key     string
	program string // path of php-fpm or php-cgi
	manager bool   // it is a php-fpm
	iniDir  string // "": its own
	values  []value
}

// places are where the programs are, newest version first.
var places = []string{"/usr/sbin/php-fpm*", "/usr/local/sbin/php-fpm*", "/usr/bin/php-cgi*", "/usr/local/bin/php-cgi*"}

// newGroup finds the program. ini is what PHPINIDir says, or "".
func newGroup(b *compat.Build, ini string) (*Group, error) {
	g := &Group{iniDir: ini}
	for _, place := range places {
		found, _ := filepath.Glob(place)
		sort.Sort(sort.Reverse(sort.StringSlice(found)))
		if len(found) > 0 {
			g.program, g.manager = found[0], strings.Contains(place, "fpm")
			break
		}
	}
	if g.program == "" {
		return nil, errors.New("php_module is loaded, but neither php-fpm nor php-cgi is installed: Understudy runs PHP by " +
			"one of them, not in its own process (on Debian: apt-get install php-fpm)")
	}
	if g.iniDir == "" {
		g.iniDir = debianIni(g.program)
	}
	if c := dir.In(b.Main.Section.Vector); c != nil {
		g.values = c.values
	}
	if !g.manager {
		if err := g.onlyOwn(b); err != nil {
			return nil, err
		}
	}
	g.Key = strings.Join([]string{"php", g.program, g.iniDir}, "\x00")
	for _, v := range g.arguments() {
		g.Key += "\x00" + v
	}
	return g, nil
}

// debianIni is the directory of mod_php's own php.ini for the version of
// program, if it is there.
func debianIni(program string) string {
	version := strings.TrimLeft(filepath.Base(program), "abcdefghijklmnopqrstuvwxyz-")
	ini := "/etc/php/" + version + "/apache2"
	if _, err := os.Stat(ini + "/php.ini"); err != nil || version == "" {
		return ""
	}
	return ini
}

// onlyOwn refuses values that a php-cgi cannot be told with a request.
func (g *Group) onlyOwn(b *compat.Build) error {
	for _, s := range b.Sections {
		if c := dir.In(s.Vector); c != nil && len(c.values) > 0 && s != b.Main.Section {
			return errors.New("php_value and its like in a section need a php-fpm, and only " + g.program + " is installed " +
				"(on Debian: apt-get install php-fpm)")
		}
	}
	return nil
}

// takes reports whether the processes can be told what c says. A php-cgi knows
// what it was started with. That it is not started anew with what a .htaccess
// says is on purpose: there "-d" would set what only the administrator may.
func (g *Group) takes(c *config) bool {
	return g.manager || c.kind() == (&config{g.values}).kind()
}

// arguments are those of a php-cgi.
func (g *Group) arguments() []string {
	if g.manager {
		return nil
	}
	var args []string
	for _, v := range g.values {
		args = append(args, "-d", v.name+"="+v.value)
	}
	return args
}

// Variables by which a group's process knows what to start.
const (
	programVariable = "UNDERSTUDY_PHP"
	iniVariable     = "UNDERSTUDY_PHP_INI"
	valuesVariable  = "UNDERSTUDY_PHP_VALUES"
)

// Environment is that of the process that starts PHP ([Work]).
func (g *Group) Environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "UNDERSTUDY_") })
	return append(env, programVariable+"="+g.program, iniVariable+"="+g.iniDir,
		valuesVariable+"="+strings.Join(g.arguments(), "\x1f"))
}
