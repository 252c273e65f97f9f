package apacheconf

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// fakeModules is a Catalog of a few modules.
type fakeModules struct{}

func (fakeModules) Module(id string) (string, bool, bool) {
	switch id {
	case "core":
		return "core.c", true, true
	case "so_module", "version_module":
		return "mod_" + strings.TrimSuffix(id, "_module") + ".c", true, true
	case "alias_module", "macro_module":
		return "mod_" + strings.TrimSuffix(id, "_module") + ".c", false, true
	}
	return "", false, false
}

func (fakeModules) Static() []string { return []string{"core", "so_module", "version_module"} }

func (fakeModules) Directives(id string) []string {
	if id == "core" {
		return []string{"DocumentRoot", "<Directory"}
	}
	return nil
}

// load loads the files of an archive, the first being the main one.
func load(t testing.TB, archive string) (*Tree, string, error) {
	dir := t.TempDir()
	a := txtar.Parse([]byte(archive))
	for _, f := range a.Files {
		path := filepath.Join(dir, f.Name)
		os.MkdirAll(filepath.Dir(path), 0o755)
		os.WriteFile(path, f.Data, 0o644)
	}
	tree, err := Load(Options{Root: dir, File: a.Files[0].Name, Program: "apache2", Modules: fakeModules{},
		LookupEnv: func(n string) (string, bool) { return "env", n == "FROM_ENV" }})
	return tree, dir, err
}

// show prints nodes a line each, indented, sections with ">".
func show(b *strings.Builder, nodes []*Node, indent string) {
	for _, n := range nodes {
		fmt.Fprintf(b, "%s%s %s\n", indent, n.Name, n.Args)
		show(b, n.Children, indent+" ")
	}
}

