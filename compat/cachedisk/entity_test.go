package cachedisk

import (
	"os"
	"path/filepath"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
	"understudy/compat/internal/conftest"
)

// answered is a request whose answer is kept at root.
func answered(t *testing.T) (*compat.Request, string) {
	b := conftest.New(t, &Module)
	root := t.TempDir()
	if err := (&conftest.Place{Host: b.Main}).Obey("CacheRoot " + root); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	return conftest.Get(b.Main, "/"), root
}

func keep(t *testing.T, r *compat.Request, key, vary, body string) {
	t.Helper()
	var response, request compat.Header
	if vary != "" {
		response.Add("Vary", vary)
	}
	request.CopyFrom(&r.In)
	w := create(r, key, cachestore.New{Info: cachestore.Info{Status: 200}, Response: &response, Request: &request, Size: -1})
	if w == nil {
		t.Fatal("not kept")
	}
	if err := w.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestVariantsAreKeptApart(t *testing.T) {
	r, _ := answered(t)
	for _, language := range []string{"de", "fr"} {
		r.In.Set("Accept-Language", language)
		keep(t, r, "key", "Accept-Language", language)
	}
	for language, there := range map[string]bool{"de": true, "fr": true, "en": false} {
		r.In.Set("Accept-Language", language)
		e := open(r, "key")
		if (e != nil) != there {
			t.Errorf("%s: got %v", language, e)
		}
		if e == nil {
			continue
		}
		body, _ := os.ReadFile(e.(*entity).path + dataEnd)
		if string(body) != language {
			t.Errorf("%s: got %s", language, body)
		}
		e.Close()
	}
}

func TestDamagedFilesAreNone(t *testing.T) {
	r, root := answered(t)
	keep(t, r, "key", "", "body")
	e := open(r, "key")
	if e == nil {
		t.Fatal("nothing is kept")
	}
	e.Close()
	path := e.(*entity).path
	if e := open(r, "other"); e != nil {
		t.Error("another key has an answer")
	}
	// The name in the file tells keys apart whose hash is the same.
	os.MkdirAll(filepath.Dir(filepath.Join(root, cachestore.Name("other", 2, 2))), 0o755)
	b, _ := os.ReadFile(path + headerEnd)
	os.WriteFile(filepath.Join(root, cachestore.Name("other", 2, 2))+headerEnd, b, 0o644)
	if e := open(r, "other"); e != nil {
		t.Error("the answer of another key is given")
	}
	os.WriteFile(path+"x", []byte("evil"), 0o644)
	os.Rename(path+"x", path+dataEnd)
	if e := open(r, "key"); e != nil {
		t.Error("a body that is another is given")
	}
	os.Remove(path + dataEnd)
	if e := open(r, "key"); e != nil {
		t.Error("an answer without its body is given")
	}
	keep(t, r, "key", "", "body")
	e = open(r, "key")
	e.Close()
	e.Remove()
	left, _ := filepath.Glob(root + "/*")
	if len(left) != 1 { // That of "other".
		t.Errorf("left: %v", left)
	}
}

func TestSizesAreBounded(t *testing.T) {
	r, root := answered(t)
	n := cachestore.New{Info: cachestore.Info{Status: 200}, Response: &compat.Header{}, Request: &compat.Header{}, Size: -1}
	w := create(r, "key", n)
	if err := w.Write(make([]byte, defaultMax+1)); err == nil {
		t.Error("an answer that is too large is kept")
	}
	w.Abort()
	w = create(r, "key", n)
	if w.Commit() == nil {
		t.Error("an answer without a body is kept")
	}
	n.Size = 10
	w = create(r, "key", n)
	w.Write([]byte("short"))
	if w.Commit() == nil {
		t.Error("an answer that is not whole is kept")
	}
	if n.Size = defaultMax + 1; create(r, "key", n) != nil {
		t.Error("an answer that says it is too large is taken")
	}
	if left, _ := filepath.Glob(root + "/*"); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
