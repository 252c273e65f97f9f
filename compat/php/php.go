// Package php stands in for mod_php, so that trees written for it run: LoadModule
// php_module, its handlers, and its directives in configuration and .htaccess.
// Apache has PHP in its own processes; here a php-fpm (or, where there is none,
// a php-cgi) answers, which the supervisor starts and watches as it does groups
// of Python processes (process.go). The values of directives go to it with each
// request (serve.go).
//
// Deviations: php_sapi_name() is "fpm-fcgi" (or "cgi-fcgi"), and functions that
// only mod_php has are not there. A php-cgi takes no values with a request: with
// php_value and its like beyond the server's own level the start is refused
// where there is no php-fpm, and in .htaccess the requests they are for are
// (500). The highlighted source of
// application/x-httpd-php-source is refused with 403. There can be 64 different
// sets of settings; requests that need more are answered 503. Messages about the
// processes are those of groups of mod_wsgi, whose name for them is "php".
package php

import (
	"slices"
	"strings"
	"sync"

	"understudy/apacheconf"
	"understudy/compat"
)

// Modules are what mod_php was called as.
var Modules = []*compat.Module{
	module("php_module", "mod_php.c"), module("php7_module", "mod_php7.c"), module("php5_module", "mod_php5.c"),
}

func module(name, file string) *compat.Module {
	return &compat.Module{
		Name: name,
		File: file,
		Directives: []compat.Directive{
			dir.Directive("php_value", compat.Take2, compat.Options, setter(false, false), "PHP Value Modifier"),
			dir.Directive("php_flag", compat.Take2, compat.Options, setter(true, false), "PHP Flag Modifier"),
			dir.Directive("php_admin_value", compat.Take2, compat.Access|compat.Server, setter(false, true), "PHP Value Modifier (Admin)"),
			dir.Directive("php_admin_flag", compat.Take2, compat.Access|compat.Server, setter(true, true), "PHP Flag Modifier (Admin)"),
			compat.Row("PHPINIDir", compat.Take1, compat.Server, iniDir, "Directory containing the php.ini file"),
		},
		Hooks: []compat.Hook{dir.On(compat.Handler, handle).Always()},
		Init:  complete,
	}
}

var dir = compat.NewSlot[config]()

// A config is what is said at a place.
type config struct{ values []value }

// A value is a setting of PHP. One that is the administrator's cannot be changed
// further inside.
type value struct {
	name, value string
	admin       bool
}

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	m := config{slices.Clone(base.values)}
	for _, v := range over.values {
		m.set(v)
	}
	return m
}

func (c *config) set(v value) {
	i := slices.IndexFunc(c.values, func(have value) bool { return have.name == v.name })
	switch {
	case i < 0:
		c.values = append(c.values, v)
	case v.admin || !c.values[i].admin:
		c.values[i] = v
	}
}

// get is the value of a setting.
func (c *config) get(name string) string {
	for _, v := range c.values {
		if v.name == name {
			return v.value
		}
	}
	return ""
}

func setter(flag, admin bool) func(*compat.Cmd, *config) error {
	return func(c *compat.Cmd, conf *config) error {
		v := value{c.Arg(0), c.Arg(1), admin}
		if flag {
			v.value = "0"
			if strings.EqualFold(c.Arg(1), "on") || c.Arg(1) == "1" {
				v.value = "1"
			}
		} else if strings.EqualFold(v.value, "none") {
			v.value = ""
		}
		if strings.ContainsAny(v.name+v.value, "\n\r\x00") || strings.ContainsAny(v.name, "= ") {
			return compat.Errorf("%s: a setting of PHP cannot be %q", c.Name, v.name)
		}
		conf.set(v)
		return nil
	}
}

func iniDir(c *compat.Cmd) error {
	s := settingsOf(c.Build)
	if s.iniDir != "" {
		return compat.Errorf("Only first PHPINIDir directive honored per configuration tree - subsequent ones ignored")
	}
	s.iniDir = c.Path(c.Arg(0))
	return nil
}

// settings are those of a build.
type settings struct {
	iniDir  string
	group   *Group
	sockets sync.Map // by kind of request
}

const shared = "php_module"

func settingsOf(b *compat.Build) *settings {
	s, ok := b.Shared[shared].(*settings)
	if !ok {
		s = &settings{}
		b.Shared[shared] = s
	}
	return s
}

// complete asks for the processes, and says so once.
func complete(b *compat.Build) error {
	s := settingsOf(b)
	if s.group != nil {
		return nil
	}
	g, err := newGroup(b, s.iniDir)
	if err != nil {
		return compat.Refuse("%s", err)
	}
	s.group = g
	b.Need(compat.Need{Kind: "php", Key: g.Key, Spec: g})
	b.Warn(apacheconf.Diagnostic{Bare: true, Module: "php", Level: "notice",
		Message: "mod_php is replaced by " + g.program + ", which Understudy starts and watches"})
	return nil
}
