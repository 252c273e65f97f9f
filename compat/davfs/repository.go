package davfs

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// files keeps resources in files.
type files struct{}

// Resource is the file of r, or what would be there (dav_fs_get_resource).
func (files) Resource(r *compat.Request) (*dav.Resource, *dav.Error) {
	if isState(r.Filename + r.PathInfo) {
		r.Logf("dav_fs", compat.LevelError, nil, "AH10619: access to .DAV state directory denied for %s", r.Filename)
		return nil, dav.New(403, "Access to the state directory denied.")
	}
	res := &dav.Resource{URI: unslashed(r.Path), Path: unslashed(r.Filename + r.PathInfo), Request: r}
	if r.Info == nil {
		return res, nil
	}
	switch {
	case r.PathInfo == "", r.PathInfo == "/" && r.Info.IsDir():
		res.Exists, res.Collection, res.Info = true, r.Info.IsDir(), r.Info
	case !r.Info.IsDir():
		return nil, dav.New(400, "The URL contains extraneous path components. The resource could not be identified.")
	}
	return res, nil
}

func unslashed(path string) string {
	if len(path) > 1 && strings.HasSuffix(path, "/") {
		return path[:len(path)-1]
	}
	return path
}

// Parent is the directory around (dav_fs_get_parent_resource).
func (files) Parent(res *dav.Resource) (*dav.Resource, *dav.Error) {
	if res.URI == "/" || res.Path == "/" || res.Path == "" {
		return nil, nil
	}
	p := &dav.Resource{URI: unslashed(path.Dir(unslashed(res.URI))), Path: path.Dir(unslashed(res.Path)), Collection: true}
	if info, err := os.Stat(p.Path); err == nil {
		p.Exists, p.Info = true, info
	}
	return p, nil
}

// Same reports whether a and b are one file.
func (files) Same(a, b *dav.Resource) bool {
	if a.Info != nil && b.Info != nil {
		return os.SameFile(a.Info, b.Info)
	}
	return unslashed(a.Path) == unslashed(b.Path)
}

// IsParent reports whether child is somewhere below parent.
func (files) IsParent(parent, child *dav.Resource) bool {
	return strings.HasPrefix(child.Path, unslashed(parent.Path)+"/")
}

// ETag is the entity tag of a file that is there.
func (files) ETag(res *dav.Resource) string {
	if !res.Exists || res.Request == nil || res.Info == nil {
		return ""
	}
	return compat.FileETag(res.Request, res.Info, res.Path)
}

// MakeCollection makes a directory.
func (files) MakeCollection(res *dav.Resource) *dav.Error {
	err := os.Mkdir(res.Path, 0o777)
	switch {
	case err == nil:
		res.Exists, res.Collection = true, true
		return nil
	case errors.Is(err, syscall.ENOSPC):
		return dav.Caused(507, cause(err), "There is not enough storage to create this collection.")
	case errors.Is(err, fs.ErrNotExist):
		return dav.Caused(409, cause(err), "Cannot create collection; intermediate collection does not exist.")
	}
	return dav.Caused(403, cause(err), "Unable to create collection.")
}

// cause is what the operating system said.
func cause(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// statusOf is the status for an error of writing (MAP_IO2HTTP).
func statusOf(err error) int {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return 507
	case errors.Is(err, fs.ErrNotExist):
		return 409
	}
	return 500
}

// state is where what belongs to res is kept: a directory and a name
// (dav_fs_dir_file_name).
func state(res *dav.Resource) (dir, name string) {
	if res.Collection {
		return unslashed(res.Path), dirState
	}
	return path.Dir(res.Path), path.Base(res.Path)
}

// statePath is the file of the properties of res.
func statePath(res *dav.Resource) string {
	dir, name := state(res)
	return path.Join(dir, stateDir, name)
}
