//go:build unix

package wsgi

import (
	"encoding/binary"
)

// feed sends as much of the body as the worker wants, or its end.
func (c *call) feed(payload []byte) error {
	if len(payload) != 4 {
		return protocol("want frame of %d bytes", len(payload))
	}
	c.bodyTaken = true
	c.target.mu.Lock()
	c.got.want = false
	c.target.mu.Unlock()
	if c.body == nil {
		c.send(frameBodyEnd, nil)
		return nil
	}
	c.feedUpTo(min(int(binary.BigEndian.Uint32(payload)), maxWant))
	return nil
}

// atOnce bounds what one system call sends of a body: about what a socket takes.
const atOnce = 256 << 10

// feedUpTo sends as much of the body as is wanted if it need not be waited for,
// and otherwise what comes next.
func (c *call) feedUpTo(want int) {
	var pieces pieces
	for {
		piece, end, err := c.upload.next(want)
		want -= len(piece)
		held := c.upload.held()
		more := !end && err == nil && want > 0 && held
		if len(piece) > 0 {
			kind := byte(frameBody)
			if !more && !end && err == nil {
				kind = frameBodyAsk
			}
			pieces.add(kind, c.id, piece)
		}
		switch {
		case err != nil:
			c.bodyError = err
			pieces.add(frameBodyBad, c.id, []byte(err.Error()))
		case end:
			pieces.add(frameBodyEnd, c.id, nil)
		case more && c.upload.inMemory() && pieces.size < atOnce:
			continue
		case len(piece) == 0:
			continue
		}
		c.sendPieces(&pieces)
		if !more {
			return
		}
		pieces.reset()
	}
}

// pieces are frames with parts of a body, which stay where they are.
type pieces struct {
	heads [6 * headerSize]byte
	used  int
	parts [12][]byte
	n     int
	size  int
}

func (p *pieces) reset() { p.used, p.n, p.size = 0, 0, 0 }

func (p *pieces) add(kind byte, id uint32, payload []byte) {
	head := appendHeader(p.heads[:p.used], kind, id, len(payload))[p.used:]
	p.used += len(head)
	p.parts[p.n] = head
	p.n++
	if len(payload) > 0 {
		p.parts[p.n] = payload
		p.n++
	}
	p.size += len(head) + len(payload)
}
