package admin

import (
	"io/fs"
	"os"
	"path/filepath"
)

// stateKind is the folder of the state files.
func (t *tool) stateKind() string { return t.stateDir + "/" + t.obj }

// forget removes every state file called name.
func (t *tool) forget(name string) {
	filepath.WalkDir(t.stateKind(), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() == name {
			os.Remove(path)
		}
		return nil
	})
}

// remember notes who enabled or disabled name, so that packages will not undo
// what an admin did. With -p nothing is noted.
func (t *tool) remember(name string, on bool) {
	t.forget(name)
	dir := t.stateKind() + "/"
	if on {
		dir += "enabled_by_"
	} else {
		dir += "disabled_by_"
	}
	if t.maint {
		dir += "maint"
	} else {
		dir += "admin"
	}
	os.MkdirAll(dir, 0o755)
	if t.purge {
		return
	}
	if f, err := os.OpenFile(dir+"/"+name, os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
		f.Close()
	}
}
