package dbm

import "encoding/binary"

// The parts of a GDBM file that are read (gdbmdefs.h), for files with offsets of
// eight bytes in the byte order of the machine, as Debian's are.
const (
	gdbmMagic       = 0x13579acf
	gdbmMagicSync   = 0x13579ad1
	gdbmHeader      = 40
	gdbmBucket      = 112 // before its elements
	gdbmElement     = 24
	gdbmNoElement   = 0xffffffff
	gdbmMaxBuckets  = 1 << 22
	gdbmMaxElements = 1 << 16
)

// parseGDBM reads a GDBM file: all buckets of its directory.
func parseGDBM(b []byte, into map[string]string) error {
	le := binary.LittleEndian
	if len(b) < gdbmHeader {
		return errFormat
	}
	if m := le.Uint32(b); m != gdbmMagic && m != gdbmMagicSync {
		return errFormat
	}
	directory, err := part(b, int64(le.Uint64(b[8:])), int64(le.Uint32(b[16:])))
	size, elements := int64(le.Uint32(b[24:])), int(le.Uint32(b[28:]))
	if err != nil || len(directory) > 8*gdbmMaxBuckets || elements > gdbmMaxElements {
		return errFormat
	}
	if int64(gdbmBucket+gdbmElement*elements) > size {
		return errFormat
	}
	seen, left := map[uint64]bool{}, int64(len(b)) // Nothing of a good file is read twice.
	for ; len(directory) >= 8; directory = directory[8:] {
		at := le.Uint64(directory)
		if seen[at] {
			continue
		}
		seen[at] = true
		bucket, err := part(b, int64(at), size)
		if err != nil {
			return err
		}
		for i := range elements {
			size, err := gdbmPair(b, bucket[gdbmBucket+i*gdbmElement:], into)
			if left -= gdbmElement + size; err != nil || left < 0 {
				return errFormat
			}
		}
	}
	return nil
}

// gdbmPair takes the pair of an element, and is its size.
func gdbmPair(b, element []byte, into map[string]string) (size int64, err error) {
	le := binary.LittleEndian
	if le.Uint32(element) == gdbmNoElement {
		return 0, nil
	}
	keySize, dataSize := int64(le.Uint32(element[16:])), int64(le.Uint32(element[20:]))
	pair, err := part(b, int64(le.Uint64(element[8:])), keySize+dataSize)
	if err != nil {
		return 0, err
	}
	into[string(pair[:keySize])] = string(pair[keySize:])
	return keySize + dataSize, nil
}
