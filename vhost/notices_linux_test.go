//go:build amd64 || arm64

package vhost

import (
	"fmt"
	"hash/maphash"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// Whatever leads to a path is changed at random: stat says what os.Stat says.
func TestKnownPathsOnTheirWay(t *testing.T) {
	followAll(t)
	root := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "c"}
	pick := func() string {
		p := root
		for range 1 + random.IntN(3) {
			p += "/" + names[random.IntN(len(names))]
		}
		return p
	}
	do := []func() error{
		func() error { return os.Mkdir(pick(), 0o755) },
		func() error { return os.MkdirAll(pick(), 0o755) },
		func() error { return os.WriteFile(pick(), []byte("text")[:random.IntN(4)], 0o644) },
		func() error { return os.RemoveAll(pick()) },
		func() error { return os.Rename(pick(), pick()) },
		func() error { return os.Link(pick(), pick()) },
		func() error { return os.Symlink(pick(), pick()) },
		func() error { return os.Symlink("../"+names[random.IntN(3)], pick()) },
		func() error { return os.Symlink(names[random.IntN(3)]+"/", pick()) },
		func() error { return os.Chmod(pick(), 0o700|fs.FileMode(random.IntN(64))) },
	}
	stat, lstat := newKnownPaths(false), newKnownPaths(true)
	asked := []string{pick(), pick(), pick(), pick() + "/", pick(), pick(), pick(), pick()}
	done := 0
	for i := range 3000 {
		if do[random.IntN(len(do))]() == nil {
			done++
		}
		for _, path := range asked {
			compareKnown(t, stat, path, fmt.Sprint(i, " ", path))
			compareKnown(t, lstat, path, fmt.Sprint(i, " ", path))
		}
		if t.Failed() {
			return
		}
	}
	if done < 300 {
		t.Errorf("only %d changes were made", done)
	}
}

// followAll lets paths be followed however often that changes.
func followAll(t *testing.T) {
	kernel.most = math.MaxInt
	t.Cleanup(func() { kernel.most = maxFollows })
}

// What is known is not asked for again, until something changed.
func TestKnownPathsAreHeld(t *testing.T) {
	followAll(t)
	dir := t.TempDir() + "/"
	path := dir + "file"
	k := newKnownPaths(false)
	held := func() bool {
		kernel.catchUp()
		now := kernel.moment()
		k.stat(path, true)
		s := &k.shards[maphash.String(k.seed, path)%knownShards]
		known := s.paths[path]
		return known != nil && known.held.Load() == now && now != 0
	}
	for _, c := range []struct {
		what string
		do   func() error
		want bool
	}{
		{"made", func() error { return os.WriteFile(path, nil, 0o644) }, false},
		{"another file", func() error { return os.WriteFile(dir+"other", nil, 0o644) }, true},
		{"renamed over", func() error { return os.Rename(dir+"other", path) }, false},
		{"written by another name", func() error { return firstError(os.Link(path, dir+"two"), os.WriteFile(dir+"two", []byte("x"), 0o644)) }, false},
		{"directory renamed", func() error { return os.Rename(dir, dir[:len(dir)-1]+"2") }, false},
	} {
		for range 3 {
			held()
		}
		if !kernel.follow(path, false, 0) {
			t.Skip("no notices here")
		}
		kernel.catchUp()
		second := kernel.second.Load()
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		before := k.shards[maphash.String(k.seed, path)%knownShards].paths[path]
		kernel.catchUp()
		if kernel.second.Load() != second {
			continue // Everything is looked at again.
		}
		if got := before != nil && before.held.Load() == kernel.moment(); got != c.want {
			t.Errorf("%s: held %v, want %v", c.what, got, c.want)
		}
	}
}
