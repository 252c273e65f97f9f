package dav

import (
	"testing"

	"understudy/compat/internal/dav"
)

func TestParseIf(t *testing.T) {
	const token = "<opaquelocktoken:01234567-0123-0123-0123-0123456789ab>"
	for _, tt := range []struct {
		text   string
		lists  int
		states int // of the first in the result, which is the last in the field
		status int // 0: right
		id     int
	}{
		{"", 0, 0, 0, 0},
		{"(" + token + ")", 1, 1, 0, 0},
		{`(Not ["a"] ` + token + `) (["b"])`, 2, 1, 0, 0},
		{`<http://h/a/> (["a"] ["b"])`, 1, 2, 0, 0},
		{`(["a"]) </x> (["b"])`, 0, 0, 400, dav.ErrIfTagged},
		{`(["a"]`, 0, 0, 400, dav.ErrIfUnclosed},
		{`</x`, 0, 0, 400, dav.ErrIfTagged},
		{`</../x> (["a"])`, 0, 0, 400, dav.ErrIfTagged},
		{`</%zz> (["a"])`, 0, 0, 400, dav.ErrIfTagged},
		{`(Not Not ["a"])`, 0, 0, 400, dav.ErrIfMultipleNot},
		{`(x)`, 0, 0, 400, dav.ErrIfUnknown},
		{`x`, 0, 0, 400, dav.ErrIfUnknown},
		{`(<opaquelocktoken:x>)`, 0, 0, 400, dav.ErrLockParse},
		{`(<DAV:no-lock>)`, 1, 1, 0, 0},
	} {
		list, err := parseIf(tt.text)
		switch {
		case err != nil && (err.Status != tt.status || err.ID != tt.id):
			t.Errorf("%s: %d #%d", tt.text, err.Status, err.ID)
		case err == nil && (tt.status != 0 || len(list) != tt.lists || len(list) > 0 && len(list[0].states) != tt.states):
			t.Errorf("%s: got %+v", tt.text, list)
		}
	}
}

func TestSplitURI(t *testing.T) {
	for text, want := range map[string]uri{
		"http://h:8/a%zz":     {scheme: "http", port: "8", path: "/a%zz"},
		"http://u:p@[::1]/a":  {scheme: "http", path: "/a"},
		"/a:b":                {path: "/a:b"},
		"https://h":           {scheme: "https"},
		"http://h?q":          {scheme: "http", more: true},
		"http://h/a#f":        {scheme: "http", path: "/a", more: true},
		"x y:z":               {path: "x y:z"},
		"http://h:1@evil/..?": {scheme: "http", path: "/..", more: true},
	} {
		if got := splitURI(text); got != want {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
}

func FuzzParseIf(f *testing.F) {
	for _, seed := range []string{`</a> (Not ["b"] <opaquelocktoken:01234567-0123-0123-0123-0123456789ab>)`, `(["a"]) (<x>)`, `(`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, one := range first(parseIf(text)) {
			if one.tagged && (one.uri == "" || one.uri[0] != '/') {
				t.Errorf("%q: a list is for %q", text, one.uri)
			}
		}
	})
}

func first(list []condition, _ *dav.Error) []condition { return list }
