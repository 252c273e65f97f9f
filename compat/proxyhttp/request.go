package proxyhttp

import (
	"errors"
	"strconv"
	"strings"
	"sync"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// An exchange is a request to a worker and its answer.
type exchange struct {
	c      *upstream.Call
	r      *compat.Request
	scheme string

	http10    bool   // force-proxy-request-1.0
	closes    bool   // the connection is not used again
	upgrade   string // protocol that both may go on with; "": none
	waits     bool   // for 100 Continue, before the body is sent
	chunked   bool   // the body is sent so
	reused    bool   // the connection carried an answer before
	interim   int
	sendError error // of the body; the answer may say why
	unsent    bool  // what came could not be passed on

	head    []byte // of the request
	reply   reply
	limited limited // the body of the answer, where its length is known
	onWait  func()  // what is done before the worker is waited for
}

var exchanges = sync.Pool{New: func() any {
	e := &exchange{head: make([]byte, 0, 4<<10)}
	e.onWait = func() { e.unsent = e.r.Writer.Flush() != nil || e.unsent }
	return e
}}

func take(c *upstream.Call, scheme string) *exchange {
	e := exchanges.Get().(*exchange)
	e.c, e.r, e.scheme = c, c.R, scheme
	return e
}

// giveBack lets others use e.
func (e *exchange) giveBack() {
	e.reply.reset()
	*e = exchange{head: e.head[:0], reply: e.reply, onWait: e.onWait}
	exchanges.Put(e)
}

// run sends the request and passes the answer on. What a worker closed in our
// face is sent once more.
func (e *exchange) run() compat.Status {
	e.decide()
	if status := e.prepare(); status != compat.OK {
		return status
	}
	if status := e.makeHead(); status != compat.OK {
		return status
	}
	status, again := e.try(false)
	if again {
		status, _ = e.try(true)
	}
	return status
}

// decide looks at what variables and the worker say of the exchange.
func (e *exchange) decide() {
	c, r := e.c, e.r
	e.http10 = r.Env.Has("force-proxy-request-1.0")
	e.closes = e.http10 || r.Env.Has("proxy-nokeepalive") || !c.Worker.Reusable() || r.Main != nil ||
		r.In.Has("Content-Length") && r.In.Has("Transfer-Encoding")
	if protocol, ok := r.In.Lookup("Upgrade"); ok && !e.http10 {
		fallback := ""
		if e.scheme[0] == 'w' {
			fallback = "WebSocket"
		}
		if (c.Worker.Upgrade != "" || fallback != "") && c.Worker.CanUpgrade(protocol, fallback) {
			e.upgrade = protocol
		}
	}
	forwards := r.ExpectContinue && (c.Dir.Continue == nil || *c.Dir.Continue)
	pings := c.Worker.Ping > 0 && !r.Forward && c.Body.Has
	e.waits = !e.http10 && (forwards || pings)
}

// prepare reads of the body what has to be known of it before the header is
// sent (ap_proxy_http_prefetch).
func (e *exchange) prepare() compat.Status {
	b, r := e.c.Body, e.r
	if !e.waits {
		if err := b.Prefetch(); err != nil {
			return e.bodyFailed(err)
		}
	}
	if b.Length >= 0 {
		return compat.OK
	}
	wantsLength := r.Env.Has("proxy-sendcl") && !r.Env.Has("proxy-sendchunks") && !r.Env.Has("proxy-sendchunked")
	if !e.http10 && !wantsLength {
		e.chunked = true
		return compat.OK
	}
	if err := b.Spool(); err != nil {
		return e.bodyFailed(err)
	}
	return compat.OK
}

// bodyFailed answers for a body that could not be read.
func (e *exchange) bodyFailed(err error) compat.Status {
	e.r.Logf("proxy", compat.LevelDebug, nil, "AH01095: prefetch request body failed to %s from %s: %v",
		e.c.Host, compat.ClientAddr(e.r), err)
	return compat.StatusOf(err)
}

// makeHead makes request line and header.
func (e *exchange) makeHead() compat.Status {
	b, status := e.c.AppendHead(e.head, upstream.Head{HTTP10: e.http10, Continue: e.waits})
	if status != compat.OK {
		return status
	}
	switch {
	case e.chunked:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	case e.c.Body.Has:
		b = append(b, "Content-Length: "...)
		b = append(strconv.AppendInt(b, e.c.Body.Length, 10), "\r\n"...)
	}
	switch {
	case e.http10:
	case e.upgrade != "":
		b = append(b, "Connection: Upgrade\r\n"...)
		b = upstream.AppendField(b, "Upgrade", e.upgrade)
	case e.closes:
		b = append(b, "Connection: close\r\n"...)
	default:
		b = append(b, "Connection: Keep-Alive\r\n"...)
	}
	e.head = append(b, "\r\n"...)
	return compat.OK
}

// try sends the request on one connection. again tells that another should be
// tried.
func (e *exchange) try(fresh bool) (status compat.Status, again bool) {
	c := e.c
	pooled := !(e.r.Conn.Keepalives == 0 && !e.r.Forward && e.r.Env.Has("proxy-initial-not-pooled"))
	c.Asks = !e.waits && c.Body.Whole()
	e.sendError = nil
	err := upstream.ErrDead
	for err == upstream.ErrDead {
		if c.Conn != nil {
			c.Discard()
		}
		if e.reused, err = c.Connect(fresh || !pooled); err != nil {
			return e.unreachable(err), false
		}
		c.Conn.Spent, c.Conn.Waiting = e.closes, nil
		err = e.begin()
	}
	if err != nil && !e.lost(err) {
		return e.clientFailed(err), false
	}
	status, again = e.answer()
	if status != compat.OK && c.Conn != nil {
		c.Conn.Spent = true
	}
	if again {
		c.Discard()
	}
	return status, again
}

// lost reports whether err is one of sending to the worker, which may have said
// why it did not listen.
func (e *exchange) lost(err error) bool {
	var lost *upstream.SendError
	if !errors.As(err, &lost) {
		return false
	}
	e.sendError = lost.Err
	return true
}

// begin sends the header, and the body unless the worker is to say that it wants
// it.
func (e *exchange) begin() error {
	c := e.c
	switch {
	case c.Asks:
		return c.Ask(e.head)
	case !e.waits:
		return e.send(e.head)
	}
	if _, err := c.Conn.Write(e.head); err != nil {
		return &upstream.SendError{Err: err}
	}
	return nil
}

func (e *exchange) unreachable(err error) compat.Status {
	if err == upstream.ErrNoTLS {
		e.r.Logf("proxy", compat.LevelError, nil, "AH01961: SSL Proxy requested for %s:%d but not enabled "+
			"[Hint: SSLProxyEngine]", e.r.Host.Name, e.r.Host.Port)
		return 500
	}
	e.c.Errorf("proxy_http", nil, "AH01114: HTTP: failed to make connection to backend: %s", e.c.Host)
	return 503
}

// send sends the body behind first.
func (e *exchange) send(first []byte) error {
	write := func(p []byte) error { _, err := e.c.Conn.Write(p); return err }
	if e.chunked {
		return e.c.Body.SendChunked(first, write)
	}
	return e.c.Body.Send(first, write)
}

// clientFailed answers for a body that the client did not send to its end. The
// worker waits for the rest in vain.
func (e *exchange) clientFailed(err error) compat.Status {
	c := e.c
	c.Conn.Spent = true
	e.c.Errorf("proxy_http", nil, "AH01097: pass request body failed to %s (%s) from %s ()", c.Conn.Remote(), c.Host,
		compat.ClientAddr(e.r))
	return compat.StatusOf(err)
}

// repeatable reports whether the request may be sent once more without the
// worker seeing it twice in effect (RFC 9110, section 9.2.2).
func (e *exchange) repeatable() bool {
	switch strings.ToUpper(e.r.Method) {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PROPFIND", "REPORT":
		return e.c.Body.Repeatable()
	}
	return false
}
