package pattern

import (
	"slices"
	"testing"
)

func TestFind(t *testing.T) {
	for _, c := range []struct {
		expr  string
		flags Flags
		s     string
		want  []int
	}{
		{`^/(\w+)/`, 0, "/ab/c", []int{0, 4, 1, 3}},
		{`a$`, 0, "a\n", nil},                    // the very end only
		{`a(?!b)`, 0, "abac", []int{2, 3}},       // look-ahead
		{`a(?!b)$`, 0, "a\n", nil},               // and there too
		{`(a)\1`, 0, "xaa", []int{1, 3, 1, 2}},   // back-reference
		{`ABC`, IgnoreCase, "xabc", []int{1, 4}}, //
		{`.`, 0, "é", []int{0, 1}},               // bytes, not letters
		{`é`, 0, "xé", []int{1, 3}},              //
		{`^.{2}(?=x)`, 0, "éx", []int{0, 2}},     // bytes there too
		{`a\sb`, 0, "a\vb", []int{0, 3}},         // white space has VT
		{`(x)?y`, 0, "y", []int{0, 1, -1, -1}},   //
		{`[]a]`, 0, "]", []int{0, 1}},            //
		{`a.c`, 0, "a\nc", nil},                  //
		{`a.c`, DotAll, "a\nc", []int{0, 3}},     //
		{`^b`, MultiLine, "a\nb", []int{2, 3}},   //
		{`a # x`, Extended, "a", []int{0, 1}},    //
		{`(?<n>a)`, 0, "a", []int{0, 1, 0, 1}},   //
		{`\Aa\z`, 0, "a", []int{0, 1}},           //
	} {
		p, err := Compile(c.expr, c.flags)
		if err != nil {
			t.Errorf("%q: %v", c.expr, err)
			continue
		}
		if got, _ := p.Find(c.s); !slices.Equal(got, c.want) {
			t.Errorf("%q on %q: got %v, want %v", c.expr, c.s, got, c.want)
		}
		if got := p.Match(c.s); got != (c.want != nil) {
			t.Errorf("%q on %q: Match is %v", c.expr, c.s, got)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, expr := range []string{"(", "[a", "*a", `a**`, "(?<n", "a++b"} {
		if _, err := Compile(expr, 0); err == nil {
			t.Errorf("%q compiles", expr)
		}
	}
}

// A pattern that explodes gives up in bounded time.
func TestTimeout(t *testing.T) {
	p := MustCompile(`(?!x)(a+)+$`, 0)
	if _, err := p.Find("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"); err != ErrTimeout {
		t.Errorf("got %v, want %v", err, ErrTimeout)
	}
}

func TestExpand(t *testing.T) {
	p := MustCompile(`(\w)(\w)?`, 0)
	loc, _ := p.Find("-a")
	if got, want := Expand(`$0|$1|$2|\$1|$x|$9|\d\\\0\`, "-a", loc), `a|a||$1|$x||d\0\`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(`^(a|b)*(?!c)[^\]x]{2,3}\s$`, "ab")
	f.Fuzz(func(t *testing.T, expr, s string) {
		if len(expr) > 200 || len(s) > 200 {
			return
		}
		p, err := Compile(expr, 0)
		if err != nil {
			return
		}
		loc, err := p.Find(s)
		for i := 0; err == nil && i < len(loc); i += 2 {
			if loc[i] >= 0 && (loc[i] > loc[i+1] || loc[i+1] > len(s)) {
				t.Fatalf("%q on %q: %v", expr, s, loc)
			}
		}
	})
}

func TestFnmatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*.conf", "a.conf", true}, {"*.conf", ".conf", false}, {"a?c", "abc", true},
		{"[a-c]x", "bx", true}, {"[!a]x", "ax", false}, {"*a*b", "xxaxxb", true},
		{`\*`, "*", true}, {"[a", "[a", true}, {"", "", true}, {"a*", "b", false},
	} {
		if got := Fnmatch(c.pattern, c.name, true); got != c.want {
			t.Errorf("Fnmatch(%q, %q): got %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
}

func TestWildcard(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true}, {"*.c", "/a/b.c", true}, {"*.c", "b.cc", false}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"[a]", "a", false}, {"[a]", "[a]", true}, {`\*`, `\x`, true}, {"*a*a*", "xaxax", true}, {"", "", true}, {"", "a", false},
	}
	for _, tt := range tests {
		if got := Wildcard(tt.pattern, tt.s); got != tt.want {
			t.Errorf("Wildcard(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}
