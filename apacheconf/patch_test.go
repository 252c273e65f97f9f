package apacheconf

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const twoHosts = "<VirtualHost *:80>\nServerName a\n</VirtualHost>\n<VirtualHost *:80>\nServerName b\n</VirtualHost>\n"

// A reload of some files gives what a load of all gives, or declines.
func TestReload(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string
		ok            bool
		hosts         []int
		fails         bool
	}{
		"the second host":    {twoHosts, "<VirtualHost *:80>\nServerName a\n</VirtualHost>\n<VirtualHost *:80>\nServerName c\nAlias / /x\n</VirtualHost>\n", true, []int{1, 2}, false},
		"a host more":        {twoHosts, twoHosts + "<VirtualHost *:81>\n</VirtualHost>\n", false, nil, false},
		"something else":     {twoHosts, twoHosts + "Listen 81\n", false, nil, false},
		"a variable":         {twoHosts, "<VirtualHost *:80>\nServerName ${A}\n</VirtualHost>\n<VirtualHost *:80>\n</VirtualHost>\n", false, nil, false},
		"no variable now":    {"<VirtualHost *:80>\nServerName ${A}\n</VirtualHost>\n", "<VirtualHost *:80>\n</VirtualHost>\n", false, nil, false},
		"a condition":        {"<VirtualHost *:80>\n</VirtualHost>\n", "<IfModule a.c>\n<VirtualHost *:80>\n</VirtualHost>\n</IfModule>\n", false, nil, false},
		"a condition inside": {"<VirtualHost *:80>\n</VirtualHost>\n", "<VirtualHost *:80>\n<IfDefine X>\nServerName x\n</IfDefine>\n</VirtualHost>\n", false, nil, false},
		"no end":             {twoHosts, "<VirtualHost *:80>\nServerName a\n", true, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(name, text string) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			os.Mkdir(filepath.Join(dir, "available"), 0o755)
			os.Mkdir(filepath.Join(dir, "enabled"), 0o755)
			write("httpd.conf", "Listen 80\nInclude enabled/*.conf\nServerName main\n")
			write("enabled/a.conf", "<VirtualHost *:80>\nServerName first\n</VirtualHost>\n")
			write("available/b.conf", c.before)
			write("enabled/c.conf", "<VirtualHost *:80>\nServerName last\n</VirtualHost>\n")
			if err := os.Symlink("../available/b.conf", filepath.Join(dir, "enabled/b.conf")); err != nil {
				t.Skip(err)
			}
			o := Options{Root: dir, File: "httpd.conf", Modules: fakeModules{}, Cache: NewCache()}
			tree, err := Load(o)
			if err != nil {
				t.Fatal(err)
			}
			write("available/b.conf", c.after)
			p, ok, err := tree.Reload(o, []string{filepath.Join(dir, "available/b.conf")})
			if ok != c.ok || (err != nil) != c.fails {
				t.Fatalf("ok %v, %v", ok, err)
			}
			again, wholeErr := Load(o)
			if c.fails {
				if wholeErr == nil || err.Error() != wholeErr.Error() {
					t.Errorf("got  %v\nwant %v", err, wholeErr)
				}
				return
			}
			if !ok {
				return
			}
			if !reflect.DeepEqual(p.Tree, again) {
				var got, want strings.Builder
				show(&got, p.Tree.Nodes, "")
				show(&want, again.Nodes, "")
				t.Errorf("got\n%s\nwant\n%s", &got, &want)
			}
			if !reflect.DeepEqual(p.Hosts, c.hosts) || len(p.Part.Nodes) != 2+len(c.hosts) {
				t.Errorf("hosts %v, %d nodes", p.Hosts, len(p.Part.Nodes))
			}
		})
	}
}

// What is not an included file, or is included twice, is loaded as a whole.
func TestReloadDeclines(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"httpd.conf": "Include a.conf\nInclude b.conf\nInclude b.conf\n", "a.conf": "Include c.conf\n",
		"b.conf": "<VirtualHost *:80>\n</VirtualHost>\n", "c.conf": "<VirtualHost *:80>\n</VirtualHost>\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	o := Options{Root: dir, File: "httpd.conf", Modules: fakeModules{}, Cache: NewCache()}
	tree, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"httpd.conf": false, "a.conf": false, "b.conf": false, "c.conf": true, "d.conf": false, ".": false} {
		if _, ok, err := tree.Reload(o, []string{filepath.Join(dir, name)}); ok != want || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}
