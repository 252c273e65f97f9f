//go:build unix

package daemon

import (
	"os"
	"strconv"
	"syscall"
)

// fileID tells a file from another that has taken its place.
func fileID(info os.FileInfo) string {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(uint64(s.Dev), 16) + ":" + strconv.FormatUint(uint64(s.Ino), 16)
	}
	return ""
}
