package dbm

import "encoding/binary"

// The parts of a Berkeley DB hash file that are read (dbinc/db_page.h).
const (
	bdbMagic    = 0x061561
	bdbHashMeta = 8  // types of pages
	bdbUnsorted = 2  //
	bdbHash     = 13 //
	bdbOverflow = 7  //
	bdbKeyData  = 1  // kinds of items
	bdbOffPage  = 3  //
	bdbHeader   = 26 // of a page
	bdbMetaSize = 512
	bdbMaxPage  = 64 << 10
	bdbMinPage  = 512
	bdbSpares   = 32
)

type bdb struct {
	b       []byte
	order   binary.ByteOrder
	size    int64 // of a page
	visited map[uint32]bool
}

// parseBDB reads a Berkeley DB file of kind hash, of either byte order: all
// buckets, and the pages that follow each.
func parseBDB(b []byte, into map[string]string) error {
	return eachBDB(b, func(key, value string) { into[key] = value })
}

func eachBDB(b []byte, into func(key, value string)) error {
	if len(b) < bdbMetaSize || b[25] != bdbHashMeta {
		return errFormat
	}
	d := bdb{b: b, order: binary.LittleEndian, visited: map[uint32]bool{}}
	if d.order.Uint32(b[12:]) != bdbMagic {
		d.order = binary.BigEndian
		if d.order.Uint32(b[12:]) != bdbMagic {
			return errFormat
		}
	}
	d.size = int64(d.order.Uint32(b[20:]))
	last := d.order.Uint32(b[72:])
	if d.size < bdbMinPage || d.size > bdbMaxPage || int64(last) > int64(len(b)) || b[24] != 0 {
		return errFormat
	}
	for bucket := range last + 1 {
		log := 0
		for uint64(1)<<log < uint64(bucket)+1 {
			log++
		}
		if log >= bdbSpares {
			return errFormat
		}
		page := bucket + d.order.Uint32(b[96+4*log:])
		for page != 0 {
			var err error
			if page, err = d.bucketPage(page, into); err != nil {
				return err
			}
		}
	}
	return nil
}

// page is a page that was not read before.
func (d *bdb) page(number uint32) ([]byte, error) {
	if d.visited[number] {
		return nil, errFormat
	}
	d.visited[number] = true
	return part(d.b, int64(number)*d.size, d.size)
}

// bucketPage takes the pairs of a page, and is the number of the next one.
func (d *bdb) bucketPage(number uint32, into func(key, value string)) (next uint32, err error) {
	p, err := d.page(number)
	if err != nil {
		return 0, err
	}
	if kind := p[25]; kind == 0 {
		return 0, nil // A bucket that was never written.
	} else if kind != bdbUnsorted && kind != bdbHash {
		return 0, errFormat
	}
	entries := int(d.order.Uint16(p[20:]))
	if bdbHeader+2*entries > len(p) || entries%2 != 0 {
		return 0, errFormat
	}
	end, key := len(p), ""
	for i := range entries {
		at := int(d.order.Uint16(p[bdbHeader+2*i:]))
		if at >= end {
			return 0, errFormat
		}
		text, err := d.item(p[at:end])
		if err != nil {
			return 0, err
		}
		end = at
		if i%2 == 0 {
			key = text
		} else {
			into(key, text)
		}
	}
	return d.order.Uint32(p[16:]), nil
}

// item is what an item of a page holds, there or on pages of its own.
func (d *bdb) item(b []byte) (string, error) {
	switch {
	case b[0] == bdbKeyData:
		return string(b[1:]), nil
	case b[0] != bdbOffPage || len(b) < 12:
		return "", errFormat
	}
	var text []byte
	for number := d.order.Uint32(b[4:]); number != 0; {
		p, err := d.page(number)
		if err != nil || p[25] != bdbOverflow {
			return "", errFormat
		}
		data, err := part(p, bdbHeader, int64(d.order.Uint16(p[22:])))
		if err != nil {
			return "", err
		}
		text = append(text, data...)
		number = d.order.Uint32(p[16:])
	}
	if int64(len(text)) != int64(d.order.Uint32(b[8:])) {
		return "", errFormat
	}
	return string(text), nil
}
