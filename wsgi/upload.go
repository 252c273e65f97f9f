package wsgi

import (
	"bytes"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

// Bounds on bodies that are held until they are here.
const (
	maxBodyMemory  = 1 << 20  // of one body; more goes to a file
	maxBodiesInAll = 64 << 20 // of memory, for all
	maxBodyFile    = 1 << 30  // of one body; the rest is read as the application reads
	pieceSize      = 64 << 10 // in a frame to a worker
	maxInline      = 64 << 10 // with the request
)

// An upload is the body of a request: what was gathered of it before a thread
// was taken, in memory and then in a file, and the rest.
type upload struct {
	src      io.Reader
	mem      []byte
	at       int     // mem[:at] was passed on
	buf      *[]byte // what mem is in, of pool; nil: of its own
	pool     *sync.Pool
	segments *segments // nil: the process takes none
	seg      *segment  // what mem is in instead
	reserved int       // of maxBodiesInAll
	file     *os.File  // nil: none was needed
	from, to int64     // what of it is still to be passed on
	piece    []byte
	err      error // of src
}

var bodiesInMemory atomic.Int64

var bodyBuffers = sync.Pool{New: func() any { b := make([]byte, maxInline); return &b }}

// largeBuffers are for bodies beyond maxInline.
var largeBuffers = sync.Pool{New: func() any { b := make([]byte, maxBodyMemory); return &b }}

// gather reads the body, which has that length, as far as there is room for it.
func (u *upload) gather(length int64) {
	if length > maxInline/2 {
		u.buf, u.pool = bodyBuffers.Get().(*[]byte), &bodyBuffers
		u.mem = (*u.buf)[:0]
	} else {
		u.mem = make([]byte, 0, length)
	}
	for u.err == nil {
		if len(u.mem) == cap(u.mem) {
			if int64(len(u.mem)) >= length {
				u.peek()
				return
			}
			if !u.grow() {
				u.spill()
				return
			}
		}
		n, err := u.src.Read(u.mem[len(u.mem):cap(u.mem)])
		u.mem, u.err = u.mem[:len(u.mem)+n], err
	}
}

// peek finds the end, where all of the body is there.
func (u *upload) peek() {
	var one [1]byte
	if n, err := u.src.Read(one[:]); n == 0 {
		u.err = err
	} else {
		u.mem = append(u.mem, one[0])
	}
}

// grow makes room in memory, if there is some left.
func (u *upload) grow() bool {
	if len(u.mem) >= maxBodyMemory {
		return false
	}
	if bodiesInMemory.Add(maxBodyMemory) > maxBodiesInAll {
		bodiesInMemory.Add(-maxBodyMemory)
		return false
	}
	u.reserved = maxBodyMemory
	if u.segments != nil {
		if seg := u.segments.take(); seg != nil {
			mem := append(seg.b[:0], u.mem...)
			u.giveBack()
			u.mem, u.seg = mem, seg
			return true
		}
	}
	larger := largeBuffers.Get().(*[]byte)
	mem := append((*larger)[:0], u.mem...)
	u.giveBack()
	u.mem, u.buf, u.pool = mem, larger, &largeBuffers
	return true
}

func (u *upload) giveBack() {
	if u.buf != nil {
		u.pool.Put(u.buf)
	}
	u.mem, u.buf = nil, nil
}

// spill writes what comes to a file that has no name. If that cannot be done,
// the rest stays with the client.
func (u *upload) spill() {
	f, err := os.CreateTemp("", "understudy-body-")
	if err != nil {
		return
	}
	os.Remove(f.Name())
	u.file = f
	buf := bodyBuffers.Get().(*[]byte)
	defer bodyBuffers.Put(buf)
	for u.err == nil && u.to < maxBodyFile {
		n, err := u.src.Read(*buf)
		if n > 0 {
			w, werr := f.Write((*buf)[:n])
			u.to += int64(w)
			if werr != nil { // The disk is full: what is not in it is passed on behind it.
				u.src = io.MultiReader(bytes.NewReader(append([]byte(nil), (*buf)[w:n]...)), u.src)
				return
			}
		}
		u.err = err
	}
}

// inline is what goes with the request, and whether that is all.
func (u *upload) inline() (b []byte, whole bool) {
	u.at = min(len(u.mem), maxInline)
	return u.mem[:u.at], u.isAll()
}

// shared is the segment that goes with the request, how much of it that is, and
// whether that is all. It is nil where inline is asked.
func (u *upload) shared() (seg *segment, n int, whole bool) {
	if u.seg == nil || len(u.mem) > len(u.seg.b) { // It may have had to grow.
		return nil, 0, false
	}
	u.at = len(u.mem)
	return u.seg, u.at, u.isAll()
}

func (u *upload) isAll() bool { return u.at == len(u.mem) && u.file == nil && u.err == io.EOF }

// held tells whether the next of it need not be waited for.
func (u *upload) held() bool { return u.at < len(u.mem) || u.from < u.to }

// inMemory tells whether what next returns stays as it is.
func (u *upload) inMemory() bool { return u.at < len(u.mem) }

// next takes at most n bytes; end tells that they are the last. What it returns
// is good until the next call.
func (u *upload) next(n int) (b []byte, end bool, err error) {
	n = min(max(n, 1), pieceSize)
	switch {
	case u.at < len(u.mem):
		b = u.mem[u.at:min(u.at+n, len(u.mem))]
		u.at += len(b)
	case u.from < u.to:
		b = u.room(n)
		got, err := u.file.ReadAt(b[:min(int64(n), u.to-u.from)], u.from)
		u.from += int64(got)
		if got == 0 {
			return nil, false, err
		}
		b = b[:got]
	case u.err == nil:
		b = u.room(n)
		var got int
		got, u.err = u.src.Read(b)
		b = b[:got]
	}
	if u.held() || u.err == nil {
		return b, false, nil
	}
	if u.err == io.EOF {
		return b, true, nil
	}
	return b, false, u.err
}

func (u *upload) room(n int) []byte {
	if len(u.piece) < n {
		u.piece = make([]byte, max(n, 64<<10))
	}
	return u.piece[:n]
}

// close lets go of what was gathered. Whether the process reads no more of it is
// known where the call has ended well.
func (u *upload) close(well bool) {
	bodiesInMemory.Add(-int64(u.reserved))
	u.reserved = 0
	u.giveBack()
	if u.seg != nil && well {
		u.segments.put(u.seg)
	} else if u.seg != nil {
		u.seg.drop()
	}
	u.seg = nil
	if u.file != nil {
		u.file.Close()
		u.file = nil
	}
}
