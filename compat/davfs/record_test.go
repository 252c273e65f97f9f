package davfs

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"understudy/compat/internal/dav"
)

func TestRecord(t *testing.T) {
	later := time.Now().Unix() + 1000
	rec := record{
		direct: []dav.Lock{{Token: dav.Token{1}, Key: keyOf("/a"), Scope: dav.ScopeShared, Type: 1, Depth: dav.Infinity, Timeout: later,
			Owner: "<o/>", User: "u"}, {Token: dav.Token{2}, Key: keyOf("/a"), Scope: dav.ScopeExclusive, Type: 1}},
		indirect: []reference{{token: dav.Token{3}, key: keyOf("/"), timeout: later}},
	}
	got, err := parseRecord(rec.format(), keyOf("/a/"))
	if err != nil {
		t.Fatal(err.Desc)
	}
	got.direct[0], got.direct[1] = got.direct[1], got.direct[0] // It is read the last first.
	if !reflect.DeepEqual(got, rec) {
		t.Errorf("got %+v, want %+v", got, rec)
	}
	rec.direct[0].Timeout = 1
	if got, err := parseRecord(rec.format(), ""); err != nil || len(got.direct) != 1 {
		t.Errorf("a lock whose time is over: %+v, %v", got, err)
	}
	if pathOf(keyOf("/a/b/")) != "/a/b" {
		t.Errorf("got %q", pathOf(keyOf("/a/b/")))
	}
}

func FuzzRecord(f *testing.F) {
	f.Add(record{direct: []dav.Lock{{Owner: "o"}}, indirect: []reference{{key: "k"}}}.format())
	f.Add("\x01")
	f.Fuzz(func(t *testing.T, b string) {
		rec, err := parseRecord(b, "k")
		if err != nil && err.Status != 500 {
			t.Errorf("%q: %+v", b, err)
		}
		if _, err := parseRecord(rec.format(), "k"); err != nil {
			t.Errorf("%q: not read again: %s", b, err.Desc)
		}
	})
}

func TestGuardsState(t *testing.T) {
	for path, want := range map[string]bool{"/d/.DAV": true, "/d/.DAV/x": true, "/.DAV/a/b": true, "/d/.DAVx": false, "/d/x.DAV": false} {
		if isState(path) != want {
			t.Errorf("%s: got %v", path, !want)
		}
	}
}

func TestWalkDoesNotFollowLinks(t *testing.T) {
	dir := t.TempDir()
	os.MkdirAll(filepath.Join(dir, "a", ".DAV"), 0o755)
	os.WriteFile(filepath.Join(dir, "a", "f"), nil, 0o644)
	os.Symlink("/", filepath.Join(dir, "a", "root"))
	info, _ := os.Stat(filepath.Join(dir, "a"))
	var seen []string
	err := files{}.Walk(&dav.Walk{Root: &dav.Resource{URI: "/a", Path: filepath.Join(dir, "a"), Exists: true, Collection: true, Info: info},
		Depth: dav.Infinity, Visit: func(res *dav.Resource, _ bool) *dav.Error {
			seen = append(seen, res.URI)
			return nil
		}})
	if err != nil || !reflect.DeepEqual(seen, []string{"/a/", "/a/f"}) {
		t.Errorf("got %v, %v", seen, err)
	}
}

func TestStreamLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	s, err := files{}.Open(&dav.Resource{Path: path}, 0, false)
	if err != nil {
		t.Fatal(err.Desc)
	}
	s.Close(false)
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
