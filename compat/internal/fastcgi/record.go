// Package fastcgi is the records that FastCGI is spoken in, as the side that asks
// writes and reads them.
package fastcgi

import (
	"strconv"

	"understudy/compat"
)

// Types of records that are read.
const (
	EndRequest = 3
	Stdout     = 6
	Stderr     = 7
)

const (
	beginRequest = 1
	params       = 4
	stdin        = 5
)

// Roles of who is asked.
const (
	Responder  = 1
	Authorizer = 2
)

const (
	version    = 1
	requestID  = 1
	keepConn   = 1
	headerSize = 8
	maxContent = 65535
)

// MaxParams bounds the variables of one record; one that is longer is left out.
const MaxParams = 16 << 10

// appendRecord adds the header of a record whose content follows.
func appendRecord(b []byte, kind byte, length int) []byte {
	return append(b, version, kind, 0, requestID, byte(length>>8), byte(length), 0, 0)
}

// AppendBegin adds the record that begins a request; keep asks for the connection
// to stay open after it.
func AppendBegin(b []byte, role byte, keep bool) []byte {
	flags := byte(0)
	if keep {
		flags = keepConn
	}
	b = appendRecord(b, beginRequest, headerSize)
	return append(b, 0, role, flags, 0, 0, 0, 0, 0)
}

// AppendParams adds variables, in as many records as it takes. What does not
// fit into one is told to skipped.
func AppendParams(b []byte, vars []compat.Field, skipped func(name string)) []byte {
	for len(vars) > 0 {
		start := len(b)
		b = appendRecord(b, params, 0)
		n := 0
		for n < len(vars) && len(b)-start-headerSize+sizeOf(vars[n]) <= MaxParams {
			b = appendParam(b, vars[n])
			n++
		}
		length := len(b) - start - headerSize
		b[start+4], b[start+5] = byte(length>>8), byte(length)
		if n == 0 {
			b = b[:start]
			skipped(vars[0].Name)
			n = 1
		}
		vars = vars[n:]
	}
	return appendRecord(b, params, 0)
}

func sizeOf(f compat.Field) int {
	n := 2 + len(f.Name) + len(f.Value)
	if len(f.Name) > 127 {
		n += 3
	}
	if len(f.Value) > 127 {
		n += 3
	}
	return n
}

func appendParam(b []byte, f compat.Field) []byte {
	b = appendLength(appendLength(b, len(f.Name)), len(f.Value))
	return append(append(b, f.Name...), f.Value...)
}

func appendLength(b []byte, n int) []byte {
	if n <= 127 {
		return append(b, byte(n))
	}
	return append(b, byte(n>>24)|0x80, byte(n>>16), byte(n>>8), byte(n))
}

// AppendStdin adds a part of the body.
func AppendStdin(b, p []byte) []byte {
	for len(p) > 0 {
		n := min(len(p), maxContent)
		b = append(appendRecord(b, stdin, n), p[:n]...)
		p = p[n:]
	}
	return b
}

// AppendEnd adds the record that says that the body is over.
func AppendEnd(b []byte) []byte { return appendRecord(b, stdin, 0) }

// A Fault is a record that cannot be: of another version, or of another request.
type Fault struct {
	Version bool // it is the version
	Value   int
}

// Error says what there is instead.
func (f *Fault) Error() string {
	if f.Version {
		return "version " + strconv.Itoa(f.Value)
	}
	return "request id " + strconv.Itoa(f.Value)
}

// A Reader takes records apart as their bytes come in.
type Reader struct {
	Left    int // of the content of the record being read
	kind    byte
	padding int
}

// Next takes a part of a record off b: its kind, and the content that is there.
// used is 0 if there is not enough. A record's end comes with no content left.
func (r *Reader) Next(b []byte) (kind byte, content []byte, used int, err error) {
	if r.Left == 0 && r.padding == 0 {
		if len(b) < headerSize {
			return 0, nil, 0, nil
		}
		switch {
		case b[0] != version:
			return 0, nil, 0, &Fault{true, int(b[0])}
		case int(b[2])<<8|int(b[3]) != requestID:
			return 0, nil, 0, &Fault{false, int(b[2])<<8 | int(b[3])}
		}
		r.kind, r.Left, r.padding = b[1], int(b[4])<<8|int(b[5]), int(b[6])
		if r.Left == 0 {
			return r.kind, nil, headerSize, nil
		}
		kind, content, used, err = r.Next(b[headerSize:])
		return kind, content, used + headerSize, err
	}
	if r.Left > 0 {
		n := min(r.Left, len(b))
		r.Left -= n
		return r.kind, b[:n], n, nil
	}
	n := min(r.padding, len(b))
	r.padding -= n
	return 0, nil, n, nil
}
