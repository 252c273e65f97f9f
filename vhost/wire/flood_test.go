package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"understudy/compat"
)

// maxFlooded is how much more memory a client that floods may cost.
const maxFlooded = 24 << 20

// heap is what is in use after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// flood sends piece again and again, until size bytes are sent or the server
// takes nothing for a while, or no more.
func flood(c net.Conn, piece []byte, size int) {
	for sent := 0; sent < size; sent += len(piece) {
		c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		if _, err := c.Write(piece); err != nil {
			return
		}
	}
}

// frames are what f writes.
func frames(f func(*http2.Framer)) []byte {
	var b bytes.Buffer
	f(http2.NewFramer(&b, nil))
	return b.Bytes()
}

// TestHTTP2Floods sends what costs a client little, much of it, while it reads
// nothing that the server says. That costs memory within bounds, and others are
// served meanwhile. With stalled a response is on its way already.
func TestHTTP2Floods(t *testing.T) {
	many := func(n int, f func(*http2.Framer)) []byte { return bytes.Repeat(frames(f), n) }
	ping := many(4096, func(f *http2.Framer) { f.WritePing(false, [8]byte{1}) })
	settings := many(4096, func(f *http2.Framer) { f.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 16384}) })
	// 32 bytes together, so that no buffer ends with a frame.
	uneven := append(frames(func(f *http2.Framer) { f.WritePing(false, [8]byte{}) }), many(2048, func(f *http2.Framer) {
		f.WritePing(false, [8]byte{2})
		f.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 16384})
	})...)
	head := frames(func(f *http2.Framer) {
		f.WriteHeaders(http2.HeadersFrameParam{StreamID: 101, BlockFragment: block("GET", "/"), EndStream: true})
	})
	field := func(name, value string) []byte {
		var b bytes.Buffer
		hpack.NewEncoder(&b).WriteField(hpack.HeaderField{Name: name, Value: value, Sensitive: true})
		return b.Bytes()
	}
	for _, c := range []struct {
		name         string
		first, piece []byte
		size         int
		stalled      bool
		ended        bool // by the server
	}{
		{name: "PING", piece: ping, size: 64 << 20},
		{name: "PING beside a stalled response", piece: ping, size: 64 << 20, stalled: true},
		{name: "SETTINGS", piece: settings, size: 64 << 20},
		{name: "SETTINGS beside a stalled response", piece: settings, size: 64 << 20, stalled: true},
		{name: "both, uneven", piece: uneven, size: 64 << 20},
		{name: "PRIORITY", piece: many(4096, func(f *http2.Framer) { f.WritePriority(7, http2.PriorityParam{Weight: 3}) }), size: 16 << 20},
		{name: "empty DATA", first: frames(func(f *http2.Framer) {
			f.WriteHeaders(http2.HeadersFrameParam{StreamID: 101, BlockFragment: block("POST", "/"), EndHeaders: true})
		}), piece: many(4096, func(f *http2.Framer) { f.WriteData(101, false, nil) }), size: 16 << 20},
		{name: "CONTINUATION", first: head, piece: frames(func(f *http2.Framer) {
			f.WriteContinuation(101, false, bytes.Repeat(field("x-a", strings.Repeat("y", 900)), 16))
		}), size: 64 << 20, ended: true},
		{name: "CONTINUATION of one long field", first: append(bytes.Clone(head), frames(func(f *http2.Framer) {
			f.WriteContinuation(101, false, []byte{0x10, 1, 'x', 0x7f, 0x80, 0x80, 0x80, 0x80, 0x01})
		})...), piece: frames(func(f *http2.Framer) { f.WriteContinuation(101, false, bytes.Repeat([]byte{'y'}, 16000)) }), size: 64 << 20, ended: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			large := strings.Repeat("z", 8<<20)
			f.answer = func(r *compat.Request) {
				if r.Target == "/large" {
					send(r, large)
					return
				}
				if r.Body != nil {
					io.Copy(io.Discard, r.Body)
				}
				send(r, "x")
			}
			addr, client, _ := h2Site(t, f)
			before := heap()
			nc := dial(t, addr)
			io.WriteString(nc, http2.ClientPreface)
			nc.Write(frames(func(f *http2.Framer) {
				f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1})
				f.WriteWindowUpdate(0, 1<<30)
			}))
			if c.stalled {
				nc.Write(frames(func(f *http2.Framer) {
					f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block("GET", "/large"), EndHeaders: true, EndStream: true})
				}))
			}
			nc.Write(c.first)
			flood(nc, c.piece, c.size)
			r, err := client.Get("http://" + addr + "/")
			if err != nil {
				t.Fatalf("others are not served: %v", err)
			}
			r.Body.Close()
			if more := heap() - before - int64(len(large)); more > maxFlooded {
				t.Errorf("it costs %d KiB", more>>10)
			}
			if !c.ended {
				nc.Close()
			}
			if _, err := io.Copy(io.Discard, nc); c.ended && errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the server does not end it")
			}
		})
	}
}

