package wire

import (
	"errors"
	"os"
	"time"
)

// A patience is how long a connection is waited for. The poller's own deadline
// is moved only where it would come too late: a timer for each request costs
// more than one that goes off early now and then, and is set again.
type patience struct {
	by    time.Duration // when to give up, since epoch; 0: never
	armed time.Duration // when the poller gives up, since epoch; 0: never
}

var epoch = time.Now().Add(-time.Second) // No moment is 0.

func moment() time.Duration { return time.Since(epoch) }

// until is the deadline to set.
func (p *patience) until() time.Time {
	p.armed = p.by
	if p.by == 0 {
		return time.Time{}
	}
	return epoch.Add(p.by)
}

// late reports whether the poller would not give up in time.
func (p *patience) late() bool { return p.by != 0 && (p.armed == 0 || p.armed > p.by) }

// left reports whether err is only the poller's, and there is time left.
func (p *patience) left(err error) bool {
	return isTimeout(err) && (p.by == 0 || moment() < p.by)
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// armRead makes the poller give up reading in time. A connection that idles
// while the server stops is not waited for any more.
func (c *conn) armRead() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle && c.srv.stop.Load() {
		return
	}
	until := c.reads.until()
	if park := c.since + parkAfter; c.mayPark() && park < c.reads.by {
		c.reads.armed, until = park, epoch.Add(park)
	}
	c.nc.SetReadDeadline(until)
}

// late reports whether the poller is to give up sooner.
func (c *conn) late() bool {
	return c.reads.late() || c.mayPark() && c.reads.armed > c.since+2*parkAfter
}

// mayPark reports whether a fresh goroutine could wait instead of this one: what
// is read from must go on after a deadline, as TLS does.
func (c *conn) mayPark() bool { return c.idle && c.grown && (c.raw != nil || c.info.TLS != nil) }

// parks reports whether that is to be, now that the poller has given up.
func (c *conn) parks() bool {
	if !c.mayPark() || moment() < c.since+parkAfter {
		return false
	}
	c.reads.armed = c.reads.by + 1 // Which has gone off, and is to be set again.
	return true
}

// errPark is the error of waiting for a request where that is so.
var errPark = errors.New("idle")

// readInto reads into p, or, where that is nil, behind what the exchange
// holds. One is taken for that if there is none, when there is something to read.
func (c *conn) readInto(p []byte) (int, error) {
	if c.raw == nil {
		return c.readPlain(p)
	}
	c.into, c.readN, c.readErr = p, 0, nil
	err := c.raw.Read(c.onRead)
	for err != nil && c.reads.left(err) && !(c.idle && c.srv.stop.Load()) {
		if c.parks() {
			c.into = nil
			return 0, errPark
		}
		c.armRead()
		err = c.raw.Read(c.onRead)
	}
	c.into = nil
	switch {
	case err != nil:
		return 0, err
	case c.readErr != nil:
		return 0, c.readErr
	case c.readN == 0:
		return 0, errEOF
	}
	return c.readN, nil
}

var errEOF = errors.New("connection closed by the client")

// readPlain is readInto where the descriptor is not to be had: a byte is read
// before an exchange is taken.
func (c *conn) readPlain(p []byte) (int, error) {
	c.armRead()
	if p == nil && c.x == nil {
		n, err := c.nc.Read(c.first[:])
		switch {
		case n > 0:
		case c.reads.left(err) && !c.srv.stop.Load() && c.parks():
			return 0, errPark
		default:
			return 0, err
		}
		c.x = takeExchange(c)
		c.x.in[0] = c.first[0]
		return n, nil
	}
	if p == nil {
		p = c.x.in[c.x.end:]
	}
	n, err := c.nc.Read(p)
	if n > 0 {
		return n, nil
	}
	return 0, err
}

// read reads behind what the exchange holds.
func (c *conn) read() error {
	n, err := c.readInto(nil)
	if err == nil {
		c.x.end += n
	}
	return err
}
