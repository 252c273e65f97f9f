package deflate

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"

	"understudy/compat"
)

// Flags of a gzip header (RFC 1952, section 2.3.1).
const (
	headerCRC  = 0x02
	extraField = 0x04
	origName   = 0x08
	comment    = 0x10
	reserved   = 0xe0
)

// Stages of a gzip stream in which it can turn out to be wrong.
var (
	errNone     = errors.New("no stream")
	errHeader   = errors.New("premature end in the header")
	errMagic    = errors.New("invalid header")
	errFlags    = errors.New("invalid flags")
	errMethod   = errors.New("not deflated")
	errEnd      = errors.New("premature end")
	errData     = errors.New("invalid data")
	errTrailer  = errors.New("no validation bytes")
	errChecksum = errors.New("wrong checksum")
	errLength   = errors.New("wrong length")
	errRatio    = errors.New("ratio exceeded")
)

// A gunzip reads one gzip stream, and says exactly what is wrong with it.
type gunzip struct {
	in     *counter
	data   io.ReadCloser
	flags  byte
	sum    uint32
	total  int64 // inflated
	want   uint32
	cause  error // of errData, from the decoder
	limits *limits
	hits   int
}

// A counter counts what was taken from a buffered reader.
type counter struct {
	*bufio.Reader
	n int64
}

// ReadByte counts a byte.
func (c *counter) ReadByte() (byte, error) {
	b, err := c.Reader.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

// Read counts what it read.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

func newGunzip(r io.Reader, l *limits) *gunzip {
	return &gunzip{in: &counter{Reader: bufio.NewReader(r)}, limits: l}
}

// begin reads the header. errNone means that there is nothing at all.
func (g *gunzip) begin() error {
	var head [10]byte
	n, err := io.ReadFull(g.in, head[:])
	switch {
	case err == io.EOF && n == 0:
		return errNone
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return errHeader
	case err != nil:
		return err
	case head[2] != 8:
		return errMethod
	case head[0] != 0x1f || head[1] != 0x8b:
		return errMagic
	}
	if g.flags = head[3]; g.flags&reserved != 0 {
		return errFlags
	}
	if err := g.skipFields(); err != nil {
		return missing(err)
	}
	g.in.n = 0
	g.data = flate.NewReader(g.in)
	return nil
}

// skipFields reads over what may follow the header (consume_zlib_flags).
func (g *gunzip) skipFields() error {
	if g.flags&extraField != 0 {
		var length [2]byte
		if _, err := io.ReadFull(g.in, length[:]); err != nil {
			return err
		}
		if _, err := g.in.Discard(int(binary.LittleEndian.Uint16(length[:]))); err != nil {
			return err
		}
	}
	for _, text := range []byte{origName, comment} {
		for g.flags&text != 0 {
			if c, err := g.in.ReadByte(); err != nil {
				return err
			} else if c == 0 {
				break
			}
		}
	}
	if g.flags&headerCRC != 0 {
		_, err := g.in.Discard(2)
		return err
	}
	return nil
}

// missing turns the end of what is read into the end of the stream.
func missing(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errEnd
	}
	return err
}

// Read inflates. At the end of the data checksum and length must be right.
func (g *gunzip) Read(p []byte) (int, error) {
	n, err := g.data.Read(p)
	g.sum = crc32.Update(g.sum, crc32.IEEETable, p[:n])
	g.total += int64(n)
	if n > 0 && !g.checkRatio() {
		return n, errRatio
	}
	var corrupt flate.CorruptInputError
	switch {
	case err == nil:
		return n, nil
	case err == io.EOF:
		if err = g.validate(); err == nil {
			err = io.EOF
		}
		return n, err
	case errors.As(err, &corrupt):
		g.cause = err
		return n, errData
	}
	return n, missing(err)
}

// checkRatio looks whether the data grow too much too often (check_ratio).
func (g *gunzip) checkRatio() bool {
	if g.in.n == 0 {
		return true
	}
	if g.total/g.in.n < int64(g.limits.ratioLimit()) {
		g.hits = 0
		return true
	}
	g.hits++
	return g.hits <= g.limits.ratioBurst()
}

// validate reads what follows the data.
func (g *gunzip) validate() error {
	var end [trailer]byte
	if _, err := io.ReadFull(g.in, end[:]); err != nil {
		if missing(err) == errEnd {
			return errTrailer
		}
		return err
	}
	if binary.LittleEndian.Uint32(end[:4]) != g.sum {
		return errChecksum
	}
	if g.want = binary.LittleEndian.Uint32(end[4:]); g.want != uint32(g.total) {
		return errLength
	}
	return nil
}

func (l *limits) ratioLimit() int {
	if l == nil || l.ratio == 0 {
		return defaultRatio
	}
	return l.ratio
}

func (l *limits) ratioBurst() int {
	if l == nil || l.burst == 0 {
		return defaultBurst
	}
	return l.burst
}

// maxInflated is how much a request body may come to: DeflateInflateLimit-
// RequestBody, or else what LimitRequestBody says of all bodies; 0 is no limit.
func maxInflated(r *compat.Request, l *limits) int64 {
	if l != nil && l.inflate != 0 {
		return l.inflate
	}
	if max := r.Scope.Core.LimitBody; max != nil {
		return *max
	}
	return defaultBody
}

// defaultBody is LimitRequestBody's default.
const defaultBody = 1 << 30
