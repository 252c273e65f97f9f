package proxyfcgi

import "understudy/compat"

// Types of records.
const (
	beginRequest = 1
	endRequest   = 3
	params       = 4
	stdin        = 5
	stdout       = 6
	stderr       = 7
)

const (
	version    = 1
	requestID  = 1
	responder  = 1
	keepConn   = 1
	headerSize = 8
	maxContent = 65535
	maxParams  = 16 << 10 // of one record; a variable that is longer is left out
)

// appendRecord adds the header of a record whose content follows.
func appendRecord(b []byte, kind byte, length int) []byte {
	return append(b, version, kind, 0, requestID, byte(length>>8), byte(length), 0, 0)
}

func appendBegin(b []byte, keep bool) []byte {
	flags := byte(0)
	if keep {
		flags = keepConn
	}
	b = appendRecord(b, beginRequest, headerSize)
	return append(b, 0, responder, flags, 0, 0, 0, 0, 0)
}

// appendParams adds variables, in as many records as it takes. What does not
// fit into one is told to skipped.
func appendParams(b []byte, vars []compat.Field, skipped func(name string)) []byte {
	for len(vars) > 0 {
		start := len(b)
		b = appendRecord(b, params, 0)
		n := 0
		for n < len(vars) && len(b)-start-headerSize+sizeOf(vars[n]) <= maxParams {
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

// appendStdin adds a part of the body.
func appendStdin(b, p []byte) []byte {
	for len(p) > 0 {
		n := min(len(p), maxContent)
		b = append(appendRecord(b, stdin, n), p[:n]...)
		p = p[n:]
	}
	return b
}

// A fault is a record that cannot be.
type fault struct {
	id   string // AH number and text
	text string
}

func (f *fault) Error() string { return f.text }

// A reader takes records apart as their bytes come in.
type reader struct {
	kind    byte
	left    int // of the content
	padding int
}

// next takes a part of a record off b: its kind, and the content that is there.
// used is 0 if there is not enough. A record's end comes with no content left.
func (r *reader) next(b []byte) (kind byte, content []byte, used int, err error) {
	if r.left == 0 && r.padding == 0 {
		if len(b) < headerSize {
			return 0, nil, 0, nil
		}
		switch {
		case b[0] != version:
			return 0, nil, 0, &fault{"AH01068: Got bogus version ", itoa(int(b[0]))}
		case int(b[2])<<8|int(b[3]) != requestID:
			return 0, nil, 0, &fault{"AH01069: Got bogus rid ", itoa(int(b[2])<<8|int(b[3])) + ", expected 1"}
		}
		r.kind, r.left, r.padding = b[1], int(b[4])<<8|int(b[5]), int(b[6])
		if r.left == 0 {
			return r.kind, nil, headerSize, nil
		}
		kind, content, used, err = r.next(b[headerSize:])
		return kind, content, used + headerSize, err
	}
	if r.left > 0 {
		n := min(r.left, len(b))
		r.left -= n
		return r.kind, b[:n], n, nil
	}
	n := min(r.padding, len(b))
	r.padding -= n
	return 0, nil, n, nil
}
