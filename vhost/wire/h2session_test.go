package wire

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"understudy/compat"
)

// A peer speaks HTTP/2 frame by frame.
type peer struct {
	t      *testing.T
	nc     net.Conn
	framer *http2.Framer
}

func newPeer(t *testing.T, f *fake) *peer {
	addr, _, _ := h2Site(t, f)
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(nc, http2.ClientPreface)
	p := &peer{t, nc, http2.NewFramer(nc, nc)}
	p.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	return p
}

func block(method, path string, fields ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, f := range [][2]string{{":method", method}, {":scheme", "http"}, {":path", path}, {":authority", "a"}} {
		e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	for i := 0; i < len(fields); i += 2 {
		e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return b.Bytes()
}

func (p *peer) ask(id uint32, end bool, b []byte) {
	p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: b, EndStream: end, EndHeaders: true})
}

// until reads frames until want is true of one.
func (p *peer) until(what string, want func(http2.Frame) bool) {
	p.t.Helper()
	for {
		f, err := p.framer.ReadFrame()
		if err != nil {
			p.t.Fatalf("%s does not come: %v", what, err)
		}
		if want(f) {
			return
		}
	}
}

// A body goes out as fast as the client opens its windows, and not faster.
func TestHTTP2Windows(t *testing.T) {
	f := newFake()
	f.answer = func(r *compat.Request) { send(r, strings.Repeat("x", 1000)) }
	p := newPeer(t, f)
	p.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 10})
	p.ask(1, true, block("GET", "/"))
	got := 0
	p.until("the end", func(frame http2.Frame) bool {
		d, ok := frame.(*http2.DataFrame)
		if !ok {
			return false
		}
		if got += len(d.Data()); len(d.Data()) > 10 {
			t.Fatalf("got %d bytes where the window has 10", len(d.Data()))
		}
		if !d.StreamEnded() {
			p.framer.WriteWindowUpdate(1, 10)
		}
		return d.StreamEnded()
	})
	if got != 1000 {
		t.Errorf("got %d bytes, want 1000", got)
	}
}

// What a client may not do, and what it is told.
func TestHTTP2Errors(t *testing.T) {
	get := block("GET", "/")
	for _, c := range []struct {
		name   string
		do     func(*peer)
		stream http2.ErrCode // of RST_STREAM
		conn   http2.ErrCode // of GOAWAY
	}{
		{name: "a field of the connection", do: func(p *peer) { p.ask(1, true, block("GET", "/", "connection", "close")) }, stream: http2.ErrCodeProtocol},
		{name: "TE", do: func(p *peer) { p.ask(1, true, block("GET", "/", "te", "gzip")) }, stream: http2.ErrCodeProtocol},
		{name: "no path", do: func(p *peer) { p.ask(1, true, block("GET", "")) }, stream: http2.ErrCodeProtocol},
		{name: "an even number", do: func(p *peer) { p.ask(2, true, get) }, conn: http2.ErrCodeProtocol},
		{name: "a number again", do: func(p *peer) { p.ask(3, true, get); p.ask(1, true, get) }, conn: http2.ErrCodeStreamClosed},
		{name: "data for nobody", do: func(p *peer) { p.framer.WriteData(1, true, []byte("x")) }, conn: http2.ErrCodeProtocol},
		{name: "a window for nobody", do: func(p *peer) { p.framer.WriteWindowUpdate(1, 1) }, conn: http2.ErrCodeProtocol},
		{name: "a window too wide", do: func(p *peer) { p.framer.WriteWindowUpdate(0, 1<<31-1) }, conn: http2.ErrCodeFlowControl},
		{name: "more than Content-Length", do: func(p *peer) {
			p.ask(1, false, block("POST", "/", "content-length", "1"))
			p.framer.WriteData(1, true, []byte("xy"))
		}, stream: http2.ErrCodeProtocol},
		{name: "less than Content-Length", do: func(p *peer) {
			p.ask(1, false, block("POST", "/", "content-length", "3"))
			p.framer.WriteData(1, true, []byte("xy"))
		}, stream: http2.ErrCodeProtocol},
		{name: "trailers without an end", do: func(p *peer) {
			p.ask(1, false, block("POST", "/"))
			p.ask(1, false, block("POST", "/"))
		}, stream: http2.ErrCodeProtocol},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPeer(t, newFake())
			p.framer.WriteSettings()
			c.do(p)
			p.until("the error", func(frame http2.Frame) bool {
				switch f := frame.(type) {
				case *http2.RSTStreamFrame:
					return c.stream != 0 && f.ErrCode == c.stream
				case *http2.GoAwayFrame:
					return c.conn != 0 && f.ErrCode == c.conn
				}
				return false
			})
		})
	}
}

