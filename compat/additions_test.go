package compat

import (
	"slices"
	"testing"
	"time"

	"understudy/apacheconf"
)

func TestForbid(t *testing.T) {
	around := func(names ...string) *Cmd {
		c := &Cmd{Name: "X", Host: &Host{}}
		for _, n := range names {
			c.Parents = append(c.Parents, &apacheconf.Node{Name: n})
			c.Dir = "/x"
		}
		return c
	}
	tests := []struct {
		c     *Cmd
		where Context
		want  string
	}{
		{around(), GlobalOnly, ""},
		{&Cmd{Name: "X", Host: &Host{Virtual: true}}, GlobalOnly, "X cannot occur within <VirtualHost> section"},
		{&Cmd{Name: "<X", Host: &Host{Virtual: true}}, GlobalOnly, "<X> cannot occur within <VirtualHost> section"},
		{around("<Directory"), GlobalOnly, "X cannot occur within directory context"},
		{around("<DirectoryMatch"), NotInDirectory, "X cannot occur within <DirectoryMatch> section"},
		{around("<location", "<if"), NotInFiles, "X cannot occur within <if> section"},
		{around("<Location"), NotInDirectory | NotInFiles, ""},
		{around("<Proxy"), NotInProxy, "X cannot occur within <Proxy> section"},
		{&Cmd{Name: "X", Methods: []string{"GET"}}, NotInLimit, "X cannot occur within <Limit> or <LimitExcept> section"},
		{&Cmd{Name: "X", HTAccess: true}, NotInHTAccess, "X cannot occur within htaccess files"},
	}
	for _, tt := range tests {
		got := ""
		if err := tt.c.Forbid(tt.where); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestAtoi(t *testing.T) {
	for s, want := range map[string]int{
		"": 0, "12": 12, " \t-7x": -7, "+3": 3, "abc": 0, "99999999999999999999": 1<<31 - 1, "--1": 0,
	} {
		if got := Atoi(s); got != want {
			t.Errorf("Atoi(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestParseOffset(t *testing.T) {
	tests := []struct {
		s         string
		n         int64
		whole, ok bool
	}{
		{"9223372036854775807", 1<<63 - 1, true, true}, {"9223372036854775808", 0, false, false},
		{"-5", -5, true, true}, {"5k", 5, false, true}, {"x", 0, false, true}, {"", 0, false, true},
	}
	for _, tt := range tests {
		if n, whole, ok := ParseOffset(tt.s); n != tt.n || whole != tt.whole || ok != tt.ok {
			t.Errorf("ParseOffset(%q) = %d, %v, %v", tt.s, n, whole, ok)
		}
	}
}

func TestParseTimeout(t *testing.T) {
	tests := []struct {
		s    string
		want time.Duration
		ok   bool
	}{
		{"5", 5 * time.Second, true}, {"100ms", 100 * time.Millisecond, true}, {"2mi", 2 * time.Minute, true},
		{"1hour", time.Hour, true}, {"3sec", 3 * time.Second, true}, {"s", 0, true}, {"5m", 0, false},
		{"5x", 0, false}, {"-1", 0, false}, {"99999999999999999999", 0, false}, {"5S", 0, false},
	}
	for _, tt := range tests {
		if got, ok := ParseTimeout(tt.s, "s"); got != tt.want || ok != tt.ok {
			t.Errorf("ParseTimeout(%q) = %v, %v, want %v, %v", tt.s, got, ok, tt.want, tt.ok)
		}
	}
}

func TestEscapes(t *testing.T) {
	if got, want := EscapePath("/a b/\xff?%~;"), "/a%20b/%ff%3f%25~;"; got != want {
		t.Errorf("EscapePath: got %q, want %q", got, want)
	}
	if got, want := string(AppendLogItem(nil, "a\"\\\n\x7f\v\b\r\té")), `a\"\\\n\x7f\v\b\r\t\xc3\xa9`; got != want {
		t.Errorf("AppendLogItem: got %q, want %q", got, want)
	}
	for s, want := range map[string]bool{"http://x": true, "a+b-c.d:": true, ":x": false, "/x:y": false, "x": false} {
		if got := IsURL(s); got != want {
			t.Errorf("IsURL(%q) = %v", s, got)
		}
	}
}

func TestCleanFilename(t *testing.T) {
	for name, want := range map[string]string{
		"/a/b": "/a/b", "/a//b/": "/a/b/", "/a/./b/../c/": "/a/c/", "/../x": "/x", "/": "/", "//": "/", "/.x": "/.x",
	} {
		if got := CleanFilename(name); got != want {
			t.Errorf("CleanFilename(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestLogTarget(t *testing.T) {
	c := &Cmd{Node: &apacheconf.Node{}, Build: &Build{Tree: &apacheconf.Tree{Root: "/r"}}}
	tests := []struct {
		name, key, path string
		command         []string
		shell           bool
	}{
		{"logs/a", "/r/logs/a", "/r/logs/a", nil, false},
		{"/x/a", "/x/a", "/x/a", nil, false},
		{`|/bin/a "b c" d\ e`, `|/bin/a "b c" d\ e`, "", []string{"/bin/a", "b c", "d e"}, false},
		{"||/bin/a  x", "|/bin/a  x", "", []string{"/bin/a", "x"}, false},
		{"|$a | b", "|$a | b", "", []string{"a | b"}, true},
		{"|", "|", "", nil, false},
	}
	for _, tt := range tests {
		l := c.LogTarget(tt.name)
		if l.Key != tt.key || l.Path != tt.path || !slices.Equal(l.Command, tt.command) || l.Shell != tt.shell {
			t.Errorf("%s: got %q %q %q %v", tt.name, l.Key, l.Path, l.Command, l.Shell)
		}
	}
}

func TestParseErrorLogFormat(t *testing.T) {
	items, err := ParseErrorLogFormat(`[%{u}t] [%-m:%l]% \a\n %7F: %E %M% ,\ referer\ %{Referer}i%%`, true)
	if err != nil {
		t.Fatal(err)
	}
	want := []ErrorLogItem{
		{Text: "["}, {Verb: 't', Text: "u"}, {Text: "]"}, {Text: " [", Separator: true}, {Verb: 'm', Dash: true},
		{Text: ":"}, {Verb: 'l'}, {Text: "]"}, {Text: "a\n", Separator: true}, {Text: " ", Separator: true},
		{Verb: 'F', MinLevel: 7}, {Text: ":"}, {Text: " ", Separator: true}, {Verb: 'E'}, {Text: " ", Separator: true},
		{Verb: 'M'}, {Text: ", referer ", Separator: true}, {Verb: 'i', Text: "Referer"}, {Text: "%"},
	}
	if !slices.Equal(items, want) {
		t.Errorf("got %+v, want %+v", items, want)
	}
	for format, wrong := range map[string]string{
		"%+L %M": "The '+' flag cannot be used in the main error log format",
		"%16M":   "The specified loglevel modifier is out of range",
		"%M %-":  "Ran off end of error log format parsing args to some directive",
	} {
		if _, err := ParseErrorLogFormat(format, true); err == nil || err.Error() != wrong {
			t.Errorf("%s: got %v, want %s", format, err, wrong)
		}
	}
}

func FuzzParseErrorLogFormat(f *testing.F) {
	f.Add(`[%{u}t] % \ %7F%M`)
	f.Fuzz(func(t *testing.T, s string) {
		ParseErrorLogFormat(s, true)
		ParseErrorLogFormat(s, false)
		Argv(s)
	})
}
