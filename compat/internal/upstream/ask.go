package upstream

import "errors"

// ErrDead is the error of asking on a connection that was closed meanwhile, or
// on which the worker said something unasked. Nothing was sent.
var ErrDead = errors.New("the connection is not to be used any more")

// Whole reports whether all of b is in memory.
func (b *Body) Whole() bool { return b.rest == nil }

// Ask sends head and the body, which is there as a whole. Where it can it waits
// for the beginning of the answer, too, which is read ahead then.
func (c *Call) Ask(head []byte) error {
	err := c.Conn.Ask(append(head, c.Body.head...))
	if err == ErrDead {
		return err
	}
	c.Body.begun = len(c.Body.head) > 0
	if err != nil {
		return &SendError{err}
	}
	return nil
}

// Ask writes p and waits for the answer, as one operation of the poller: what
// it is told of from before the first byte is sent is not lost, so that nothing
// is read before there is something to read. What comes is read ahead.
func (c *Conn) Ask(p []byte) error {
	if c.raw == nil || c.start < c.end {
		_, err := c.Write(p)
		return err
	}
	c.disarm()
	if c.buf == nil {
		c.takeBuffer()
	}
	c.start, c.end = 0, 0
	c.nc.SetReadDeadline(deadline(c.timeout))
	c.asking, c.from, c.writeErr = true, p, nil
	c.into, c.readN, c.readErr = c.buf, 0, nil
	err := c.raw.Read(c.onAsk)
	rest := c.from
	c.from, c.into = nil, nil
	switch {
	case c.writeErr != nil:
		return c.writeErr
	case err != nil:
	case len(rest) > 0:
		c.worker.sent.Add(int64(len(p) - len(rest)))
		_, err = c.Write(rest)
		return err
	default:
		err = c.readErr
	}
	c.worker.sent.Add(int64(len(p)))
	n, err := c.received(c.readN, err)
	c.end, c.told = n, err
	return nil
}
