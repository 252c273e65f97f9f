package include

import (
	"fmt"
	"strings"
	"testing"
)

// parsed is what a document comes to: text as it is, directives in brackets,
// complaints in braces.
func parsed(pieces ...string) string {
	var b strings.Builder
	p := parser{start: defaultStart, end: defaultEnd}
	p.text = func(t []byte) { b.Write(t) }
	p.directive = func(name string, args []argument) {
		fmt.Fprintf(&b, "[%s", name)
		for _, a := range args {
			fmt.Fprintf(&b, " %s", a.name)
			if a.given {
				fmt.Fprintf(&b, "=%q", a.value)
			}
		}
		b.WriteString("]")
	}
	p.complain = func(what complaint, _ string) { fmt.Fprintf(&b, "{%d}", what) }
	for _, s := range pieces {
		p.feed([]byte(s))
	}
	p.finish()
	return b.String()
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ document, want string }{
		{"plain", "plain"},
		{"a<!--#echo var=\"x\" -->b", "a[echo var=\"x\"]b"},
		{"<!--#ECHO VAR = 'x'-->", "[echo var=\"x\"]"},
		{"<!--#else-->", "[else]"},
		{"<!--#a-b c -->", "[a-b c]"},
		{"<!--#a---->", "[a--]"},
		{"<!--#e -x=y -->", "[e -x=\"y\"]"},
		{"<!--#e v=x-->w -->", "[e v=\"x-->w\"]"},
		{`<!--#e v="a\"b\\c" w='\'' -->`, `[e v="a\"b\\\\c" w="'"]`},
		{"<!--# -->", "{0}[]"},
		{"<!--#e \"v\" -->", "{1}[e =\"v\"]"},
		{"<!--#e =v -->", "{2}[e =\"v\"]"},
		{"a<!--#e v=", "a{3}"},
		{"a<!--", "a<!--"},
		{"<!<!--#e -->", "<![e]"},
	} {
		if got := parsed(tt.document); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.document, got, tt.want)
		}
	}
}

// FuzzParse checks that how a document is cut makes no difference, and that
// text without a start tag passes unchanged.
func FuzzParse(f *testing.F) {
	f.Add("a<!--#echo var=\"x\" -->b<!--#if expr='a' -->", uint(3))
	f.Add("<!--#e -x=y --><!--#a---->", uint(12))
	f.Add(`<!--#e v="a\"b\\" w='\'' -->`, uint(11))
	f.Add("<!<!--<!--#", uint(1))
	f.Fuzz(func(t *testing.T, s string, cut uint) {
		whole := parsed(s)
		n := int(cut % uint(len(s)+1))
		if got := parsed(s[:n], s[n:]); got != whole {
			t.Errorf("%q cut at %d: got %s, want %s", s, n, got, whole)
		}
		if !strings.Contains(s, defaultStart) && whole != s {
			t.Errorf("%q: got %q", s, whole)
		}
	})
}

func FuzzLegacy(f *testing.F) {
	for _, s := range []string{"$a = abc", "(a && b) || !c", "a = /b/ && -A /x", "a b 'c", "((a)", "!", "a <= \\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		root, _, complaint := parseLegacy(s)
		if (root == nil) != (complaint != "" || strings.Trim(s, spaces) == "") {
			t.Errorf("%q: got %v, %q", s, root, complaint)
		}
	})
}

func TestDecodeEntities(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"a&lt;b&gt;&amp;&quot;", "a<b>&\""}, {"&eacute;", "\xe9"}, {"&#65;&#7;&#300;&#x;", "A"},
		{"&none;&", "&none;&"}, {"&lt", "&lt"},
	} {
		if got := decodeEntities(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}
