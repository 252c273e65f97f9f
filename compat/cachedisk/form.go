package cachedisk

import (
	"encoding/binary"
	"errors"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
)

// The forms of files, and how much they may have (cache_disk_common.h).
const (
	formatVary   = 5
	formatHeader = 6
	headSize     = 120
	maxHeader    = 1 << 20
	maxTime      = 1 << 60
)

// A head is what begins a header file (disk_cache_info_t).
type head struct {
	info          cachestore.Info
	name          string
	version       uint64
	inode, device uint64
	hasBody       bool
	headerOnly    bool
}

var errForm = errors.New("the file is damaged")

// The bits of a Control, from the lowest.
func bits(c *cachestore.Control) []*bool {
	var unused [6]bool
	always := true
	return []*bool{&always, &c.Said, &c.Pragma, &c.NoCache, &unused[0], &c.NoStore, &c.HasMaxAge, &c.HasMaxStale, &c.HasMinFresh,
		&unused[1], &c.OnlyIfCached, &c.Public, &c.Private, &unused[2], &c.MustRevalidate, &c.ProxyRevalidate, &c.HasSM, &c.Invalidated}
}

// format is h with the fields of the answer and of the request.
func (h head) format(response, request *compat.Header) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, formatHeader)
	b = le.AppendUint32(b, uint32(h.info.Status))
	for _, n := range []uint64{uint64(len(h.name)), h.version, uint64(h.info.Date), uint64(h.info.Expire),
		uint64(h.info.RequestTime), uint64(h.info.ResponseTime), h.inode, h.device} {
		b = le.AppendUint64(b, n)
	}
	var flags uint32
	if h.hasBody {
		flags |= 1
	}
	if h.headerOnly {
		flags |= 2
	}
	b = le.AppendUint32(b, flags)
	b = le.AppendUint32(b, 0)
	flags = 0
	for i, on := range bits(&h.info.Control) {
		if *on {
			flags |= 1 << i
		}
	}
	b = le.AppendUint32(b, flags)
	b = le.AppendUint32(b, 0)
	c := h.info.Control
	for _, n := range []int64{c.MaxAge, c.MaxStale, c.MinFresh, c.SMaxAge} {
		b = le.AppendUint64(b, uint64(n))
	}
	b = append(b, h.name...)
	return appendFields(appendFields(b, response), request)
}

func appendFields(b []byte, h *compat.Header) []byte {
	for _, f := range h.Fields() {
		b = append(append(append(append(b, f.Name...), ": "...), f.Value...), "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// parseHead reads a header file.
func parseHead(b []byte) (h head, response, request *compat.Header, err error) {
	le := binary.LittleEndian
	if len(b) < headSize || le.Uint32(b) != formatHeader {
		return h, nil, nil, errForm
	}
	number := func(at int) uint64 { return le.Uint64(b[at:]) }
	h.info.Status = int(le.Uint32(b[4:]))
	size := number(8)
	h.version = number(16)
	h.info.Date, h.info.Expire = int64(number(24)), int64(number(32))
	h.info.RequestTime, h.info.ResponseTime = int64(number(40)), int64(number(48))
	h.inode, h.device = number(56), number(64)
	flags := le.Uint32(b[72:])
	h.hasBody, h.headerOnly = flags&1 != 0, flags&2 != 0
	flags = le.Uint32(b[80:])
	for i, on := range bits(&h.info.Control) {
		*on = flags&(1<<i) != 0
	}
	c := &h.info.Control
	c.MaxAge, c.MaxStale, c.MinFresh, c.SMaxAge = int64(number(88)), int64(number(96)), int64(number(104)), int64(number(112))
	rest := b[headSize:]
	if size > uint64(len(rest)) || !h.plausible() {
		return h, nil, nil, errForm
	}
	h.name = string(rest[:size])
	rest = rest[size:]
	if response, rest, err = parseFields(rest); err != nil {
		return h, nil, nil, err
	}
	request, _, err = parseFields(rest)
	return h, response, request, err
}

func (h head) plausible() bool {
	for _, t := range []int64{h.info.Date, h.info.Expire, h.info.RequestTime, h.info.ResponseTime} {
		if t < 0 || t > maxTime {
			return false
		}
	}
	return h.info.Status >= 200 && h.info.Status <= 599
}

// parseFields reads fields up to an empty line.
func parseFields(b []byte) (h *compat.Header, rest []byte, err error) {
	h = &compat.Header{}
	text := string(b)
	for {
		line, after, ok := strings.Cut(text, "\n")
		if !ok {
			return nil, nil, errForm
		}
		text = after
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			return h, b[len(b)-len(text):], nil
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(value, "\r\x00") {
			return nil, nil, errForm
		}
		h.Add(name, strings.TrimLeft(value, " \t"))
	}
}

// formatVaryFile names the fields by which answers vary.
func formatVaryFile(expire int64, names []string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, formatVary)
	b = binary.LittleEndian.AppendUint64(b, uint64(expire))
	for _, name := range names {
		b = append(append(b, name...), "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// parseVaryFile reads them.
func parseVaryFile(b []byte) (names []string, ok bool) {
	if len(b) < 12 || binary.LittleEndian.Uint32(b) != formatVary {
		return nil, false
	}
	for line := range strings.SplitSeq(string(b[12:]), "\n") {
		if line = strings.TrimSuffix(line, "\r"); line == "" {
			return names, true
		}
		names = append(names, line)
	}
	return nil, false
}
