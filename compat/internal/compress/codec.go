package compress

import (
	"io"
	"sync"
)

// A Codec makes the encoders of a coding, which are used again, and decodes.
type Codec struct {
	Encode func() Encoder
	Decode func(io.Reader) (io.Reader, error)
	idle   sync.Pool
}

func (c *Codec) take(w io.Writer) Encoder {
	e, ok := c.idle.Get().(Encoder)
	if !ok {
		e = c.Encode()
	}
	e.Reset(w)
	return e
}

func (c *Codec) giveBack(e Encoder) {
	e.Reset(io.Discard)
	c.idle.Put(e)
}

// codecs are shared by all hosts and configurations, so that encoders are.
var codecs struct {
	mu  sync.Mutex // guards all
	all map[string]*Codec
}

// Shared is the one Codec for a coding with certain settings, made by fresh if
// there is none yet.
func Shared(coding, settings string, fresh func() *Codec) *Codec {
	codecs.mu.Lock()
	defer codecs.mu.Unlock()
	key := coding + " " + settings
	c := codecs.all[key]
	if c == nil {
		c = fresh()
		if codecs.all == nil {
			codecs.all = map[string]*Codec{}
		}
		codecs.all[key] = c
	}
	return c
}
