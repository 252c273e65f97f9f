package dir

import (
	"io/fs"
	"os"
	"slices"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func stat(t *testing.T, path string) fs.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestFixup(t *testing.T) {
	folder := t.TempDir()
	name := folder + "/f"
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	directory, file := stat(t, folder), stat(t, name)
	found := &compat.Request{Status: 200, Info: file, Path: "/d/i.html"}
	notFile := &compat.Request{Status: 200, Info: directory}
	moved := &compat.Request{Status: 302}
	moved.Out.Add("Location", "http://x/")
	denied := &compat.Request{Status: 403}

	tests := []struct {
		lines    []string
		path     string
		info     fs.FileInfo
		found    map[string]*compat.Request
		status   compat.Status
		location string
		adopted  bool
		asked    []string
	}{
		{nil, "/d", directory, nil, 301, "http://localhost/d/", false, nil},
		{nil, "/d ü?q", directory, nil, 301, "http://localhost/d%20%c3%bc/?q", false, nil},
		{[]string{"DirectorySlash Off"}, "/d", directory, nil, 0, "", false, nil},
		{nil, "/d/?q", directory, nil, 0, "", false, []string{"index.html?q"}},
		{[]string{"DirectoryIndex a", "DirectoryIndex b c"}, "/d/", directory,
			map[string]*compat.Request{"a": notFile, "b": found}, 0, "", true, []string{"a", "b"}},
		{[]string{"DirectoryIndex a", "DirectoryIndex disabled"}, "/d/", directory, nil, 0, "", false, nil},
		{[]string{"DirectoryIndex a disabled"}, "/d/", directory, nil, 0, "", false, []string{"a", "disabled"}},
		{[]string{"DirectoryIndexRedirect seeother"}, "/d/", directory,
			map[string]*compat.Request{"index.html": found}, 303, "http://localhost/d/i.html", false,
			[]string{"index.html"}},
		{[]string{"DirectoryIndex a b"}, "/d/", directory, map[string]*compat.Request{"a": moved}, 302,
			"http://x/", false, []string{"a"}},
		{[]string{"DirectoryIndex a b"}, "/d/", directory, map[string]*compat.Request{"a": denied}, 403, "",
			false, []string{"a", "b"}},
		{[]string{"FallbackResource /i.php"}, "/none", nil, map[string]*compat.Request{"/i.php": found}, 0, "",
			true, []string{"/i.php"}},
		{[]string{"FallbackResource disabled"}, "/none", nil, nil, 0, "", false, nil},
		{[]string{"FallbackResource /i.php"}, "/f", file, nil, 0, "", false, nil},
	}
	for _, tt := range tests {
		b := conftest.New(t, &Module)
		if err := (&conftest.Place{Host: b.Main}).Obey(tt.lines...); err != nil {
			t.Errorf("%v: %v", tt.lines, err)
			continue
		}
		if err := conftest.Init(b); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(b.Main, tt.path)
		r.Info = tt.info
		e := &conftest.Engine{Found: tt.found}
		r.Engine = e
		s := conftest.Run(r, compat.Fixups)
		if s != tt.status || r.Out.Get("Location") != tt.location || (e.Adopted != nil) != tt.adopted ||
			!slices.Equal(e.Asked, tt.asked) {
			t.Errorf("%v %s: got %d %q %v %v, want %d %q %v %v", tt.lines, tt.path, s, r.Out.Get("Location"),
				e.Adopted != nil, e.Asked, tt.status, tt.location, tt.adopted, tt.asked)
		}
	}
}

func TestCheckHandler(t *testing.T) {
	for _, check := range []string{"On", "Off"} {
		b := conftest.New(t, &Module)
		if err := (&conftest.Place{Host: b.Main}).Obey("DirectoryCheckHandler " + check); err != nil {
			t.Fatal(err)
		}
		if err := conftest.Init(b); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(b.Main, "/d/")
		r.Info, r.Handler, r.ContentType = stat(t, t.TempDir()), "mine", magicType
		e := &conftest.Engine{}
		r.Engine = e
		conftest.Run(r, compat.Fixups)
		if looked := e.Asked != nil; looked == (check == "On") {
			t.Errorf("DirectoryCheckHandler %s: looked for an index: %v", check, looked)
		}
		if check == "On" && r.ContentType != "" {
			t.Errorf("type is %q", r.ContentType)
		}
	}
}

func TestRedirectErrors(t *testing.T) {
	tests := []struct{ word, want string }{
		{"200", "DirectoryIndexRedirect only accepts values between 300 and 399"},
		{"x", "DirectoryIndexRedirect ON|OFF|permanent|temp|seeother|3xx"},
		{"308", ""},
	}
	for _, tt := range tests {
		_, err := redirectStatus(tt.word)
		if got := ""; err != nil {
			got = err.Error()
			if got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.word, got, tt.want)
			}
		} else if tt.want != "" {
			t.Errorf("%s: got no error, want %q", tt.word, tt.want)
		}
	}
}
