package admin

import (
	"fmt"
	"os"
	"path/filepath"
)

// What inspect finds; any other text is what is wrong with a link.
const (
	linked   = "ok"
	unlinked = "missing"
)

// inspect looks whether link leads to file, by whatever way. One that leads
// nowhere is removed.
func (t *tool) inspect(file, link string) (state string, err error) {
	switch {
	case dangles(link):
		if !t.quiet {
			// Debian's tool ends no line here.
			fmt.Fprintf(t.out, "Removing dangling link %s", link)
		}
		if err := os.Remove(link); err != nil {
			return "", t.end(err, "Could not remove %s", link)
		}
		return unlinked, nil
	case !exists(link):
		return unlinked, nil
	case !isLink(link):
		return link + " is a real file, not touching it", nil
	case !sameFile(link, file):
		return fmt.Sprintf("%s exists but does not point to %s, not touching it", link, file), nil
	}
	return linked, nil
}

func sameFile(a, b string) bool {
	realA, errA := realPath(a)
	realB, errB := realPath(b)
	return errA == nil && errB == nil && realA == realB
}

func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// link makes a relative link to file, so that the tree can be moved.
func (t *tool) link(file, link string) error {
	target, err := relative(filepath.Dir(link), file)
	if err == nil {
		err = os.Symlink(target, link)
	}
	if err != nil {
		return t.end(err, "Could not create %s: %s", link, reason(err))
	}
	t.changed = true
	return nil
}

func relative(dir, file string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	file, err = filepath.Abs(file)
	if err != nil {
		return "", err
	}
	return filepath.Rel(dir, file)
}

// unlink removes a link. A file is left, with a complaint that counts for
// nothing more.
func (t *tool) unlink(path string) error {
	if !isLink(path) {
		t.fail("%s is not a symbolic link, not deleting", path)
		return nil
	}
	if err := os.Remove(path); err != nil {
		return t.end(err, "Could not remove %s: %s", path, reason(err))
	}
	t.changed = true
	return nil
}
