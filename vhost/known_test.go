package vhost

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Whatever happens to a path, stat says what os.Stat says.
func TestKnownPaths(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	other := filepath.Join(dir, "other")
	write := func(name, text string) func() error {
		return func() error { return os.WriteFile(name, []byte(text), 0o644) }
	}
	old := time.Now().Add(-time.Hour)
	changes := []struct {
		name string
		do   func() error
	}{
		{"nothing", func() error { return nil }},
		{"made", write(path, "a")},
		{"longer", write(path, "ab")},
		{"dated", func() error { return os.Chtimes(path, old, old) }},
		{"same length and date", func() error { return firstError(write(path, "cd")(), os.Chtimes(path, old, old)) }},
		{"mode", func() error { return os.Chmod(path, 0o600) }},
		{"removed", func() error { return os.Remove(path) }},
		{"directory", func() error { return os.Mkdir(path, 0o755) }},
		{"not", func() error { return os.Remove(path) }},
		{"link to nothing", func() error { return os.Symlink(other, path) }},
		{"link", write(other, "target")},
		{"its target replaced", func() error { return firstError(write(dir+"/new", "target")(), os.Rename(dir+"/new", other)) }},
		{"its target removed", func() error { return os.Remove(other) }},
	}
	for _, link := range []bool{false, true} {
		k := newKnownPaths(link)
		for _, c := range changes {
			if err := c.do(); err != nil {
				t.Fatal(c.name, err)
			}
			compareKnown(t, k, path, c.name)
		}
		os.Remove(path)
	}
}

// compareKnown asks k for path several times.
func compareKnown(t *testing.T, k *knownPaths, path, name string) {
	t.Helper()
	want, wantErr := k.ask(path)
	for i := range 3 {
		kernel.catchUp()
		missing := k.missing(parent(path), filepath.Base(path))
		got, err := k.stat(path, true)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) || err == nil && !(k.same(got, want) && got.Mode() == want.Mode()) {
			t.Errorf("%s, %d, lstat %v: got %v, %v, want %v, %v", name, i, k.link, got, err, want, wantErr)
		}
		if missing && wantErr == nil {
			t.Errorf("%s, %d, lstat %v: it is said to be missing", name, i, k.link)
		}
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestKnownPathsAreBounded(t *testing.T) {
	dir := t.TempDir()
	k := newKnownPaths(false)
	for i := range 2 * maxKnown {
		k.stat(fmt.Sprintf("%s/%d", dir, i), true)
	}
	n := 0
	for i := range k.shards {
		n += len(k.shards[i].paths)
	}
	if n > maxKnown || n == 0 {
		t.Errorf("%d paths are remembered, want at most %d", n, maxKnown)
	}
}

func TestKnownPathDoesNotAllocate(t *testing.T) {
	dir := t.TempDir() + "/"
	path := dir + "file"
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	k := newKnownPaths(false)
	for range 2 {
		k.stat(path, false)
	}
	k.stat(dir+".htaccess", true)
	var before rawStat
	if info, err := os.Stat(path); !before.of(path, info, err, false) {
		t.Skip("not on a file system whose paths are remembered")
	}
	if n := testing.AllocsPerRun(100, func() {
		k.stat(path, false)
		if !k.missing(dir, ".htaccess") {
			t.Fatal("not missing")
		}
	}); n != 0 {
		t.Errorf("asking for what is known costs %v allocations", n)
	}
}

func BenchmarkKnownPath(b *testing.B) {
	path := filepath.Join(b.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		b.Fatal(err)
	}
	b.Run("known", func(b *testing.B) {
		for b.Loop() {
			kernel.catchUp()
			paths.stat(path, false)
		}
	})
	b.Run("os", func(b *testing.B) {
		for b.Loop() {
			os.Stat(path)
		}
	})
}
