package apacheconf

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// A thorough load finds every error, where another stops at the first.
func TestLoadThoroughly(t *testing.T) {
	files := txtar.Parse([]byte(`-- main.conf --
Include missing.conf
Include sub.conf
<IfDefine Never>
 Define
</IfDefine>
<IfDefine !Never>
 ServerRoot nowhere
</IfDefine>
<Directory />
 <Files x>
</Directory>
<Location />
</Locaton>
Alias /a /b
</Files>
Use Nothing
<VirtualHost *>
-- sub.conf --
Define a:b c
LoadModule strange_module strange.so
Alias /c /d
`))
	dir := t.TempDir()
	for _, f := range files.Files {
		os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644)
	}
	o := Options{Root: dir, File: "main.conf", Program: "apache2", Modules: fakeModules{}}
	_, first := Load(o)
	o.Thorough = true
	tree, err := Load(o)
	if err == nil || first == nil || err.Error() != first.Error() {
		t.Errorf("the first error is %v, want %v", err, first)
	}
	var got []string
	for _, d := range tree.Errors {
		got = append(got, strings.ReplaceAll(d.Pos.String()+": "+d.Message, dir+"/", ""))
	}
	want := []string{
		"main.conf:1: Could not open configuration file missing.conf: No such file or directory",
		"sub.conf:1: Variable name must not contain ':'",
		"sub.conf:2: Cannot load strange.so into server: strange.so: cannot open shared object file: No such file or directory",
		"main.conf:7: ServerRoot must be a valid directory",
		"main.conf:11: Expected </Files> but saw </Directory>",
		"main.conf:13: Expected </Location> but saw </Locaton>",
		"main.conf:15: </Files> without matching <Files> section",
		"main.conf:17: main.conf:17: <VirtualHost> was not closed.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var nodes strings.Builder
	show(&nodes, tree.Nodes, "")
	if want := "Alias /c /d\n<Directory />\n <Files x>\n<Location />\nAlias /a /b\nUse Nothing\n<VirtualHost *>\n"; nodes.String() != want {
		t.Errorf("got nodes\n%s\nwant\n%s", nodes.String(), want)
	}
	var obeyed []string
	for _, o := range tree.Obeyed {
		obeyed = append(obeyed, o.Node.Name)
		if o.Skipped != (o.Node.Args == "Never>") {
			t.Errorf("%s %s: skipped is %v", o.Node.Name, o.Node.Args, o.Skipped)
		}
	}
	if want := []string{"Include", "Include", "Define", "LoadModule", "<IfDefine", "<IfDefine", "ServerRoot"}; !slices.Equal(obeyed, want) {
		t.Errorf("obeyed while reading: %q, want %q", obeyed, want)
	}
}

// The caret is below what the message names.
func TestExplain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, c := range []struct{ line, message, caret string }{
		{"\tOptions Indexes Folow", "Illegal option Folow", "\t                ^"},
		{"DocumentRoot  \"/no where\"", "DocumentRoot '/no where' is not a directory, or is not readable", "              ^"},
		{"<VirtualHost a b>", "bad address [b]", "               ^"},
		{"Foo Foo", "Invalid command 'Fo', perhaps", "^"},
		{"  Listen 99", "Listen not allowed in <Directory> context", "  ^"},
		{"User ${WHO}x", "AH00111: Config variable ${WHO} is not defined", "     ^"},
		{"Ägypten α β", "Illegal option β", "          ^"},
	} {
		os.WriteFile(path, []byte(c.line+"\n"), 0o644)
		d := Diagnostic{Pos: Position{File: path, Line: 1}, Message: c.message}
		var b strings.Builder
		d.Explain(&b)
		if want := "     1 | " + c.line + "\n       | " + c.caret + "\n"; b.String() != want {
			t.Errorf("%s: got\n%swant\n%s", c.message, b.String(), want)
		}
	}
}

// What is wrong in a macro's text is shown where the macro is used.
func TestExplainMacro(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	os.WriteFile(path, []byte("Use Host a\n"), 0o644)
	d := Diagnostic{Pos: Position{Line: 3, File: `macro 'host' (defined on line 9 of "x") used on line 1 of "` + path + `"`,
		From: &Position{File: "main", Line: 2}}, Hint: "do better"}
	var b strings.Builder
	d.Explain(&b)
	want := "     1 | Use Host a\n       | ^\n       included from main:2\n       hint: do better\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}
