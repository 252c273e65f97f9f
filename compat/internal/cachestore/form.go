package cachestore

import (
	"encoding/binary"
	"errors"
	"strings"

	"understudy/compat"
)

// The forms of files, and how much they may have (cache_disk_common.h).
const (
	formatVary   = 5
	formatHeader = 6
	headSize     = 120
	maxTime      = 1 << 60
)

// MaxHeader is how much a head may have with its fields.
const MaxHeader = 1 << 20

// A Head is what the form of an answer begins with (disk_cache_info_t): that of
// a file of mod_cache_disk, and of what mod_cache_socache keeps.
type Head struct {
	Info          Info
	Name          string // the key
	Version       uint64 // how often it was refreshed
	Inode, Device uint64 // of the file of the body, where that is apart
	HasBody       bool
	HeaderOnly    bool
}

// ErrForm is for a form that cannot be read.
var ErrForm = errors.New("the file is damaged")

// The bits of a Control, from the lowest.
func bits(c *Control) []*bool {
	var unused [6]bool
	always := true
	return []*bool{&always, &c.Said, &c.Pragma, &c.NoCache, &unused[0], &c.NoStore, &c.HasMaxAge, &c.HasMaxStale, &c.HasMinFresh,
		&unused[1], &c.OnlyIfCached, &c.Public, &c.Private, &unused[2], &c.MustRevalidate, &c.ProxyRevalidate, &c.HasSM, &c.Invalidated}
}

// Format is h with the fields of the answer and of the request.
func (h Head) Format(response, request *compat.Header) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, formatHeader)
	b = le.AppendUint32(b, uint32(h.Info.Status))
	for _, n := range []uint64{uint64(len(h.Name)), h.Version, uint64(h.Info.Date), uint64(h.Info.Expire),
		uint64(h.Info.RequestTime), uint64(h.Info.ResponseTime), h.Inode, h.Device} {
		b = le.AppendUint64(b, n)
	}
	var flags uint32
	if h.HasBody {
		flags |= 1
	}
	if h.HeaderOnly {
		flags |= 2
	}
	b = le.AppendUint32(b, flags)
	b = le.AppendUint32(b, 0)
	flags = 0
	for i, on := range bits(&h.Info.Control) {
		if *on {
			flags |= 1 << i
		}
	}
	b = le.AppendUint32(b, flags)
	b = le.AppendUint32(b, 0)
	c := h.Info.Control
	for _, n := range []int64{c.MaxAge, c.MaxStale, c.MinFresh, c.SMaxAge} {
		b = le.AppendUint64(b, uint64(n))
	}
	b = append(b, h.Name...)
	return appendFields(appendFields(b, response), request)
}

func appendFields(b []byte, h *compat.Header) []byte {
	for _, f := range h.Fields() {
		b = append(append(append(append(b, f.Name...), ": "...), f.Value...), "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// ParseHead reads what Format made, and what is behind it.
func ParseHead(b []byte) (h Head, response, request *compat.Header, rest []byte, err error) {
	le := binary.LittleEndian
	if len(b) < headSize || le.Uint32(b) != formatHeader {
		return h, nil, nil, nil, ErrForm
	}
	number := func(at int) uint64 { return le.Uint64(b[at:]) }
	h.Info.Status = int(le.Uint32(b[4:]))
	size := number(8)
	h.Version = number(16)
	h.Info.Date, h.Info.Expire = int64(number(24)), int64(number(32))
	h.Info.RequestTime, h.Info.ResponseTime = int64(number(40)), int64(number(48))
	h.Inode, h.Device = number(56), number(64)
	flags := le.Uint32(b[72:])
	h.HasBody, h.HeaderOnly = flags&1 != 0, flags&2 != 0
	flags = le.Uint32(b[80:])
	for i, on := range bits(&h.Info.Control) {
		*on = flags&(1<<i) != 0
	}
	c := &h.Info.Control
	c.MaxAge, c.MaxStale, c.MinFresh, c.SMaxAge = int64(number(88)), int64(number(96)), int64(number(104)), int64(number(112))
	rest = b[headSize:]
	if size > uint64(len(rest)) || !h.plausible() {
		return h, nil, nil, nil, ErrForm
	}
	h.Name = string(rest[:size])
	rest = rest[size:]
	if response, rest, err = parseFields(rest); err != nil {
		return h, nil, nil, nil, err
	}
	request, rest, err = parseFields(rest)
	return h, response, request, rest, err
}

func (h Head) plausible() bool {
	for _, t := range []int64{h.Info.Date, h.Info.Expire, h.Info.RequestTime, h.Info.ResponseTime} {
		if t < 0 || t > maxTime {
			return false
		}
	}
	return h.Info.Status >= 200 && h.Info.Status <= 599
}

// parseFields reads fields up to an empty line.
func parseFields(b []byte) (h *compat.Header, rest []byte, err error) {
	h = &compat.Header{}
	text := string(b)
	for {
		line, after, ok := strings.Cut(text, "\n")
		if !ok {
			return nil, nil, ErrForm
		}
		text = after
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			return h, b[len(b)-len(text):], nil
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(value, "\r\x00") {
			return nil, nil, ErrForm
		}
		h.Add(name, strings.TrimLeft(value, " \t"))
	}
}

// FormatVary names the fields by which answers vary.
func FormatVary(expire int64, names []string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, formatVary)
	b = binary.LittleEndian.AppendUint64(b, uint64(expire))
	for _, name := range names {
		b = append(append(b, name...), "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// ParseVary reads them.
func ParseVary(b []byte) (names []string, ok bool) {
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
