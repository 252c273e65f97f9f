package davfs

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"understudy/compat/internal/dav"
)

// A record is what the data base of locks has of a path: locks that were made
// for it, and tokens of those of collections around (lock.c). Numbers stand as
// they do in the memory of a 64-bit machine, for Apache writes them so.
type record struct {
	direct   []dav.Lock
	indirect []reference
}

// A reference is a lock of a collection around.
type reference struct {
	token   dav.Token
	timeout int64
	key     string // of the collection
}

const (
	kindDirect   = 1
	kindIndirect = 2
	fixedSize    = 16 // scope, type, two bytes of nothing, depth, timeout
	tokenSize    = 16
	indirectSize = tokenSize + 16 // and timeout, size of the key
)

// keyOf is the key of a path: what kind of key, the path, a zero byte.
func keyOf(path string) string { return "\x0b" + unslashed(path) + "\x00" }

// pathOf is the path of a key.
func pathOf(key string) string { return strings.Trim(key, "\x0b\x00") }

func over(timeout int64) bool { return timeout != dav.NoTimeout && time.Now().Unix() >= timeout }

// parseRecord reads a record, the last lock first, without those whose time is
// over.
func parseRecord(b, key string) (rec record, problem *dav.Error) {
	all := b
	for b != "" {
		ok := false
		switch b[0] {
		case kindDirect:
			b, ok = rec.parseDirect(b[1:], key)
		case kindIndirect:
			b, ok = rec.parseIndirect(b[1:])
		}
		if !ok {
			offset := len(all) - len(b)
			return record{}, dav.Numbered(500, dav.ErrLockCorrupt, fmt.Sprintf(
				"The lock database was found to be corrupt. offset %d, c=%02x", offset, (all + "\x00")[offset]))
		}
	}
	slices.Reverse(rec.direct)
	slices.Reverse(rec.indirect)
	return rec, nil
}

func (rec *record) parseDirect(b, key string) (rest string, ok bool) {
	if len(b) < fixedSize+tokenSize {
		return b, false
	}
	le := binary.LittleEndian
	l := dav.Lock{Key: key, Scope: dav.Scope(b[0]), Type: b[1], Depth: int(int32(le.Uint32([]byte(b[4:])))),
		Timeout: int64(le.Uint64([]byte(b[8:])))}
	copy(l.Token[:], b[fixedSize:])
	if l.Owner, rest, ok = strings.Cut(b[fixedSize+tokenSize:], "\x00"); !ok {
		return b, false
	}
	if l.User, rest, ok = strings.Cut(rest, "\x00"); !ok {
		return b, false
	}
	if !over(l.Timeout) {
		rec.direct = append(rec.direct, l)
	}
	return rest, true
}

func (rec *record) parseIndirect(b string) (rest string, ok bool) {
	if len(b) < indirectSize {
		return b, false
	}
	le := binary.LittleEndian
	var r reference
	copy(r.token[:], b)
	r.timeout = int64(le.Uint64([]byte(b[tokenSize:])))
	size := le.Uint64([]byte(b[tokenSize+8:]))
	b = b[indirectSize:]
	if size > uint64(len(b)) {
		return b, false
	}
	r.key = b[:size]
	if !over(r.timeout) {
		rec.indirect = append(rec.indirect, r)
	}
	return b[size:], true
}

// format is rec as it is kept.
func (rec record) format() string {
	var b []byte
	le := binary.LittleEndian
	for _, l := range rec.direct {
		b = append(b, kindDirect, byte(l.Scope), l.Type, 0, 0)
		b = le.AppendUint32(b, uint32(int32(l.Depth)))
		b = le.AppendUint64(b, uint64(l.Timeout))
		b = append(b, l.Token[:]...)
		b = append(append(append(append(b, l.Owner...), 0), l.User...), 0)
	}
	for _, r := range rec.indirect {
		b = append(append(b, kindIndirect), r.token[:]...)
		b = le.AppendUint64(b, uint64(r.timeout))
		b = le.AppendUint64(b, uint64(len(r.key)))
		b = append(b, r.key...)
	}
	return string(b)
}

func (rec record) empty() bool { return len(rec.direct) == 0 && len(rec.indirect) == 0 }