// A stream whose request and response are whole is closed, whatever its handler
// still does: another takes its place, and nothing more is said on it.
func TestHTTP2ClosedStream(t *testing.T) {
	f := newFake()
	hold := make(chan struct{})
	f.answer = func(r *compat.Request) {
		send(r, "x")
		r.Wire.Finish(r)
		<-hold
	}
	f.host.HTTP2 = &compat.HTTP2{MaxStreams: 1, Window: 65535, Direct: true}
	p := newPeer(t, f)
	defer close(hold)
	p.framer.WriteSettings()
	for id := uint32(1); id <= 3; id += 2 {
		p.ask(id, true, block("GET", "/"))
		p.until("the end", func(frame http2.Frame) bool {
			d, ok := frame.(*http2.DataFrame)
			return ok && d.StreamID == id && d.StreamEnded()
		})
	}
	p.ask(3, true, block("GET", "/"))
	p.until("STREAM_CLOSED", func(frame http2.Frame) bool {
		g, ok := frame.(*http2.GoAwayFrame)
		return ok && g.ErrCode == http2.ErrCodeStreamClosed
	})
}

// A client that sends more than the window of a stream has room for, before
// anybody reads, is refused; nothing else suffers.
func TestHTTP2BodyIsBounded(t *testing.T) {
	f := newFake()
	hold := make(chan struct{})
	f.answer = func(r *compat.Request) {
		if r.Method == "POST" {
			<-hold
		}
		send(r, "x")
	}
	p := newPeer(t, f)
	defer close(hold)
	p.framer.WriteSettings()
	p.ask(1, false, block("POST", "/"))
	piece := make([]byte, 16000)
	for range 6 {
		p.framer.WriteData(1, false, piece)
	}
	p.until("FLOW_CONTROL_ERROR", func(frame http2.Frame) bool {
		r, ok := frame.(*http2.RSTStreamFrame)
		return ok && r.ErrCode == http2.ErrCodeFlowControl
	})
	p.ask(3, true, block("GET", "/"))
	p.until("the other answer", func(frame http2.Frame) bool {
		h, ok := frame.(*http2.MetaHeadersFrame)
		return ok && h.StreamID == 3
	})
}

// FuzzHTTP2 sends anything behind the preface: the server must come to an end.
func FuzzHTTP2(f *testing.F) {
	var seed bytes.Buffer
	w := http2.NewFramer(&seed, nil)
	w.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 100})
	w.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block("POST", "/", "content-length", "2"), EndHeaders: true})
	w.WriteData(1, true, []byte("xy"))
	w.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: block("GET", "/a"), EndHeaders: true, EndStream: true})
	w.WritePing(false, [8]byte{})
	w.WriteRSTStream(3, http2.ErrCodeCancel)
	w.WriteWindowUpdate(0, 100)
	w.WriteGoAway(3, http2.ErrCodeNo, nil)
	f.Add(seed.Bytes())
	f.Add(seed.Bytes()[:40])
	f.Fuzz(func(t *testing.T, frames []byte) {
		fake := newFake()
		fake.host.HTTP2 = &compat.HTTP2{MaxStreams: 10, Window: 65535, Direct: true}
		fake.host.Protocols = []string{"h2c"}
		s := &Server{Handler: fake}
		client, server := net.Pipe()
		done := make(chan struct{})
		c := s.newConn(server)
		go func() { c.serve(); close(done) }()
		go io.Copy(io.Discard, client)
		client.SetWriteDeadline(time.Now().Add(5 * time.Second))
		io.WriteString(client, http2.ClientPreface)
		client.Write(frames)
		client.Close()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("the connection does not end")
		}
	})
}
