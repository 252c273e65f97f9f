//go:build linux

package wsgi

import (
	"bytes"
	"io"
	"sync"
	"syscall"
	"testing"
)

const reader = `import os

def application(environ, start_response):
    start_response("200 OK", [])
    read, line = environ["wsgi.input"].read, environ["wsgi.input"].readline
    if environ["PATH_INFO"] == "/open":
        return [str(len(os.listdir("/proc/self/fd"))).encode("ascii")]
    if environ["PATH_INFO"] == "/nothing":
        return [b"nothing"]
    parts = [read(7), line(), line(10), read(65536), read(70000), read(0), line(), read(200000), read(), read(1), line()]
    return parts
`

// TestSegments sends bodies that go in segments, and reads them in pieces of many
// sizes. No descriptor stays open in the process, and segments are used again.
func TestSegments(t *testing.T) {
	p := startPool(t, reader, nil)
	before := p.ask("/open")
	for _, n := range []int{maxInline + 1, 500000, maxBodyMemory, maxBodyMemory + 1, 3 << 20} {
		body := bytes.Repeat([]byte("0123456789abcdef\n"), n/17+1)[:n]
		var group sync.WaitGroup
		for range 4 {
			for _, path := range []string{"/", "/nothing"} {
				group.Go(func() {
					a := &taken{}
					c := p.call(path, a)
					c.body, c.length, c.hold = bytes.NewReader(body), int64(n), true
					err := c.do()
					c.release()
					if err != nil || path == "/" && !bytes.Equal(a.body, body) {
						t.Errorf("%s, %d bytes: got %d, %v", path, n, len(a.body), err)
					}
				})
			}
		}
		group.Wait()
	}
	if after := p.ask("/open"); !bytes.Equal(before.body, after.body) {
		t.Errorf("%s descriptors were open, and now %s", before.body, after.body)
	}
	p.target.segments.mu.Lock()
	kept := len(p.target.segments.kept)
	p.target.segments.mu.Unlock()
	if kept == 0 || kept > maxSegments {
		t.Errorf("%d segments are kept", kept)
	}
	p.target.segments.close()
	if n := segmentsKept.Load(); n != 0 {
		t.Errorf("%d segments are still counted", n)
	}
}

// TestManyRights sends more descriptors than one system call takes: they are
// there before the last byte, and in order.
func TestManyRights(t *testing.T) {
	for _, way := range []string{"now", "all"} {
		ours, theirs := socketPair(t)
		ch := &channel{nc: ours, target: &target{}}
		ch.raw, _ = ours.SyscallConn()
		for range 2*maxRights + 3 {
			seg := newSegment(4096)
			if seg == nil {
				t.Skip("there is no memfd_create")
			}
			seg.b[0] = byte(len(ch.toPass))
			ch.toPass = append(ch.toPass, seg)
		}
		write := map[string]func([]byte) (int, error){"now": ch.writeNow, "all": ch.writeAll}[way]
		if n, err := write([]byte("abcdef")); n != 6 || err != nil {
			t.Fatalf("%s: wrote %d, %v", way, n, err)
		}
		ours.Close()
		if len(ch.toPass) != 0 {
			t.Errorf("%s: %d descriptors were not sent", way, len(ch.toPass))
		}
		in := &channel{nc: theirs, target: &target{}}
		got := make([]byte, 0, 100)
		for len(got) < 6 {
			oob := make([]byte, syscall.CmsgSpace(4*maxRights))
			n, oobn, _, _, err := theirs.ReadMsgUnix(got[len(got):cap(got)], oob)
			if err != nil {
				t.Fatal(err)
			}
			got = got[:len(got)+n]
			in.receiveFiles(oob[:oobn])
		}
		if string(got) != "abcdef" {
			t.Errorf("%s: read %q", way, got)
		}
		for i, f := range in.files {
			var b [1]byte
			if _, err := f.ReadAt(b[:], 0); err != nil && err != io.EOF || b[0] != byte(i) {
				t.Errorf("%s: descriptor %d is that of %d, %v", way, i, b[0], err)
			}
			if err := f.Truncate(0); err == nil {
				t.Error("who has a segment can cut it short")
			}
		}
		if len(in.files) != min(2*maxRights+3, maxFiles) { // More are not kept.
			t.Errorf("%s: %d descriptors came", way, len(in.files))
		}
		in.close()
	}
}
