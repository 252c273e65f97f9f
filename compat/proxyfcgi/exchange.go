package proxyfcgi

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"

	"understudy/compat"
	"understudy/compat/internal/fastcgi"
	"understudy/compat/internal/upstream"
)

// An exchange is a request to a FastCGI worker and its answer.
type exchange struct {
	c    *upstream.Call
	r    *compat.Request
	conf *config

	in       fastcgi.Reader
	header   upstream.ScriptHeader
	ended    bool // of the request, as the worker says
	begun    bool // something went to the client
	ignores  bool // the rest of the answer
	instead  compat.Status
	autoWait bool
}

// errAnswered ends an exchange whose answer is known.
var errAnswered = errors.New("answered")

// handle asks a worker (proxy_fcgi_handler).
func handle(c *upstream.Call) compat.Status {
	if _, ok := upstream.CutScheme(c.URL, "fcgi"); !ok {
		return compat.Declined
	}
	c.Function = "FCGI"
	defer c.Release()
	if status := c.Begin(); status != compat.OK {
		return status
	}
	e := &exchange{c: c, r: c.R, conf: slot.Of(c.R)}
	if status := e.prepare(); status != compat.OK {
		return status
	}
	keeps := c.Worker.ReuseSet && c.Worker.Reusable()
	if _, err := c.Connect(!keeps); err != nil {
		c.Errorf("proxy_fcgi", nil, "AH01079: failed to make connection to backend: %s", c.Host)
		return 503
	}
	c.Conn.Spent = !keeps
	c.Conn.Waiting = nil
	if c.Worker.FlushPackets != "" {
		c.Conn.Waiting = e.flush
	}
	status := e.run(keeps)
	if !e.ended && c.Conn != nil {
		c.Conn.Spent = true
	}
	return status
}

func (e *exchange) flush() {
	if e.begun {
		e.r.Writer.Flush()
	}
}

// prepare reads of the body what has to be known of it: a small one has a
// length.
func (e *exchange) prepare() compat.Status {
	r, b := e.r, e.c.Body
	if r.In.Has("Transfer-Encoding") {
		r.In.Del("Content-Length")
	}
	if !r.ExpectContinue {
		if err := b.Prefetch(); err != nil {
			return compat.StatusOf(err)
		}
	}
	if b.Length < 0 && r.Env.Has("proxy-sendcl") {
		if err := b.Spool(); err != nil {
			return compat.StatusOf(err)
		}
	}
	if b.Has && b.Length >= 0 {
		r.In.Set("Content-Length", strconv.FormatInt(b.Length, 10))
		r.In.Del("Transfer-Encoding")
	}
	return compat.OK
}

// buffers are for the beginnings of requests.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// maxBuffer is the size of those that are not used again.
const maxBuffer = 64 << 10

// run sends the request and passes the answer on.
func (e *exchange) run(keeps bool) compat.Status {
	r := e.r
	environ(r, e.conf)
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	first := fastcgi.AppendBegin((*buf)[:0], fastcgi.Responder, keeps)
	first = fastcgi.AppendParams(first, r.Env.All(), func(name string) {
		r.Logf("proxy_fcgi", compat.LevelWarn, nil, "AH02536: couldn't encode envvar '%s' in 16384 bytes", name)
	})
	if cap(first) <= maxBuffer {
		*buf = first
	}
	err := e.send(first)
	for err == nil && !e.ended {
		err = e.receive()
	}
	if err == nil || err == errAnswered {
		return e.finish()
	}
	return e.failed(err)
}

// send sends the body behind first, and reads what the worker answers
// meanwhile.
func (e *exchange) send(first []byte) error {
	out := first
	flush := func() error {
		if len(out) < 1<<10 || e.ended {
			return nil
		}
		err := e.write(out)
		out = out[:0]
		return err
	}
	err := e.c.Body.Send(nil, func(p []byte) error {
		out = fastcgi.AppendStdin(out, p)
		return flush()
	})
	var lost *upstream.SendError
	if err != nil && !errors.As(err, &lost) {
		return &clientError{err}
	}
	if lost != nil {
		return lost.Err
	}
	out = fastcgi.AppendEnd(out)
	if e.fits(out) && !e.ended {
		return e.c.Conn.Ask(out)
	}
	return e.write(out)
}

// A clientError is what went wrong on the client's side.
type clientError struct{ err error }

func (e *clientError) Error() string { return "reading input brigade" }

// simpleWrite is how much is written without looking for an answer at the same
// time: what fits into the kernel's buffers.
const simpleWrite = 64 << 10

// fits reports whether p can be written without looking for an answer.
func (e *exchange) fits(p []byte) bool {
	return len(p) <= simpleWrite && e.c.Body.Length <= simpleWrite && e.c.Body.Length >= 0
}

// write writes p. The worker may have to get rid of its answer before it takes
// all of it, so a large p is written beside.
func (e *exchange) write(p []byte) error {
	k := e.c.Conn
	if e.ended {
		return nil
	}
	if e.fits(p) {
		_, err := k.Write(p)
		return err
	}
	written := make(chan error, 1)
	go func() {
		_, err := k.Write(p)
		k.Interrupt() // It is over when the next read begins, which it must not meet.
		written <- err
	}()
	for {
		err := e.receive()
		if upstream.Interrupted(err) {
			return <-written
		}
		if err != nil || e.ended {
			k.Abort()
			if writeErr := <-written; err == nil && !e.ended {
				err = writeErr
			}
			return err
		}
	}
}

