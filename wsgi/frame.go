package wsgi

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// The types of frames. Each frame is its type, a length of four bytes (big
// endian) and that much payload.
const (
	frameRequest = 'R' // to the worker: one byte whether there is a body, then the environ
	frameBody    = 'B' // to the worker: a part of the body
	frameBodyEnd = 'E' // to the worker
	frameBodyBad = 'X' // to the worker: why the rest of the body does not come
	frameHello   = 'H' // JSON: who the worker is
	frameWant    = 'W' // four bytes: how much of the body it wants
	frameStatus  = 'S' // status line and header
	frameData    = 'D'
	frameFile    = 'F' // offset and length, eight bytes each, and a descriptor
	frameLog     = 'L' // level and a line for the request's error log
	frameEnd     = 'Z' // one byte: 0 well, 1 failed before any output, 2 later
	frameAnswer  = 'A' // what a function returned that the server asked for
	frameTaken   = 'T' // nothing of the request was taken: another process has to
)

// Bounds on what a worker may send.
const (
	headerSize = 5
	maxFrame   = 16 << 20
	maxStatus  = 1 << 20 // status line and header in all
	maxWant    = 1 << 20
)

// A ProtocolError is a worker that does not keep to the protocol.
type ProtocolError struct{ Text string }

// Error says what it did.
func (e *ProtocolError) Error() string { return "the worker does not keep to the protocol: " + e.Text }

func protocol(format string, args ...any) error { return &ProtocolError{fmt.Sprintf(format, args...)} }

// checkFrame looks whether a frame of a worker may be as long as it says.
func checkFrame(kind byte, size uint32) error {
	limit := uint32(maxFrame)
	switch kind {
	case frameStatus:
		limit = maxStatus
	case frameHello, frameLog, frameAnswer:
		limit = 64 << 10
	case frameWant:
		limit = 4
	case frameFile:
		limit = 16
	case frameEnd:
		limit = 1
	case frameTaken:
		limit = 0
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

var errTruncated = errors.New("truncated")

// parseHead reads a status frame.
func parseHead(b []byte) (h head, err error) {
	line, b, err := cut(b, 2)
	if err != nil {
		return h, protocol("status line is %v", err)
	}
	if h.status, err = strconv.Atoi(string(line[:min(3, len(line))])); err != nil || h.status < 100 || h.status > 999 {
		return h, protocol("status line %.40q", line)
	}
	if len(line) > 4 {
		h.reason = string(line[4:])
	}
	if len(b) < 2 {
		return h, protocol("header is truncated")
	}
	n := int(binary.BigEndian.Uint16(b))
	b = b[2:]
	for range n {
		if len(b) < 6 {
			return h, protocol("header is truncated")
		}
		nameLen, valueLen := int(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint32(b[2:]))
		b = b[6:]
		if nameLen+valueLen > len(b) || valueLen < 0 {
			return h, protocol("header is truncated")
		}
		h.fields = append(h.fields, [2]string{string(b[:nameLen]), string(b[nameLen : nameLen+valueLen])})
		b = b[nameLen+valueLen:]
	}
	if len(b) != 0 {
		return h, protocol("%d bytes behind the header", len(b))
	}
	return h, nil
}

// cut takes a string with its length in front.
func cut(b []byte, width int) (s, rest []byte, err error) {
	if len(b) < width {
		return nil, nil, errTruncated
	}
	n := int(binary.BigEndian.Uint16(b))
	if b = b[width:]; len(b) < n {
		return nil, nil, errTruncated
	}
	return b[:n], b[n:], nil
}
