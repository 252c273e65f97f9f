package info

import (
	"strings"
	"testing"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/compat/internal/conftest"
)

// tree is a configuration over two files.
func tree() []*apacheconf.Node {
	node := func(file string, line int, name, args string, children ...*apacheconf.Node) *apacheconf.Node {
		return &apacheconf.Node{Name: name, Args: args, Children: children, Pos: apacheconf.Position{File: file, Line: line}}
	}
	return []*apacheconf.Node{
		node("a", 1, "ServerName", "x"),
		node("a", 2, "<Directory", `"/<d>">`, node("a", 3, "Options", "None"),
			node("a", 4, "<Files", "y>", node("b", 1, "AddModuleInfo", "m t"))),
		node("a", 10, "<Location", "/>", node("a", 11, "Options", "All")),
	}
}

func TestDump(t *testing.T) {
	b := conftest.New(t, &Module)
	b.Tree.Nodes = tree()
	var out strings.Builder
	Dump(&out, b)
	want := "# In file: a\n#   1:\nServerName x\n#   2:\n<Directory \"/<d>\">\n  #   3:\n  Options None\n" +
		"  #   4:\n  <Files y>\n# In file: b\n    #   1:\n    AddModuleInfo m t\n# In file: a\n  </Files>\n</Directory>\n" +
		"#  10:\n<Location />\n  #  11:\n  Options All\n</Location>\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	if Dump(&out, conftest.New(t)); out.Len() != 0 {
		t.Error("dumped without the module")
	}
}

func TestModuleConfiguration(t *testing.T) {
	b := conftest.New(t, &Module)
	b.Tree.Nodes = tree()
	p := &page{b: b}
	p.configuration(&Module)
	want := "<dd><tt><strong>In file: a</strong></tt></dd>\n" +
		"<dd><tt>&nbsp;&nbsp;&nbsp;2:&nbsp;&lt;Directory &quot;/&lt;d&gt;&quot;&gt;</tt></dd>\n" +
		"<dd><tt>&nbsp;&nbsp;&nbsp;4:&nbsp;&nbsp;&nbsp;&lt;Files y&gt;</tt></dd>\n" +
		"<dd><tt><strong>In file: b</strong></tt></dd>\n" +
		"<dd><tt>&nbsp;&nbsp;&nbsp;1:&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;AddModuleInfo <i>m t</i></tt></dd>\n" +
		"<dd><tt><strong>In file: a</strong></tt></dd>\n" +
		"<dd><tt>&nbsp;&nbsp;&nbsp;&nbsp;:&nbsp;&nbsp;&nbsp;&lt;/Files&gt;</tt></dd>" +
		"<dd><tt>&nbsp;&nbsp;&nbsp;&nbsp;:&nbsp;&lt;/Directory&gt;</tt></dd>"
	if string(p.text) != want {
		t.Errorf("got\n%s\nwant\n%s", p.text, want)
	}
}

func TestServe(t *testing.T) {
	b := conftest.New(t, &Module)
	if err := (&conftest.Place{Host: b.Main}).Obey(`AddModuleInfo mod_info.c "more <b>"`); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"":            `<a href="#mod_info.c">mod_info.c</a>, `,
		"?LIST":       "<dd>mod_info.c</dd></dl>",
		"?server":     ">Server Settings</a>",
		"?hooks":      `10 <a href="?mod_info.c">mod_info.c</a>`,
		"?mod_info.c": "<dd>more <b></dd>",
	} {
		r := conftest.Get(b.Main, "/i"+query)
		p := &page{r: r, b: b, more: slot.Of(r), all: !r.HasQuery, query: r.Query, modules: sorted(b)}
		if p.asks("list") && !p.all {
			p.list()
		} else {
			p.sections()
		}
		if !strings.Contains(string(p.text), want) {
			t.Errorf("%s: no %q in\n%s", query, want, p.text)
		}
	}
	r := conftest.Get(b.Main, "/i")
	if r.Handler, r.Method = "server-info", "POST"; conftest.Run(r, compat.Handler) != compat.Declined {
		t.Error("POST is answered")
	}
}
