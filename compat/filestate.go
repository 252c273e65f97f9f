package compat

import (
	"io/fs"
	"os"
	"time"
)

// A FileState is a file as stat sees it. While it is equal the content is the
// same, if it was settled; it can be the key of what was made of that.
type FileState struct {
	name     string
	size     int64
	modified int64
	dev, ino uint64
	changed  int64
}

// StateOf is the state of the file called name that info describes.
func StateOf(name string, info fs.FileInfo) FileState {
	return stateOf(FileState{name: name, size: info.Size(), modified: info.ModTime().UnixNano()}, info)
}

// settledAfter is how old a change must be: a file that changed just now may
// change again within the same tick of its time stamps.
const settledAfter = 2 * time.Second

// Settled reports whether the content will be the same as long as the state is.
func (s FileState) Settled() bool {
	now := time.Now()
	return now.Sub(time.Unix(0, s.modified)) >= settledAfter && now.Sub(time.Unix(0, s.changed)) >= settledAfter
}

// Changed is when the inode changed last, or where that is not known its
// content.
func (s FileState) Changed() time.Time {
	if s.changed == 0 {
		return time.Unix(0, s.modified)
	}
	return time.Unix(0, s.changed)
}

// Unchanged reports whether a and b are of one file in one state.
func Unchanged(a, b fs.FileInfo) bool {
	return a == b || os.SameFile(a, b) && StateOf("", a) == StateOf("", b)
}
