package dbm

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Pair is a key and its value.
type Pair struct{ Key, Value string }

// A Book is a Berkeley DB hash file that is read and written as a whole, for
// what is small and seldom changes.
type Book struct {
	pairs []Pair
	index map[string]int
}

// maxBook bounds the file of a Book.
const maxBook = 64 << 20

// ErrTooLarge is for files that are too large to be read as a whole.
var ErrTooLarge = errors.New("the file is too large")

// ReadBook reads the file at path. One that is not there, or has no byte, holds
// nothing.
func ReadBook(path string) (*Book, error) {
	k := &Book{index: map[string]int{}}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxBook+1))
	switch {
	case err != nil:
		return nil, err
	case len(b) > maxBook:
		return nil, ErrTooLarge
	case len(b) == 0:
		return k, nil
	}
	return k, eachBDB(b, k.Set)
}

// Len is the number of pairs.
func (k *Book) Len() int { return len(k.pairs) }

// Get is the value of a key.
func (k *Book) Get(key string) (string, bool) {
	i, ok := k.index[key]
	if !ok {
		return "", false
	}
	return k.pairs[i].Value, true
}

// Set gives a key a value.
func (k *Book) Set(key, value string) {
	if i, ok := k.index[key]; ok {
		k.pairs[i].Value = value
		return
	}
	k.index[key] = len(k.pairs)
	k.pairs = append(k.pairs, Pair{key, value})
}

// Delete forgets a key.
func (k *Book) Delete(key string) {
	i, ok := k.index[key]
	if !ok {
		return
	}
	last := len(k.pairs) - 1
	k.pairs[i] = k.pairs[last]
	k.index[k.pairs[i].Key] = i
	k.pairs = k.pairs[:last]
	delete(k.index, key)
}

// Pairs are all, as they stand in the file.
func (k *Book) Pairs() []Pair {
	buckets := bucketsFor(len(k.pairs))
	pairs := slices.Clone(k.pairs)
	slices.SortFunc(pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(bucketOf(a.Key, buckets), bucketOf(b.Key, buckets)), strings.Compare(a.Key, b.Key))
	})
	return pairs
}

