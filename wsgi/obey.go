//go:build unix

package wsgi

import (
	"encoding/binary"
	"errors"
	"os"
)

// deliver puts a frame into the inbox; target.mu is held. A worker that sends
// more than it may is a liar.
func (c *call) deliver(ch *channel, f frame) error {
	again := false
	switch f.kind {
	case frameStatus, frameWhole:
		again, c.got.head = c.got.head, true
	case frameWant:
		again, c.got.want = c.got.want, true
	case frameAnswer:
		again, c.got.value = c.got.value, true
	case frameFile:
		again, c.got.file = c.got.file, true
		file := ch.takeFile()
		if file == nil {
			return protocol("file frame without a descriptor")
		}
		c.files = append(c.files, file)
	case frameData, frameLog:
		if c.held += len(f.payload); c.held > c.target.window {
			return protocol("more of an answer than it may send")
		}
	}
	if again {
		return protocol("frame %c twice", f.kind)
	}
	c.inbox = appendFrame(c.inbox, f.kind, f.id, f.payload)
	c.tell()
	return nil
}

// obeyAll obeys the frames in the inbox; errDone tells that the call is over.
func (c *call) obeyAll(in []byte) error {
	for len(in) > 0 {
		f, rest, _, err := nextFrame(in)
		if err == nil {
			err = c.obey(f)
		}
		if err != nil {
			return err
		}
		in = rest
	}
	if c.wrote {
		c.wrote = false
		if err := c.reply.flush(); err != nil {
			return err
		}
	}
	if c.owed >= c.target.window/4 {
		c.target.mu.Lock()
		c.held -= c.owed
		c.target.mu.Unlock()
		c.credit(c.owed)
		c.owed = 0
	}
	return nil
}

func (c *call) obey(f frame) error {
	switch f.kind {
	case frameWhole:
		head, body, err := splitWhole(f.payload)
		if err == nil {
			err = c.head(head)
		}
		if err == nil && len(body) > 0 {
			err = c.reply.data(body)
		}
		if err == nil {
			err = errDone
		}
		return err
	case frameEnd:
		switch {
		case len(f.payload) != 1 || f.payload[0] == 0:
		case f.payload[0] == 3:
			return errInterrupted
		default:
			return errFailed
		}
		return errDone
	case frameTaken:
		return c.taken()
	case frameWant:
		return c.feed(f.payload)
	case frameLog:
		c.owed += len(f.payload)
		if len(f.payload) > 0 {
			c.reply.log(f.payload[0], f.payload[1:])
		}
		return nil
	case frameStatus:
		return c.head(f.payload)
	case frameData:
		if !c.headed {
			return protocol("data before the header")
		}
		c.owed += len(f.payload)
		c.wrote = true
		return c.reply.data(f.payload)
	case frameFile:
		return c.sendFile(f.payload)
	case frameAnswer:
		if a, ok := c.reply.(interface{ value([]byte) error }); ok {
			return a.value(f.payload)
		}
	}
	return protocol("frame %c in an answer", f.kind)
}

func (c *call) head(b []byte) error {
	h, err := parseHead(b)
	if err != nil {
		return err
	}
	c.headed = true
	return c.reply.head(h)
}

// taken hears that the process took nothing of the request.
func (c *call) taken() error {
	if pid := c.channel.hello.PID; pid != c.refused {
		c.refused = pid
		c.restarts++
	}
	if c.bodyTaken || c.headed {
		return errors.New("the process is being replaced")
	}
	return errAgain
}

func (c *call) sendFile(payload []byte) error {
	c.target.mu.Lock()
	var f *os.File
	if len(c.files) > 0 {
		f, c.files = c.files[0], c.files[1:]
	}
	c.target.mu.Unlock()
	if f == nil || len(payload) != 16 || !c.headed {
		if f != nil {
			f.Close()
		}
		return protocol("file frame of %d bytes", len(payload))
	}
	defer f.Close()
	offset, n := int64(binary.BigEndian.Uint64(payload)), int64(binary.BigEndian.Uint64(payload[8:]))
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || offset < 0 || n < 0 {
		return protocol("file frame for what is no file")
	}
	return c.reply.file(f, offset, n)
}

// dropFiles closes what was not sent; target.mu is held.
func (c *call) dropFiles() {
	for _, f := range c.files {
		f.Close()
	}
	c.files = nil
}
