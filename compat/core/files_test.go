package core

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/compat"
)

// A sink keeps what a handler writes.
type sink struct {
	body   strings.Builder
	opened int // times a file came instead of bytes
}

func (s *sink) Write(p []byte) (int, error) { return s.body.Write(p) }
func (s *sink) Flush() error                { return nil }
func (s *sink) Close() error                { return nil }

func (s *sink) File(f *os.File, offset, n int64) error {
	s.opened++
	_, err := io.Copy(&s.body, io.NewSectionReader(f, offset, n))
	return err
}

var old = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)

// write makes a file that changed at a time, and waits until that is settled.
func write(t testing.TB, path, text string, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func request(t testing.TB, method, path string) (*compat.Request, *sink) {
	t.Helper()
	w := &sink{}
	r := &compat.Request{Method: method, Status: 200, Filename: path, Start: time.Now(), Writer: w, KeepAlive: true,
		Scope: &compat.Scope{Core: &compat.Core{}}, Host: &compat.Host{Build: &compat.Build{}}, Engine: silent{}}
	if info, err := os.Stat(path); err == nil {
		r.Info = info
	}
	return r, w
}

// silent is an engine that hears log lines only.
type silent struct{ compat.Engine }

func (silent) Log(*compat.Request, string, compat.Level, error, string) {}

func TestSendFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	write(t, path, "0123456789", old)
	on, none := compat.PathInfoOn, 0
	tests := []struct {
		name string
		set  func(*compat.Request)
		want compat.Status
		body string
	}{
		{"GET", func(*compat.Request) {}, compat.OK, "0123456789"},
		{"POST", func(r *compat.Request) { r.Method = "POST" }, compat.OK, "0123456789"},
		{"PUT", func(r *compat.Request) { r.Method = "PUT" }, 405, ""},
		{"FOO", func(r *compat.Request) { r.Method = "FOO" }, 501, ""},
		{"registered", func(r *compat.Request) { r.Method = "FOO"; r.Host.Build.Core.Methods = []string{"FOO"} }, 405, ""},
		{"OPTIONS", func(r *compat.Request) { r.Method = "OPTIONS" }, compat.OK, ""},
		{"missing", func(r *compat.Request) { r.Info = nil }, 404, ""},
		{"PUT on missing", func(r *compat.Request) { r.Info, r.Method = nil, "PUT" }, 405, ""},
		{"path info", func(r *compat.Request) { r.PathInfo = "/x" }, 404, ""},
		{"path info accepted", func(r *compat.Request) { r.PathInfo, r.Scope.Core.AcceptPathInfo = "/x", &on }, compat.OK, "0123456789"},
		{"no ranges", func(r *compat.Request) { r.Scope.Core.MaxRanges = &none }, compat.OK, "0123456789"},
		{"304", func(r *compat.Request) { r.In.Add("If-None-Match", "*") }, compat.OK, ""},
		{"bad body", func(r *compat.Request) { r.Body = failing{} }, 413, ""},
	}
	for _, tt := range tests {
		r, w := request(t, "GET", path)
		tt.set(r)
		if got := sendFile(r); got != tt.want || w.body.String() != tt.body {
			t.Errorf("%s: got %d, %q", tt.name, got, w.body.String())
		}
	}
	r, _ := request(t, "GET", dir)
	if got := sendFile(r); got != 404 {
		t.Errorf("directory: got %d", got)
	}
	r, _ = request(t, "GET", path)
	sendFile(r)
	want := []compat.Field{{Name: "Last-Modified", Value: "Thu, 02 Jan 2020 03:04:05 GMT"},
		{Name: "ETag", Value: `"a-59b1f7226f340"`}, {Name: "Accept-Ranges", Value: "bytes"}, {Name: "Content-Length", Value: "10"}}
	for i, f := range r.Out.Fields() {
		if f != want[i] {
			t.Errorf("field %d: got %q, want %q", i, f, want[i])
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, compat.StatusError(413) }

// age makes the change time of what is looked at old enough for the memory.
func age(t testing.TB, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for !isSettled(info) {
		time.Sleep(100 * time.Millisecond)
	}
}

func TestContentsAreRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, "old", old)
	r, _ := request(t, "GET", path)
	sendFile(r)
	if contents.find(r) != nil {
		t.Error("a file that changed just now is remembered")
	}
	age(t, path)
	sendFile(r)
	if contents.find(r) == nil {
		t.Fatal("the file is not remembered")
	}
	if r, w := request(t, "GET", path); sendFile(r) != compat.OK || w.body.String() != "old" || r.Out.Get("Content-Length") != "3" {
		t.Errorf("from memory: %q, %v", w.body.String(), r.Out.Fields())
	}

	// The same size and time: the inode's change time tells.
	write(t, path, "new", old)
	if r, w := request(t, "GET", path); sendFile(r) != compat.OK || w.body.String() != "new" {
		t.Errorf("written again: got %q", w.body.String())
	}
	// Another file in its place.
	write(t, path+"2", "two", old)
	if err := os.Rename(path+"2", path); err != nil {
		t.Fatal(err)
	}
	if r, w := request(t, "GET", path); sendFile(r) != compat.OK || w.body.String() != "two" {
		t.Errorf("renamed: got %q", w.body.String())
	}
}

func TestContentsAreBounded(t *testing.T) {
	c := newCache()
	body := make([]byte, maxBody)
	for i := range 3 * maxContents / maxBody {
		name := strings.Repeat("x", i%7) + string(rune(i))
		c.shard(name).keep(name, &content{body: body})
	}
	var n, size int64
	for i := range c.shards {
		n += int64(len(c.shards[i].files))
		size += c.shards[i].size
	}
	if size > maxContents || size != n*maxBody || n == 0 {
		t.Errorf("%d entries of %d bytes in all", n, size)
	}
	for i := range 2 * maxEntries {
		name := "/" + string(rune(i))
		c.shard(name).keep(name, &content{})
	}
	n = 0
	for i := range c.shards {
		n += int64(len(c.shards[i].files))
	}
	if n > maxEntries {
		t.Errorf("%d entries", n)
	}
}

func TestLargeFilesAreNotRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, strings.Repeat("x", maxBody+1), old)
	r, w := request(t, "GET", path)
	if sendFile(r); w.opened != 1 || w.body.Len() != maxBody+1 || contents.find(r) != nil {
		t.Errorf("opened %d times, %d bytes", w.opened, w.body.Len())
	}
}

// discard is a writer that costs nothing.
type discard struct{ sink }

func (*discard) Write(p []byte) (int, error) { return len(p), nil }

func TestHitDoesNotAllocate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, "0123456789", old)
	age(t, path)
	r, _ := request(t, "GET", path)
	r.Writer = &discard{}
	sendFile(r)
	if contents.find(r) == nil {
		t.Fatal("the file is not remembered")
	}
	r.In.Add("If-Modified-Since", "Wed, 01 Jan 2020 03:04:05 GMT")
	n := testing.AllocsPerRun(1000, func() {
		r.Status = 200
		r.Out.Reset()
		if sendFile(r) != compat.OK || r.Status != 200 {
			t.Error("not sent")
		}
	})
	if n != 0 {
		t.Errorf("a hit costs %v allocations", n)
	}
}

func BenchmarkHit(b *testing.B) {
	path := filepath.Join(b.TempDir(), "f")
	write(b, path, "0123456789", old)
	age(b, path)
	r, _ := request(b, "GET", path)
	r.Writer = &discard{}
	sendFile(r)
	b.ReportAllocs()
	for b.Loop() {
		r.Status = 200
		r.Out.Reset()
		sendFile(r)
	}
}
