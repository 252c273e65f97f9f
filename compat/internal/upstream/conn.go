package upstream

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// connBuffer is what is read ahead of a connection to a worker.
const connBuffer = 16 << 10

// connBuffers are those of connections that are not in use.
var connBuffers = sync.Pool{New: func() any { return new([connBuffer]byte) }}

// A Conn is a connection to a worker. It reads ahead.
type Conn struct {
	Waiting func() // called before a read that has to wait; nil: nothing to do
	Spent   bool   // not to be used again
	Uses    int    // answers it carried

	nc         net.Conn
	raw        syscall.RawConn // nil: read by nc
	worker     *Worker
	server     string // name asked for in TLS
	timeout    time.Duration
	freed      time.Time
	buf        []byte
	start, end int
	interrupt  atomic.Bool // the next read is not to wait

	onRead  func(uintptr) bool // callback of raw, and what it has found
	into    []byte
	readN   int
	readErr error

	onWrite  func(uintptr) bool // callback of raw, what it has to write, and how far it got
	from     []byte
	writeErr error
	armed    bool // there is a deadline for writing

	onAsk  func(uintptr) bool // callback of raw
	asking bool               // nothing is written yet
	unseen bool               // whether it is still open
	told   error              // of reading in Ask
	peeked [1]byte
}

func newConn(nc net.Conn, w *Worker, timeout time.Duration) *Conn {
	c := &Conn{nc: nc, worker: w, timeout: timeout}
	if sc, ok := nc.(syscall.Conn); ok && rawReads {
		c.raw, _ = sc.SyscallConn()
		c.onRead, c.onWrite, c.onAsk = c.readReady, c.writeReady, c.askReady
	}
	return c
}

// SetTimeout changes how long a read or write may take.
func (c *Conn) SetTimeout(d time.Duration) { c.timeout = d }

// Timeout is how long a read or write may take.
func (c *Conn) Timeout() time.Duration { return c.timeout }

// Local is this end of the connection.
func (c *Conn) Local() net.Addr { return c.nc.LocalAddr() }

// Remote is the worker's end.
func (c *Conn) Remote() net.Addr { return c.nc.RemoteAddr() }

// Net is the connection itself, for who speaks on it in another way from its
// beginning on.
func (c *Conn) Net() net.Conn { return c.nc }

// Buffered is what was read and not used.
func (c *Conn) Buffered() []byte { return c.buf[c.start:c.end] }

// Fill reads more. It is an error if there is no room for it.
func (c *Conn) Fill() error {
	if err := c.told; err != nil {
		c.told = nil
		return err
	}
	if c.buf == nil {
		c.takeBuffer()
	}
	if c.start == c.end {
		c.start, c.end = 0, 0
	}
	if c.end == len(c.buf) {
		if c.start == 0 {
			return ErrTooLong
		}
		c.end = copy(c.buf, c.buf[c.start:c.end])
		c.start = 0
	}
	n, err := c.receive(c.buf[c.end:])
	c.end += n
	return err
}

func (c *Conn) takeBuffer() { c.buf = (*connBuffers.Get().(*[connBuffer]byte))[:] }

// receive reads into p, at least a byte unless there is an error.
func (c *Conn) receive(p []byte) (int, error) {
	c.nc.SetReadDeadline(deadline(c.timeout))
	if c.interrupt.Load() { // It may have been before the deadline was set.
		c.interrupt.Store(false)
		return 0, errInterrupted
	}
	n, err := 0, error(nil)
	if c.raw != nil {
		n, err = c.receiveRaw(p)
	} else {
		if c.Waiting != nil {
			c.Waiting()
		}
		n, err = c.nc.Read(p)
	}
	return c.received(n, err)
}

// received is what a read comes to.
func (c *Conn) received(n int, err error) (int, error) {
	c.worker.read.Add(int64(n))
	if n > 0 {
		return n, nil
	}
	switch {
	case err == nil:
		err = io.EOF
	case IsTimeout(err) && c.interrupt.CompareAndSwap(true, false):
		err = errInterrupted
	}
	return 0, err
}