// receive reads more, and passes on what is there.
func (e *exchange) receive() error {
	k := e.c.Conn
	if err := e.drain(); err != nil || e.ended {
		return err
	}
	if err := k.Fill(); err != nil {
		return err
	}
	return e.drain()
}

// drain takes apart what was read.
func (e *exchange) drain() error {
	k := e.c.Conn
	for !e.ended {
		b := k.Buffered()
		if len(b) == 0 {
			return nil
		}
		kind, content, used, err := e.in.Next(b)
		if err != nil {
			var f *fastcgi.Fault
			if errors.As(err, &f) && f.Version {
				e.c.Errorf("proxy_fcgi", nil, "AH01068: Got bogus version %d", f.Value)
			} else if f != nil {
				e.c.Errorf("proxy_fcgi", nil, "AH01069: Got bogus rid %d, expected 1", f.Value)
			}
			return err
		}
		if used == 0 {
			return nil
		}
		if kind != 0 {
			err = e.record(kind, content)
		}
		k.Skip(used)
		if err != nil {
			return err
		}
	}
	return nil
}

// record obeys a part of a record.
func (e *exchange) record(kind byte, content []byte) error {
	switch kind {
	case fastcgi.Stdout:
		if len(content) == 0 {
			return e.endOfOutput()
		}
		return e.output(content)
	case fastcgi.Stderr:
		if len(content) > 0 {
			e.c.Errorf("proxy_fcgi", nil, "AH01071: Got error '%s'", content)
		}
	case fastcgi.EndRequest:
		e.ended = e.in.Left == 0
	default:
		e.c.Errorf("proxy_fcgi", nil, "AH01072: Got bogus record %d", kind)
	}
	return nil
}

// output takes a part of the answer.
func (e *exchange) output(p []byte) error {
	r := e.r
	if e.header.Done() {
		return e.body(p)
	}
	body, done, tooLong := e.header.Add(p)
	if tooLong {
		e.instead = 500
		e.c.Errorf("proxy_fcgi", nil, "AH01070: Error parsing script headers")
		return errAnswered
	}
	if !done {
		return nil
	}
	status := e.header.Apply(r, "proxy_fcgi")
	upstream.ScriptFraming(r)
	switch {
	case status == 304 || status == 412:
		r.Status, e.ignores, e.instead = int(status), true, status
	case status != compat.OK:
		e.c.Errorf("proxy_fcgi", nil, "AH01070: Error parsing script headers")
		e.instead = status
		return errAnswered
	case e.c.Dir.Overrides(r.Status) && r.IsInitial():
		e.instead, r.ReasonStatus = compat.Status(r.Status), r.Status
		r.Status, e.ignores = 200, true
	}
	if len(body) == 0 {
		return nil
	}
	return e.body(append([]byte(nil), body...))
}

func (e *exchange) body(p []byte) error {
	if e.ignores {
		return nil
	}
	e.begun = true
	if _, err := e.r.Writer.Write(p); err != nil || e.r.Aborted {
		e.r.Aborted = true
		return errAnswered
	}
	return nil
}

// endOfOutput is for the end of the answer. Without a header all of it is the
// body, as Apache has it.
func (e *exchange) endOfOutput() error {
	if e.header.Done() {
		return nil
	}
	if e.ignores {
		return nil
	}
	e.begun, e.ignores = true, true
	e.r.Notes.Set("unknown-length", "1")
	if rest := e.header.Bytes(); len(rest) > 0 {
		e.r.Writer.Write(rest)
	}
	return nil
}

// finish answers for an exchange that went well.
func (e *exchange) finish() compat.Status {
	if e.r.Aborted {
		return compat.OK
	}
	if e.instead != 0 {
		return e.instead
	}
	return compat.OK
}

// failed answers for one that did not (fcgi_do_request).
func (e *exchange) failed(err error) compat.Status {
	r := e.r
	e.c.Conn.Spent = true
	if r.Aborted {
		return compat.OK
	}
	why := ""
	var client *clientError
	var f *fastcgi.Fault
	switch {
	case errors.As(err, &client):
		why = " (reading input brigade)"
	case errors.As(err, &f):
		err = errors.New("(22)Invalid argument")
	case upstream.IsTimeout(err):
		why = " (polling)"
	case errors.Is(err, io.EOF):
		e.c.Errorf("proxy_fcgi", nil, "AH01067: Failed to read FastCGI header")
	case strings.Contains(err.Error(), "write"):
		why = " (sending stdin)"
	}
	e.c.Errorf("proxy_fcgi", err, "AH01075: Error dispatching request to %s:%s", e.c.PortText, why)
	switch {
	case e.begun:
		r.Writer.Flush()
		r.KeepAlive, r.Aborted = false, true
		return compat.OK
	case client != nil:
		return compat.StatusOf(client.err)
	case upstream.IsTimeout(err):
		r.Notes.Set("proxy_timedout", "1")
		return 504
	}
	return 503
}
