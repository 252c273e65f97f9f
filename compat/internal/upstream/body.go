package upstream

import (
	"bytes"
	"io"
	"os"
	"strconv"

	"understudy/compat"
)

// maxPrefetch is how much of a request's body is read before a worker is asked,
// so that small ones have a known length (MAX_MEM_SPOOL).
const maxPrefetch = 16 << 10

// A Body is the body of a request on its way to a worker.
type Body struct {
	head   []byte    // read ahead
	rest   io.Reader // what follows; nil: head is all
	begun  bool      // a part was sent or got lost: it cannot be sent once more
	Length int64     // -1: not known
	Has    bool      // there is one, be it empty
	spool  *os.File
}

// BodyOf is the body of r, of which nothing was read yet. Sub-requests have
// none.
func BodyOf(r *compat.Request) (b Body) {
	if r.Main != nil || r.BodyLength == 0 && r.Body == nil {
		b.Has = r.Main == nil && (r.In.Has("Content-Length") || r.In.Has("Transfer-Encoding"))
		return b
	}
	b.Has, b.rest, b.Length = true, r.Body, r.BodyLength
	return b
}

// Prefetch reads ahead. A small body has a known length then.
func (b *Body) Prefetch() error {
	if b.rest == nil || b.begun {
		return nil
	}
	b.begun = true
	size := int64(maxPrefetch)
	if b.Length >= 0 {
		size = min(size, b.Length+1)
	}
	buf := make([]byte, size)
	n, err := io.ReadFull(b.rest, buf)
	b.head = buf[:n]
	switch err {
	case nil:
		b.begun = false // Of rest nothing was sent.
		return nil
	case io.EOF, io.ErrUnexpectedEOF:
		if b.Length > 0 && int64(n) != b.Length {
			return io.ErrUnexpectedEOF
		}
		b.rest, b.begun, b.Length = nil, false, int64(n) // It is there as a whole.
		return nil
	}
	return err
}

// Spool reads all of the body into a file, so that its length is known.
func (b *Body) Spool() error {
	if b.rest == nil {
		return nil
	}
	f, err := os.CreateTemp("", "modproxy.tmp.")
	if err != nil {
		return err
	}
	os.Remove(f.Name()) // Where that cannot be done Close does it.
	b.spool = f
	b.begun = true
	n, err := io.Copy(f, b.rest)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	b.rest, b.begun, b.Length = f, false, int64(len(b.head))+n
	return nil
}

// Close removes what was spooled.
func (b *Body) Close() {
	if b.spool != nil {
		b.spool.Close()
		os.Remove(b.spool.Name())
	}
}

// Repeatable reports whether the body can be sent from its beginning.
func (b *Body) Repeatable() bool { return !b.begun }

// A SendError is what went wrong on the worker's side while a body was sent.
type SendError struct{ Err error }

// Error says what went wrong.
func (e *SendError) Error() string { return e.Err.Error() }

// Unwrap is what went wrong.
func (e *SendError) Unwrap() error { return e.Err }

// Send gives the body to write in pieces; first, if not empty, goes before it in
// the same write as the beginning. An error of write is a *SendError.
func (b *Body) Send(first []byte, write func([]byte) error) error {
	b.begun = len(b.head) > 0
	if len(first) > 0 || len(b.head) > 0 {
		if err := write(append(first, b.head...)); err != nil {
			return &SendError{err}
		}
	}
	if b.rest == nil {
		return nil
	}
	b.begun = true
	return b.each(func(p []byte) error { return write(p) })
}

// SendChunked is Send with the chunked coding.
func (b *Body) SendChunked(first []byte, write func([]byte) error) error {
	if len(b.head) > 0 {
		b.begun = true
		first = appendChunk(first, b.head)
	}
	if b.rest == nil {
		first = append(first, "0\r\n\r\n"...)
	}
	if len(first) > 0 {
		if err := write(first); err != nil {
			return &SendError{err}
		}
	}
	if b.rest == nil {
		return nil
	}
	b.begun = true
	var out []byte
	err := b.each(func(p []byte) error {
		out = appendChunk(out[:0], p)
		return write(out)
	})
	if err != nil {
		return err
	}
	if err := write([]byte("0\r\n\r\n")); err != nil {
		return &SendError{err}
	}
	return nil
}

func appendChunk(b, p []byte) []byte {
	b = append(strconv.AppendInt(b, int64(len(p)), 16), "\r\n"...)
	return append(append(b, p...), "\r\n"...)
}

// each reads rest in pieces. It sees to it that no more and no less than was
// announced is passed on: who reads it would take the next request's beginning
// for its end, or the other way round.
func (b *Body) each(write func([]byte) error) error {
	buf := make([]byte, 32<<10)
	total := int64(len(b.head))
	for {
		n, err := b.rest.Read(buf)
		total += int64(n)
		if b.Length >= 0 && total > b.Length {
			return compat.StatusError(500)
		}
		if n > 0 {
			if err := write(buf[:n]); err != nil {
				return &SendError{err}
			}
		}
		if err == io.EOF {
			if b.Length >= 0 && total < b.Length {
				return compat.StatusError(500)
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Reader is the body for who asks for it piece by piece. It cannot be sent once
// more after that.
func (b *Body) Reader() io.Reader {
	head := bytes.NewReader(b.head)
	b.begun = len(b.head) > 0
	if b.rest == nil {
		return head
	}
	b.begun = true
	return io.MultiReader(head, b.rest)
}