func (c *Conn) receiveRaw(p []byte) (int, error) {
	c.into, c.readN, c.readErr = p, 0, nil
	err := c.raw.Read(c.onRead)
	c.into = nil
	if err != nil {
		return 0, err
	}
	return c.readN, c.readErr
}

func deadline(d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}

// ErrTooLong is the error for a line that is longer than it may be.
var ErrTooLong = errors.New("line too long")

// ReadLine reads a line of at most max bytes, and returns it without its end.
// It is valid until the next read.
func (c *Conn) ReadLine(max int) ([]byte, error) {
	if max > connBuffer && len(c.buf) < max {
		c.grow(max)
	}
	for from := 0; ; {
		have := c.buf[c.start:c.end]
		for i := from; i < len(have); i++ {
			if have[i] != '\n' {
				continue
			}
			if i > max {
				return nil, ErrTooLong
			}
			c.start += i + 1
			if i > 0 && have[i-1] == '\r' {
				i--
			}
			return have[:i], nil
		}
		if from = len(have); from > max {
			return nil, ErrTooLong
		}
		if err := c.Fill(); err != nil {
			return nil, err
		}
	}
}

// grow makes room for a line of max bytes.
func (c *Conn) grow(max int) {
	larger := make([]byte, max+2)
	c.end = copy(larger, c.buf[c.start:c.end])
	c.buf, c.start = larger, 0
}

// Read reads what was read ahead, then from the connection.
func (c *Conn) Read(p []byte) (int, error) {
	if c.start == c.end {
		if len(p) >= connBuffer {
			return c.receive(p)
		}
		if err := c.Fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.buf[c.start:c.end])
	c.start += n
	return n, nil
}

// Skip forgets n bytes that are buffered.
func (c *Conn) Skip(n int) { c.start += n }

// Write writes p.
func (c *Conn) Write(p []byte) (n int, err error) {
	if c.raw != nil {
		n, err = c.writeRaw(p)
	} else {
		c.nc.SetWriteDeadline(deadline(c.timeout))
		n, err = c.nc.Write(p)
	}
	c.worker.sent.Add(int64(n))
	return n, err
}

// writeRaw writes p. Only where that has to wait is there a deadline.
func (c *Conn) writeRaw(p []byte) (int, error) {
	c.disarm()
	c.from, c.writeErr = p, nil
	err := c.raw.Write(c.onWrite)
	n := len(p) - len(c.from)
	c.from = nil
	if err == nil {
		err = c.writeErr
	}
	return n, err
}

func (c *Conn) disarm() {
	if c.armed {
		c.armed = false
		c.nc.SetWriteDeadline(time.Time{})
	}
}

// dropBuffer gives up the buffer; what is in it is lost.
func (c *Conn) dropBuffer() {
	if len(c.buf) == connBuffer {
		connBuffers.Put((*[connBuffer]byte)(c.buf))
	}
	c.buf, c.start, c.end, c.told = nil, 0, 0, nil
}

// Close closes the connection; it is not used again.
func (c *Conn) Close() error {
	c.Spent = true
	return c.nc.Close()
}

// IsTimeout reports whether an error is that of time running out.
func IsTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// errInterrupted is the error of a read that was ended by Interrupt.
var errInterrupted = errors.New("interrupted")

// Interrupted reports whether an error is that of Interrupt.
func Interrupted(err error) bool { return err == errInterrupted }

// Interrupt ends the read under way, or the next one, with an error that
// Interrupted knows. It may be called by another goroutine.
func (c *Conn) Interrupt() {
	c.interrupt.Store(true)
	c.nc.SetReadDeadline(time.Unix(1, 0))
}

// Abort ends reads and writes that are under way; the connection is not used
// again.
func (c *Conn) Abort() {
	c.Spent = true
	c.nc.SetDeadline(time.Unix(1, 0))
}
