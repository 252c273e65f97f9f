package php

import (
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func TestMerge(t *testing.T) {
	b := conftest.New(t, Modules[0])
	root := &conftest.Place{Host: b.Main}
	in := conftest.In(b.Main, "<Directory", "/d/")
	if err := root.Obey("php_admin_value open_basedir /srv", "php_value memory_limit 1M", "php_flag x on"); err != nil {
		t.Fatal(err)
	}
	if err := in.Obey("php_value open_basedir /", "php_value memory_limit none", "php_admin_flag x off"); err != nil {
		t.Fatal(err)
	}
	m := dir.In(b.Main.Section.Vector).Merge(*dir.In(in.Section.Vector))
	for name, want := range map[string]string{"open_basedir": "/srv", "memory_limit": "", "x": "0"} {
		if got := m.get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if m.kind() == (&config{}).kind() || m.kind() == dir.In(b.Main.Section.Vector).kind() {
		t.Error("different settings are of one kind")
	}
	if err := root.Obey("php_value a \"b\nc\""); err != nil {
		t.Log(err)
	}
}

// TestCGI checks that a php-cgi answers no request for which more is set than it
// was started with.
func TestCGI(t *testing.T) {
	own, more := config{[]value{{"a", "1", false}}}, config{[]value{{"a", "1", false}, {"b", "2", false}}}
	for _, c := range []struct {
		manager bool
		conf    config
		want    bool
	}{{false, own, true}, {false, more, false}, {false, config{}, false}, {true, more, true}} {
		g := &Group{manager: c.manager, values: own.values}
		if got := g.takes(&c.conf); got != c.want {
			t.Errorf("manager %v, %v: got %v, want %v", c.manager, c.conf, got, c.want)
		}
	}
}

// TestSay checks that settings of the request's environment are not those of the
// configuration.
func TestSay(t *testing.T) {
	r := &compat.Request{}
	r.Env.Set("PHP_VALUE", "auto_prepend_file=/etc/passwd")
	say(r, "PHP_VALUE", nil, false)
	if r.Env.Has("PHP_VALUE") {
		t.Error("what others set is told to PHP")
	}
	say(r, "PHP_ADMIN_VALUE", []value{{"a", "1", true}, {"engine", "1", true}, {"b", "2", false}}, true)
	if got := r.Env.Get("PHP_ADMIN_VALUE"); got != "a=1" {
		t.Errorf("got %q", got)
	}
}