// Write puts k in the place of the file at path, whole or not at all.
func (k *Book) Write(path string) error {
	f, err := createBeside(path)
	if err != nil {
		return err
	}
	_, err = f.Write(k.format())
	err = cmp.Or(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// createBeside makes a file that will become the one at path, with the rights
// any new file has.
func createBeside(path string) (*os.File, error) {
	for try := 0; ; try++ {
		name := filepath.Join(filepath.Dir(path), ".davfs.tmp"+suffix())
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if err == nil || try > 100 || !errors.Is(err, os.ErrExist) {
			return f, err
		}
	}
}

// The numbers of a file that is written.
const (
	bdbVersion  = 9
	bdbPage     = 4096
	bdbFill     = 16         // pairs a bucket
	bdbCharKey  = 0x5e688dd1 // the hash of Berkeley DB's test key
	bdbPageType = 25
)

func bucketsFor(pairs int) uint32 {
	n := uint32(2)
	for int(n)*bdbFill < pairs {
		n *= 2
	}
	return n
}

// bucketOf is where a key stands among so many buckets, a power of two
// (__ham_func5).
func bucketOf(key string, buckets uint32) uint32 {
	var h uint32
	for i := 0; i < len(key); i++ {
		h = h*16777619 ^ uint32(key[i])
	}
	return h & (buckets - 1)
}

// A writer makes a file: a page that describes it, one for each bucket, and
// behind those what does not fit.
type writer struct {
	b     []byte
	pages uint32
}

// format is k as a file.
func (k *Book) format() []byte {
	buckets := bucketsFor(len(k.pairs))
	w := &writer{}
	for range buckets + 1 {
		w.add(0)
	}
	for n := range buckets {
		w.init(n+1, bdbHash)
	}
	page, bucket := uint32(1), uint32(0)
	for _, p := range k.Pairs() {
		if b := bucketOf(p.Key, buckets); b != bucket {
			page, bucket = b+1, b
		}
		page = w.pair(page, p)
	}
	w.describe(buckets, uint32(len(k.pairs)))
	return w.b
}

func (w *writer) page(n uint32) []byte { return w.b[int(n)*bdbPage : int(n+1)*bdbPage] }

func (w *writer) add(kind byte) uint32 {
	n := w.pages
	w.pages++
	w.b = append(w.b, make([]byte, bdbPage)...)
	w.init(n, kind)
	return n
}

func (w *writer) init(n uint32, kind byte) {
	p := w.page(n)
	binary.LittleEndian.PutUint32(p[8:], n)
	binary.LittleEndian.PutUint16(p[22:], bdbPage) // Where items begin.
	p[bdbPageType] = kind
}

// pair puts a pair onto a page, or one that follows it, and answers which.
func (w *writer) pair(n uint32, p Pair) uint32 {
	key, value := w.item(p.Key), w.item(p.Value)
	le := binary.LittleEndian
	page := w.page(n)
	entries, low := int(le.Uint16(page[20:])), int(le.Uint16(page[22:]))
	if low-len(key)-len(value) < bdbHeader+2*(entries+2) {
		next := w.add(bdbHash)
		le.PutUint32(w.page(n)[16:], next)
		le.PutUint32(w.page(next)[12:], n)
		n, page, entries, low = next, w.page(next), 0, bdbPage
	}
	for _, item := range [][]byte{key, value} {
		low -= len(item)
		copy(page[low:], item)
		le.PutUint16(page[bdbHeader+2*entries:], uint16(low))
		entries++
	}
	le.PutUint16(page[20:], uint16(entries))
	le.PutUint16(page[22:], uint16(low))
	return n
}

// item is a key or value as it stands on a page: itself, or where it is.
func (w *writer) item(s string) []byte {
	if len(s) <= bdbPage/4 {
		return append([]byte{bdbKeyData}, s...)
	}
	item := make([]byte, 12)
	item[0] = bdbOffPage
	binary.LittleEndian.PutUint32(item[8:], uint32(len(s)))
	var before uint32
	for len(s) > 0 {
		n := w.add(bdbOverflow)
		piece := s[:min(len(s), bdbPage-bdbHeader)]
		s = s[len(piece):]
		p := w.page(n)
		copy(p[bdbHeader:], piece)
		binary.LittleEndian.PutUint16(p[20:], 1) // Who refers to it.
		binary.LittleEndian.PutUint16(p[22:], uint16(len(piece)))
		if before == 0 {
			binary.LittleEndian.PutUint32(item[4:], n)
		} else {
			binary.LittleEndian.PutUint32(w.page(before)[16:], n)
			binary.LittleEndian.PutUint32(p[12:], before)
		}
		before = n
	}
	return item
}

// describe fills in the first page.
func (w *writer) describe(buckets, pairs uint32) {
	p, le := w.page(0), binary.LittleEndian
	clear(p)
	le.PutUint32(p[12:], bdbMagic)
	le.PutUint32(p[16:], bdbVersion)
	le.PutUint32(p[20:], bdbPage)
	p[bdbPageType] = bdbHashMeta
	le.PutUint32(p[32:], w.pages-1)
	le.PutUint32(p[72:], buckets-1)
	le.PutUint32(p[76:], buckets-1)
	le.PutUint32(p[80:], buckets/2-1)
	le.PutUint32(p[88:], pairs)
	le.PutUint32(p[92:], bdbCharKey)
	for i := 0; uint32(1)<<i <= buckets; i++ {
		le.PutUint32(p[96+4*i:], 1)
	}
	for i := range 20 {
		p[52+i] = byte(rand())
	}
}

// Clone is a copy of k that can be changed.
func (k *Book) Clone() *Book {
	return &Book{pairs: slices.Clone(k.pairs), index: maps.Clone(k.index)}
}
