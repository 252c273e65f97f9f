package proxyhtml

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"understudy/apacheconf"
	"understudy/compat"
)

func configOf(t testing.TB, lines ...string) *config {
	conf := &config{links: map[string][]string{"a": {"href"}, "img": {"src"}}, events: []string{"onclick"}}
	for _, line := range lines {
		c := &compat.Cmd{Raw: line, Node: &apacheconf.Node{}}
		if err := addMap(c, conf); err != nil {
			t.Fatal(line, err)
		}
	}
	return conf
}

func rewrite(conf *config, text string) (string, error) {
	var out bytes.Buffer
	z := html.NewTokenizer(strings.NewReader(text))
	d := document{z: z, conf: conf, maps: conf.mapsFor(nil), out: &out}
	err := d.run()
	return out.String(), err
}

func TestRewrite(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`<a href=/b/x>`, `<a href="/f/x">`},
		{`<A HREF='/b/"x&amp;y"'>`, `<a href="/f/&quot;x&amp;y&quot;">`},
		{`<a href>`, `<a href>`},
		{`<a href="">`, `<a href="">`},
		{`<a title=/b/ href = "/b/">`, `<a title="/b/" href="/f/">`},
		{`<img src=/b/ alt/>`, `<img src="/f/" alt>`},
		{`<br></br>`, `<br>`},
		{`<body>a &lt; b &unknown; " </body>`, `<body>a &lt; b &amp;unknown; &quot; </body>`},
		{"<html>\n<body>\n</body>\n</html>\n", "<html><body>\n</body></html>"},
		{`<body><!-- /b/ --><?php x?><![CDATA[/b/]]>`, `<body><!-- /f/ --><![CDATA[/f/]]>`},
		{`<script>"/b/" < '</p>'</script><p onclick="/b/">`, `<script>"/f/" < '</p>'</script><p onclick="/f/">`},
		{`<p>unfinished <a href="/b/`, `<p>unfinished <a href="/b/`},
	} {
		conf := configOf(t, "/b/ /f/")
		conf.extended = true
		got, err := rewrite(conf, c.in)
		if err != io.EOF || got != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.in, got, err, c.want)
		}
	}
}

func TestMaps(t *testing.T) {
	for _, c := range []struct{ maps, in, link, event string }{
		{"/a /b", "/a/A/a", "/b/A/a", "/b/A/b"},
		{"/a /b|/b /c", "/a", "/b", "/c"},
		{"a b Rl|b c R", "/a", "/c", "/c"},
		{"^/(.)$ /$1$1 R", "/x", "/xx", "/xx"},
		{"a b e", "a", "b", "a"},
		{"a b h", "a", "a", "b"},
		{"a b ^", "aa", "ba", "ba"},
		{"a b $", "aa", "ba", "ab"},
		{"a b L|b c", "a", "b", "b"},
		{"A b Ri", "aa", "ba", "bb"},
	} {
		maps := configOf(t, strings.Split(c.maps, "|")...).mapsFor(nil)
		if link, err := mapLink(maps, c.in); link != c.link || err != nil {
			t.Errorf("%s: link %s: got %s, %v, want %s", c.maps, c.in, link, err, c.link)
		}
		if event, err := mapEvent(maps, c.in); event != c.event || err != nil {
			t.Errorf("%s: event %s: got %s, %v, want %s", c.maps, c.in, event, err, c.event)
		}
	}
}

func TestBounded(t *testing.T) {
	maps := configOf(t, "a "+strings.Repeat("b", 100)).mapsFor(nil)
	if _, err := mapText(maps, strings.Repeat("a", maxPiece/10)); err != errLong {
		t.Errorf("got %v, want %v", err, errLong)
	}
}

func FuzzRewrite(f *testing.F) {
	f.Add(`<a href="/b/" x=y z>t<!-- c --><script>s</script></a>`)
	f.Add("<a/=/ =\"'>")
	f.Add("<![CDATA[<?<!x")
	f.Fuzz(func(t *testing.T, text string) {
		conf := configOf(t, "/b/ /f/", "x+ y$0 R")
		conf.extended = true
		if _, err := rewrite(conf, text); err != io.EOF && err != errLong {
			t.Errorf("%q: %v", text, err)
		}
	})
}
