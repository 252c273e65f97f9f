package compat

import "strconv"

// FormatSize writes a number of bytes in the four columns that listings have
// for it (apr_strfsize).
func FormatSize(size int64) string {
	if size < 0 {
		return "  - "
	}
	if size < 973 {
		return threeColumns(size, ' ')
	}
	for _, unit := range []byte("KMGTPE") {
		rest := size & 1023
		size >>= 10
		if size >= 973 {
			continue
		}
		if size < 9 || size == 9 && rest < 973 {
			tenths := (rest*5 + 256) / 512
			return string([]byte{byte('0' + size + tenths/10), '.', byte('0' + tenths%10), unit})
		}
		return threeColumns(size+rest>>9, unit)
	}
	return "****"
}

// threeColumns writes a number to the right of three columns, and a unit.
func threeColumns(n int64, unit byte) string {
	var buffer [8]byte
	b := buffer[:0]
	for least := int64(100); least > 1 && n < least; least /= 10 {
		b = append(b, ' ')
	}
	return string(append(strconv.AppendInt(b, n, 10), unit))
}
