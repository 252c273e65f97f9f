package wsgi

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
)

// The types of frames. Each frame is its type, the number of the request it is
// of, a length (four bytes each, big endian) and that much payload.
const (
	frameRequest = 'R' // to the worker: see appendRequest
	frameBody    = 'B' // to the worker: a part of the body; more comes without its asking
	frameBodyAsk = 'b' // to the worker: a part of the body; it has to ask for more
	frameBodyEnd = 'E' // to the worker
	frameBodyBad = 'X' // to the worker: why the rest of the body does not come
	frameCommon  = 'V' // to the worker: what environs have in common, under a number that is in place of a request's
	frameCredit  = 'C' // to the worker: four bytes: so much of the answer was passed on
	frameCancel  = 'K' // to the worker: nobody waits for the answer any more
	frameHello   = 'H' // JSON: who the worker is; with a descriptor that wakes it
	frameWant    = 'W' // four bytes: how much of the body it wants
	frameStatus  = 'S' // status line and header
	frameData    = 'D'
	frameFile    = 'F' // offset and length, eight bytes each, and a descriptor
	frameLog     = 'L' // level and a line for the request's error log
	frameWhole   = 'O' // a whole answer: the length of its head (four bytes), head, body
	frameEnd     = 'Z' // one byte: 0 well, 1 failed before any output, 2 later, 3 interrupted
	frameAnswer  = 'A' // what a function returned that the server asked for
	frameTaken   = 'T' // nothing of the request was taken: another process has to
	framePace    = 'P' // of no request, one byte: 1 its threads wake each other, 0 the server has to
	frameLeaving = 'G' // of no request: the worker ends, and why; the server says G too, behind its last request
)

// Bounds on what a worker may send.
const (
	headerSize = 9
	maxData    = 1 << 20
	maxStatus  = 1 << 20 // status line and header in all
	maxWant    = 1 << 20
)

// A ProtocolError is a worker that does not keep to the protocol.
type ProtocolError struct{ Text string }

// Error says what it did.
func (e *ProtocolError) Error() string { return "the worker does not keep to the protocol: " + e.Text }

func protocol(format string, args ...any) error { return &ProtocolError{fmt.Sprintf(format, args...)} }

// A frame is one as it was read. The payload is only lent.
type frame struct {
	kind    byte
	id      uint32
	payload []byte
}

// nextFrame takes a frame off b. If b holds no whole one, need is how many bytes
// of it there have to be.
func nextFrame(b []byte) (f frame, rest []byte, need int, err error) {
	if len(b) < headerSize {
		return f, b, headerSize, nil
	}
	f.kind, f.id = b[0], binary.BigEndian.Uint32(b[1:])
	size := binary.BigEndian.Uint32(b[5:])
	if err := checkFrame(f.kind, size); err != nil {
		return f, b, 0, err
	}
	whole := headerSize + int(size)
	if len(b) < whole {
		return f, b, whole, nil
	}
	f.payload = b[headerSize:whole:whole]
	return f, b[whole:], 0, nil
}

// appendFrame adds a frame to b.
func appendFrame(b []byte, kind byte, id uint32, payload []byte) []byte {
	return append(appendHeader(b, kind, id, len(payload)), payload...)
}

func appendHeader(b []byte, kind byte, id uint32, size int) []byte {
	b = binary.BigEndian.AppendUint32(append(b, kind), id)
	return binary.BigEndian.AppendUint32(b, uint32(size))
}

// checkFrame looks whether a frame of a worker may be as long as it says.
func checkFrame(kind byte, size uint32) error {
	limit := uint32(maxData)
	switch kind {
	case frameStatus:
		limit = maxStatus
	case frameWhole:
		limit = maxStatus + maxData
	case frameHello, frameLog, frameAnswer:
		limit = 64 << 10
	case frameWant:
		limit = 4
	case frameFile:
		limit = 16
	case frameEnd, framePace:
		limit = 1
	case frameTaken:
		limit = 0
	case frameLeaving:
		limit = 1 << 10
	case frameData:
	default:
		return protocol("frame of unknown type %q", kind)
	}
	if size > limit {
		return protocol("frame %c of %d bytes, at most %d", kind, size, limit)
	}
	return nil
}

// A head is status line and header of a response.
type head struct {
	status int
	reason string
	fields [][2]string
}

// parseHead reads a head: the status, and each field behind a newline, its name
// and value with a NUL between them.
func parseHead(b []byte) (h head, err error) {
	text := string(b) // One copy for all of them.
	line, rest, more := cutByte(text, '\n')
	if len(line) < 3 {
		return h, protocol("status line %.40q", line)
	}
	if h.status, err = strconv.Atoi(line[:3]); err != nil || h.status < 100 || h.status > 999 {
		return h, protocol("status line %.40q", line)
	}
	if len(line) > 4 {
		h.reason = line[4:]
	}
	if more {
		h.fields = make([][2]string, 0, bytes.Count(b, newline))
	}
	for more {
		line, rest, more = cutByte(rest, '\n')
		name, value, ok := cutByte(line, 0)
		if !ok || name == "" {
			return h, protocol("header field %.40q", line)
		}
		h.fields = append(h.fields, [2]string{name, value})
	}
	return h, nil
}

var newline = []byte("\n")

func cutByte(s string, c byte) (before, after string, found bool) {
	for i := range len(s) {
		if s[i] == c {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// splitWhole takes a whole answer apart.
func splitWhole(b []byte) (head, body []byte, err error) {
	if len(b) < 4 {
		return nil, nil, protocol("answer is truncated")
	}
	n := binary.BigEndian.Uint32(b)
	if b = b[4:]; uint64(n) > uint64(len(b)) || len(b)-int(n) > maxData {
		return nil, nil, protocol("answer is truncated")
	}
	return b[:n], b[n:], nil
}
