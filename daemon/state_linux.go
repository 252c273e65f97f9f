package daemon

import (
	"os"
	"syscall"
	"time"
)

// changeTime is when the file was changed, whatever its owner says.
func changeTime(info os.FileInfo) time.Time {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(s.Ctim.Unix())
	}
	return info.ModTime()
}