// counted is a fake whose answers wait for release, and how many did so at once
// at most.
func counted() (f *fake, most *atomic.Int32, release chan struct{}) {
	var running atomic.Int32
	f, most, release = newFake(), &atomic.Int32{}, make(chan struct{})
	f.answer = func(r *compat.Request) {
		n := running.Add(1)
		defer running.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		<-release
		send(r, "x")
	}
	return f, most, release
}

// A client that has streams reset by what it does wrong on them, again and
// again, is not let go on for ever (CVE-2025-8671).
func TestHTTP2MadeReset(t *testing.T) {
	f, most, release := counted()
	p := newPeer(t, f)
	defer close(release)
	p.framer.WriteSettings()
	go func() {
		for id := uint32(1); id < 2000; id += 2 {
			p.ask(id, true, block("GET", "/"))
			if p.framer.WriteWindowUpdate(id, 1<<31-1) != nil {
				return
			}
		}
	}()
	p.until("ENHANCE_YOUR_CALM", func(frame http2.Frame) bool {
		g, ok := frame.(*http2.GoAwayFrame)
		return ok && g.ErrCode == http2.ErrCodeEnhanceYourCalm
	})
	if n := most.Load(); n > 20 {
		t.Errorf("%d handlers at once, want at most 20", n)
	}
}

// Requests sent ahead by a client that does not read cost no more than what is
// on its way to it.
func TestPipelineFlood(t *testing.T) {
	f := newFake()
	body := strings.Repeat("z", 1000)
	var served atomic.Int64
	f.answer = func(r *compat.Request) { served.Add(1); send(r, body) }
	_, address := start(t, f)
	before := heap()
	c := dial(t, address)
	flood(c, bytes.Repeat([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 1000), 64<<20)
	if answer := talk(t, address, "GET / HTTP/1.0\r\n\r\n"); !strings.HasSuffix(answer, body) {
		t.Errorf("others are not served: %.80q", answer)
	}
	if more := heap() - before; more > maxFlooded {
		t.Errorf("it costs %d KiB", more>>10)
	}
	if n := served.Load(); n > 1e6 {
		t.Errorf("%d requests were answered to somebody who does not listen", n)
	}
}

// Many clients that send their header or body a byte at a time, or read nothing,
// do not keep others from being served, and are gone when their time is over.
func TestManySlowClients(t *testing.T) {
	f := newFake()
	timeout := 2 * time.Second
	f.host.Timeout = &timeout
	piece := bytes.Repeat([]byte("z"), 32<<10)
	f.answer = func(r *compat.Request) {
		if r.Target == "/large" {
			r.Wire.Head(r, -1)
			for {
				if _, err := r.Wire.Write(piece); err != nil {
					return
				}
			}
		}
		if r.Body != nil {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				r.Status, r.KeepAlive = int(compat.StatusOf(err)), false
			}
		}
		send(r, "x")
	}
	s, address := start(t, f)
	before := heap()
	const each = 150
	var all []net.Conn
	for range each {
		for _, first := range []string{"GET / HTTP/1.1\r\nHost: a\r\nX:", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
			"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"} {
			c := dial(t, address)
			io.WriteString(c, first)
			all = append(all, c)
		}
	}
	for i := range 3 {
		for _, c := range all {
			io.WriteString(c, "1")
		}
		if answer := talk(t, address, "GET / HTTP/1.0\r\n\r\n"); !strings.HasSuffix(answer, "\r\n\r\nx") {
			t.Errorf("round %d: others are not served: %.80q", i, answer)
		}
	}
	if more := heap() - before; more > maxFlooded {
		t.Errorf("%d slow clients cost %d KiB", len(all), more>>10)
	}
	for deadline := time.Now().Add(20 * time.Second); s.Busy() > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(fmt.Sprint(s.Busy()), " are still there")
		}
	}
}
