//go:build unix

package wsgi

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"time"
)

// A call is a request on its way to a worker and back.
type call struct {
	target  *target
	environ func(e *Environ, restarts int)
	body    io.Reader // nil: none
	reply   reply
	// connect bounds the wait for a worker, socket each wait for its answer.
	connect, socket time.Duration

	e         Environ
	piece     []byte
	bodyTaken bool // a part of the body was sent: the request cannot be sent again
	headed    bool
	restarts  int // processes that were on their way out
	refused   int // pid of the last of them
	bodyError error
}

// A reply takes the answer. An error of one of its methods ends the call: the
// client is gone.
type reply interface {
	head(h head) error
	data(p []byte) error
	file(f *os.File, offset, n int64) error
	// flush is called where more of the answer may take a while.
	flush() error
	log(level byte, line []byte)
}

// errFailed tells that the application failed before any output, which it has
// logged itself.
var errFailed = errors.New("application failed")

// do has the request answered. A process on its way out takes nothing, and the
// request goes to another.
func (c *call) do() error {
	deadline := time.Now().Add(c.connect)
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		k, err := c.target.acquire(deadline, c.socket)
		if err != nil {
			return err
		}
		again, keep, err := c.exchange(k)
		if keep {
			c.target.put(k)
		} else {
			c.target.drop(k)
		}
		if !again {
			return err
		}
		if time.Now().After(deadline) {
			return ErrBusy
		}
		time.Sleep(wait)
	}
}

// exchange sends the request on one connection and reads the answer. again
// tells that nothing of it was taken; keep, that the connection is good.
func (c *call) exchange(k *conn) (again, keep bool, err error) {
	c.e.Reset(k.hello.Bytes)
	c.environ(&c.e, c.restarts)
	flag := []byte{0}
	if c.body != nil {
		flag[0] = 1
	}
	k.nc.SetDeadline(time.Now().Add(c.socket))
	if err := k.send(frameRequest, flag, c.e.Bytes()); err != nil {
		return true, false, nil // Never read: the process ended before.
	}
	for {
		k.nc.SetDeadline(time.Now().Add(c.socket))
		kind, payload, err := k.frame()
		if err != nil {
			return c.broken(k, err)
		}
		switch kind {
		case frameTaken:
			if k.hello.PID != c.refused {
				c.refused = k.hello.PID
				c.restarts++
			}
			return !c.bodyTaken && !c.headed, false, errors.New("the process is being replaced")
		case frameEnd:
			if len(payload) == 1 && payload[0] != 0 {
				return false, true, errFailed
			}
			return false, true, nil
		default:
			if err := c.frame(k, kind, payload); err != nil {
				return false, false, err
			}
		}
	}
}

// frame obeys a frame in the middle of an answer.
func (c *call) frame(k *conn, kind byte, payload []byte) error {
	switch kind {
	case frameWant:
		return c.feed(k, payload)
	case frameLog:
		if len(payload) > 0 {
			c.reply.log(payload[0], payload[1:])
		}
		return nil
	case frameStatus:
		h, err := parseHead(payload)
		if err != nil {
			return err
		}
		if c.headed {
			return protocol("two headers")
		}
		c.headed = true
		return c.reply.head(h)
	case frameData:
		if !c.headed {
			return protocol("data before the header")
		}
		if err := c.reply.data(payload); err != nil {
			return err
		}
		if !k.buffered() {
			return c.reply.flush()
		}
		return nil
	case frameFile:
		return c.sendFile(k, payload)
	case frameAnswer:
		if a, ok := c.reply.(interface{ value([]byte) error }); ok {
			return a.value(payload)
		}
	}
	return protocol("frame %c in an answer", kind)
}

func (c *call) sendFile(k *conn, payload []byte) error {
	if len(payload) != 16 || !c.headed {
		return protocol("file frame of %d bytes", len(payload))
	}
	f := k.takeFile()
	if f == nil {
		return protocol("file frame without a descriptor")
	}
	defer f.Close()
	offset, n := int64(binary.BigEndian.Uint64(payload)), int64(binary.BigEndian.Uint64(payload[8:]))
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || offset < 0 || n < 0 {
		return protocol("file frame for what is no file")
	}
	return c.reply.file(f, offset, n)
}

// feed sends as much of the body as the worker wants, or its end.
func (c *call) feed(k *conn, payload []byte) error {
	if len(payload) != 4 {
		return protocol("want frame of %d bytes", len(payload))
	}
	c.bodyTaken = true
	want := min(int(binary.BigEndian.Uint32(payload)), maxWant)
	if c.body == nil || want == 0 {
		return k.send(frameBodyEnd)
	}
	if len(c.piece) < min(want, 64<<10) {
		c.piece = make([]byte, 64<<10)
	}
	n, err := c.body.Read(c.piece[:min(want, len(c.piece))])
	k.nc.SetDeadline(time.Now().Add(c.socket))
	switch {
	case n > 0:
		return k.send(frameBody, c.piece[:n])
	case err == io.EOF || err == nil:
		return k.send(frameBodyEnd)
	}
	c.bodyError = err
	return k.send(frameBodyBad, []byte(err.Error()))
}

// broken is what becomes of a call whose worker says no more.
func (c *call) broken(k *conn, err error) (again, keep bool, _ error) {
	var bad *ProtocolError
	switch {
	case errors.As(err, &bad):
		return false, false, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return false, false, ErrTimeout
	}
	reason := "closed the connection in the middle of an answer"
	for range 20 { // The supervisor hears of it at about the same time.
		if r, ok := provider.Exited(k.hello.PID); ok {
			reason = r
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false, false, &DiedError{k.hello.PID, reason}
}
