package wire

import (
	"net"
	"sync"
	"time"

	"understudy/compat"
)

// Bounds on what is read for nothing.
const (
	maxDiscard  = 16 << 20         // of a body nobody read, to keep the connection
	lingerQuiet = 2 * time.Second  // without a byte
	lingerTime  = 30 * time.Second // in all
)

// inSize is the buffer a request begins with.
const inSize = 8 << 10

// An exchange is a request under way and its answer.
type exchange struct {
	c *conn
	// in holds what was read: in[start:end] is not yet used. Strings point into
	// what is before headEnd, so that stays as it is.
	in         []byte
	start, end int
	headEnd    int

	req  compat.Request
	head head
	body requestBody
	// stage is what RequestReadTimeout leaves of the time, whole that of Timeout.
	stage stage
	whole time.Duration
	out   output

	sending sending
	onWrite func(uintptr) bool // the callback of the connection's raw
}

var exchanges = sync.Pool{New: func() any {
	x := &exchange{in: make([]byte, inSize)}
	x.onWrite = x.writeReady
	return x
}}

func takeExchange(c *conn) *exchange {
	x := exchanges.Get().(*exchange)
	x.c = c
	x.out.x, x.body.x = x, x
	return x
}

// untake lets others use x, which was not used.
func (x *exchange) untake() {
	x.c = nil
	exchanges.Put(x)
}

// giveBack lets others use x. A buffer that had to grow is not kept.
func (x *exchange) giveBack() {
	x.out.drop()
	x.req.Reset()
	x.c, x.start, x.end, x.headEnd = nil, 0, 0, 0
	if len(x.in) != inSize {
		x.in = make([]byte, inSize)
	}
	exchanges.Put(x)
}

func (x *exchange) begin() {
	r := &x.req
	r.Reset()
	r.Conn, r.Wire, r.Host = &x.c.info, &x.out, x.c.host
	r.Start = time.Now()
	r.Status = 200
	x.out.begin()
	x.body = requestBody{x: x, ended: true}
}

// serve reads a request and has it answered. It reports whether another may
// follow.
func (x *exchange) serve() bool {
	x.begin()
	r := &x.req
	x.whole = r.Start.Add(timeoutOf(x.c.host)).Sub(epoch)
	x.stage = newStage(headerStage(x.c.host), r.Start.Sub(epoch))
	x.stage.extend(x.end - x.start)
	status := x.readHead()
	x.stage = stage{}
	switch status {
	case gone:
		return false
	case silent:
		x.refuse(408)
		r.Aborted = true
	case 0:
		r.KeepAlive = true
		x.out.expecting = r.ExpectContinue
		x.body.prepare()
		if first := x.upgradesToHTTP2(); first != nil {
			x.c.serveHTTP2(first)
			return false
		}
	case 417: // That the connection ends then is not said.
		r.Rejected, r.Status, r.KeepAlive = true, status, true
		x.body.prepare()
	default:
		x.refuse(status)
	}
	x.c.srv.Handler.Serve(r)
	x.out.Finish(r)
	if r.Rejected || !x.out.keep || x.out.err != nil {
		return false
	}
	return x.body.discard() && x.skipBlankLines()
}

// skipBlankLines takes what may stand between two requests (ap_check_pipeline):
// even a bare LF. It reports whether that is not too much.
func (x *exchange) skipBlankLines() bool {
	for n := 0; n <= maxBlankLines; n++ {
		switch rest := x.in[x.start:x.end]; {
		case len(rest) > 0 && rest[0] == '\n':
			x.start++
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			x.start += 2
		default:
			return true
		}
	}
	return false
}

// refuse makes the request one that is only answered with status.
func (x *exchange) refuse(status int) {
	x.req.Rejected, x.req.Status, x.req.KeepAlive = true, status, false
	x.req.Body = nil
}

// fill reads more of the request. Where there is no room for it, what is used
// and has no strings in it makes way, or there is a larger buffer; the strings
// keep the old one.
func (x *exchange) fill() error {
	if !x.out.started {
		x.out.flush() // Of the answers before this one nobody is to wait for it.
	}
	room := len(x.in) - x.headEnd - (x.end - x.start)
	switch {
	case x.start > x.headEnd && room >= inSize/4 && (x.start == x.end || x.end == len(x.in)):
		x.end = x.headEnd + copy(x.in[x.headEnd:], x.in[x.start:x.end])
		x.start = x.headEnd
	case x.end == len(x.in):
		x.grow()
	}
	before := x.end
	x.c.reads.by = x.stage.bound(x.whole)
	err := x.c.read()
	x.stage.extend(x.end - before)
	return err
}

func (x *exchange) grow() {
	size := inSize
	for size < 2*(x.end-x.start) {
		size *= 2
	}
	larger := make([]byte, size)
	x.end = copy(larger, x.in[x.start:x.end])
	x.in, x.start, x.headEnd = larger, 0, 0
}

// linger closes so that the client can read the answer: what it still sends is
// read for a while, or the kernel would reset the connection.
func (x *exchange) linger() {
	if x.start == x.end && x.body.ended && !x.req.Rejected {
		return
	}
	nc := x.c.nc
	half, ok := nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	waste(nc, time.Now().Add(lingerTime))
}

// waste reads until the client closes, is quiet, or has had its time.
func waste(nc net.Conn, end time.Time) {
	buffer := make([]byte, 4<<10)
	for total := 0; total < maxDiscard; {
		now := time.Now()
		if now.After(end) {
			return
		}
		nc.SetReadDeadline(now.Add(lingerQuiet))
		n, err := nc.Read(buffer)
		if err != nil {
			return
		}
		total += n
	}
}
