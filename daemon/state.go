package daemon

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// state is what changes when the file does; of a directory, the names in it.
func state(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		target, _ := os.Readlink(path)
		return "none " + target
	}
	if !info.IsDir() {
		return fmt.Sprint(info.Size(), info.ModTime().UnixNano(), info.Mode(), fileID(info))
	}
	var b strings.Builder
	entries, _ := os.ReadDir(path)
	for _, e := range entries {
		b.WriteString(e.Name())
		b.WriteByte(0)
	}
	return b.String()
}

// changedSince tells whether one of the files was changed at or after a time,
// as far as its own times tell: it was being read then. Times to come are a
// clock's that was set back, and say nothing. Directories do not count: ours
// may be where the pid file is.
func (n *watched) changedSince(since time.Time) bool {
	if since.IsZero() {
		return false
	}
	since, now := since.Add(-clockTick), time.Now()
	for _, p := range n.paths {
		info, err := os.Stat(p)
		if err != nil || info.IsDir() {
			continue
		}
		if t := changeTime(info); t.After(since) && !t.After(now) {
			return true
		}
	}
	return false
}

// clockTick is how much the times of files may lag behind.
const clockTick = 10 * time.Millisecond
