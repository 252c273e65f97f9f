package compat

import "fmt"

// FormatSize writes a number of bytes in the four columns that listings have
// for it (apr_strfsize).
func FormatSize(size int64) string {
	if size < 0 {
		return "  - "
	}
	if size < 973 {
		return fmt.Sprintf("%3d ", size)
	}
	for _, unit := range "KMGTPE" {
		rest := size & 1023
		size >>= 10
		if size >= 973 {
			continue
		}
		if size < 9 || size == 9 && rest < 973 {
			tenths := (rest*5 + 256) / 512
			return fmt.Sprintf("%d.%d%c", size+tenths/10, tenths%10, unit)
		}
		return fmt.Sprintf("%3d%c", size+rest>>9, unit)
	}
	return "****"
}