func TestLoadTree(t *testing.T) {
	for name, c := range map[string]struct{ files, want string }{
		"words and continuation": {"-- m --\nA  b\\\n c \\\\\n d\n# comment \\\nB eaten\nC x # y\n", "A b c \\ d\nC x # y\n"},
		"sections":               {"-- m --\n<Directory \"/x y\">\nA\n</directory>\n", "<Directory \"/x y\">\n A \n"},
		"define":                 {"-- m --\nDefine X y\nA ${X} ${FROM_ENV} ${a:b}\nUnDefine X\nA ${X}\n", "A y env ${a:b}\nA ${X}\n"},
		"conditionals": {"-- m --\n<IfModule alias_module>\nA\n</IfModule>\nLoadModule alias_module x\n<IfModule mod_alias.c>\nB\n</IfModule>\n" +
			"<IfDefine !N>\nC\n<IfVersion >= 2.4>\nD\n</IfVersion>\n</IfDefine>\n<IfVersion < 2.4>\nE\n</IfVersion>\n<IfSection Directory>\nF\n</IfSection>\n",
			"B \nC \nD \nF \n"},
		"include order":      {"-- m --\nInclude d/*.conf\nIncludeOptional none/*.conf\n-- d/10.conf --\nTen\n-- d/2.conf --\nTwo\n-- d/x --\nX\n", "Ten \nTwo \n"},
		"include in section": {"-- m --\n<Directory /x>\nInclude i\n</Directory>\n-- i --\nA\n", "<Directory /x>\n A \n"},
		"macro": {"-- m --\nLoadModule macro_module x\n<Macro Site $name @text>\n<VirtualHost $name>\nA $name @text\n</VirtualHost>\n</Macro>\nUse site n \"a b\"\n",
			"<VirtualHost n>\n A n \"a b\"\n"},
		"crlf, no newline at the end": {"-- m --\nA b\r\nB c", "A b\nB c\n"},
	} {
		t.Run(name, func(t *testing.T) {
			tree, _, err := load(t, c.files)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			show(&b, tree.Nodes, "")
			if b.String() != c.want {
				t.Errorf("got\n%swant\n%s", b.String(), c.want)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	for _, c := range []struct{ files, want string }{
		{"-- m --\n<Directory /x>\n</Location>\n", "apache2: Syntax error on line 2 of DIR/m: Expected </Directory> but saw </Location>"},
		{"-- m --\n</Location>\n", "apache2: Syntax error on line 1 of DIR/m: </Location> without matching <Location> section"},
		{"-- m --\n<A x>\nB\n<C y>\n", "apache2: Syntax error on line 1 of DIR/m: DIR/m:3: <C> was not closed.\nDIR/m:1: <A> was not closed."},
		{"-- m --\n\nInclude i\n-- i --\nInclude none\n", "apache2: Syntax error on line 2 of DIR/m: Syntax error on line 1 of DIR/i: " +
			"Could not open configuration file DIR/none: No such file or directory"},
		{"-- m --\nInclude d/*.conf\n-- d/x --\n", "apache2: Syntax error on line 1 of DIR/m: Include/IncludeOptional: " +
			"No matches for the wildcard '*.conf' in 'DIR/d', failing"},
		{"-- m --\nInclude m\n", "Exceeded maximum include depth of 128, There appears to be a recursion."},
		{"-- m --\nLoadModule so_module x\n", "apache2: Syntax error on line 1 of DIR/m: module so_module is built-in and can't be loaded"},
		{"-- m --\nLoadModule no_module x.so\n", "apache2: Syntax error on line 1 of DIR/m: Cannot load x.so into server: " +
			"DIR/x.so: cannot open shared object file: No such file or directory"},
		{"-- m --\n<IfModule x>\n<A>\n</B>\n</IfModule>\n", "apache2: Syntax error on line 1 of DIR/m: Expected </A> but saw </B>"},
		{"-- m --\n<IfDefine>\n", "apache2: Syntax error on line 1 of DIR/m: <IfDefine> directive requires additional arguments"},
		{"-- m --\n<IfVersion ? 1>\n", "apache2: Syntax error on line 1 of DIR/m: unrecognized operator '?'"},
		{"-- m --\nDefine a:b\n", "apache2: Syntax error on line 1 of DIR/m: Variable name must not contain ':'"},
		{"-- m --\nLoadModule macro_module x\nUse x\n", "apache2: Syntax error on line 2 of DIR/m: no macro defined before Use"},
	} {
		_, dir, err := load(t, c.files)
		got := "no error"
		if err != nil {
			got = strings.ReplaceAll(err.Error(), dir, "DIR")
		}
		if !strings.HasSuffix(got, c.want) {
			t.Errorf("%q:\ngot  %q\nwant %q", c.files, got, c.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	tree, _, err := load(t, "-- m --\nA ${NO}\nLoadModule alias_module x\nLoadModule alias_module x\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range tree.Warnings {
		got = append(got, w.Message)
	}
	want := []string{"AH00111: Config variable ${NO} is not defined", "AH01574: module alias_module is already loaded, skipping"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEncode(t *testing.T) {
	tree, _, err := load(t, "-- m --\n<A x>\nInclude i\n</A>\nB\n-- i --\nC\nC\n<D>\n</D>\n")
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := tree.Encode(&buf); err != nil {
		t.Fatal(err)
	}
	again, err := Decode(&buf)
	if err != nil {
		t.Fatal(err)
	}
	var a, b strings.Builder
	show(&a, tree.Nodes, "")
	show(&b, again.Nodes, "")
	if a.String() != b.String() {
		t.Errorf("got\n%swant\n%s", b.String(), a.String())
	}
	got, want := again.Nodes[0].Children[1].Pos, tree.Nodes[0].Children[1].Pos
	if got.String() != want.String() || got.From.String() != want.From.String() {
		t.Errorf("position: got %v from %v, want %v from %v", got, got.From, want, want.From)
	}
}

func TestWord(t *testing.T) {
	for _, c := range []struct{ in, word, rest string }{
		{`  a b`, "a", "b"}, {`"a b"c d`, "a b", "c d"}, {`'a\'b' c`, "a'b", "c"},
		{`"a\nb`, `a\nb`, ""}, {`a\\b "`, `a\b`, `"`}, {`"" x`, "", "x"}, {``, "", ""},
		{`"a\`, `a\`, ""}, {`"a\\" b`, `a\`, "b"},
	} {
		if word, rest := Word(c.in); word != c.word || rest != c.rest {
			t.Errorf("Word(%q): got %q, %q, want %q, %q", c.in, word, rest, c.word, c.rest)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("<IfModule x>\n<A>\n</A>\n</IfModule>\nDefine a b\nX ${a}\n")
	f.Add("LoadModule macro_module x\n<Macro m $a>\n$a\n</Macro>\nUse m Use\n")
	f.Add("<A\n</A>\n\\\n\x00<IfVersion ~ ( >")
	f.Fuzz(func(t *testing.T, text string) {
		tree, _, err := load(t, "-- m --\n"+text)
		if err == nil && tree == nil {
			t.Error("neither a tree nor an error")
		}
	})
}

func FuzzWords(f *testing.F) {
	f.Add(`a "b c" 'd\'' {e {f}}`)
	f.Fuzz(func(t *testing.T, s string) {
		Words(s)
		for s != "" {
			_, rest := Word2(s)
			if len(rest) >= len(s) {
				t.Fatalf("Word2(%q) makes no progress", s)
			}
			s = rest
		}
	})
}

func BenchmarkLoad5000Hosts(b *testing.B) {
	var text strings.Builder
	text.WriteString("-- m --\n")
	for i := range 5000 {
		fmt.Fprintf(&text, "<VirtualHost *:80>\nServerName h%d.example\nDocumentRoot /srv/%d\n", i, i)
		for j := range 9 {
			fmt.Fprintf(&text, "Alias /a%d /srv/%d/a\n", j, i)
		}
		text.WriteString("</VirtualHost>\n")
	}
	dir := b.TempDir()
	os.WriteFile(filepath.Join(dir, "m"), []byte(text.String()[8:]), 0o644)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(Options{Root: dir, File: "m", Modules: fakeModules{}}); err != nil {
			b.Fatal(err)
		}
	}
}
