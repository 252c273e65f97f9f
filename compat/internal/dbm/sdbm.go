package dbm

import "encoding/binary"

// sdbmPage is the size of a page of a .pag file (apr_sdbm_private.h).
const sdbmPage = 1024

// parseSDBM reads the pages of an SDBM file: a count, the offsets of keys and
// values, and those from the end of the page backwards.
func parseSDBM(b []byte, into map[string]string) error {
	le := binary.LittleEndian
	for ; len(b) > 0; b = b[sdbmPage:] {
		if len(b) < sdbmPage {
			return errFormat
		}
		p := b[:sdbmPage]
		n := int(le.Uint16(p))
		if n%2 != 0 || 2*(n+1) > sdbmPage {
			return errFormat
		}
		end := sdbmPage
		for i := 1; i < n; i += 2 {
			key, value := int(le.Uint16(p[2*i:])), int(le.Uint16(p[2*i+2:]))
			if key > end || value > key || value < 2*(n+1) {
				return errFormat
			}
			into[string(p[key:end])] = string(p[value:key])
			end = value
		}
	}
	return nil
}
