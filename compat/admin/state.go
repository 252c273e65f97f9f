package admin

import (
	"io/fs"
	"os"
	"path/filepath"
)

// mark notes in an empty file who enabled or disabled name, an admin or a
// package: packages leave alone what an admin has disabled. Purging only
// removes what was noted before.
func (t *tool) mark(name string) error {
	who := "admin"
	if t.maintenance {
		who = "maint"
	}
	dir := t.states + "/" + t.verb() + "d_by_" + who
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return t.end(err, "mkdir %s: %s", failedPath(err, dir), reason(err))
	}
	if err := t.forget(name); err != nil || t.purge {
		return err
	}
	path := dir + "/" + name
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		t.complain("touch: cannot touch '%s': %s", path, reason(err))
		return t.fail("Failed to create marker '%s'!", path)
	}
	f.Close()
	return nil
}

// forget removes every state file called name.
func (t *tool) forget(name string) error {
	return filepath.WalkDir(t.states, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() != name {
			return nil
		}
		if os.Remove(path) != nil {
			return t.fail("Failed to remove old marker '%s'!", path)
		}
		return nil
	})
}
