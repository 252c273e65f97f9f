package davfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// batch is how many entries of a directory are read at a time.
const batch = 256

// Walk visits a resource and what is below, in the order of directories
// (dav_fs_walker). Symbolic links are neither visited nor followed.
func (files) Walk(w *dav.Walk) *dav.Error {
	root := *w.Root
	if root.Collection && !strings.HasSuffix(root.URI, "/") {
		root.URI += "/"
	}
	return walk(w, root, w.Depth)
}

func walk(w *dav.Walk, at dav.Resource, depth int) *dav.Error {
	if err := w.Visit(&at, false); err != nil {
		return err
	}
	if depth == 0 || !at.Collection {
		return nil
	}
	if err := walkMembers(w, at, depth-1); err != nil {
		return err
	}
	if w.Locks != nil {
		if err := walkLocks(w, at); err != nil {
			return err
		}
	}
	if w.Postfix {
		return w.Visit(&at, true)
	}
	return nil
}

func walkMembers(w *dav.Walk, at dav.Resource, depth int) *dav.Error {
	d, err := os.Open(at.Path)
	if err != nil {
		return dav.Caused(404, cause(err), "")
	}
	defer d.Close()
	for {
		names, err := d.Readdirnames(batch)
		for _, name := range names {
			if !w.Hidden && (name == stateDir || strings.HasPrefix(name, tmpPrefix)) {
				continue
			}
			if err := walkMember(w, at, name, depth); err != nil {
				return err
			}
		}
		if err == io.EOF || err != nil {
			return nil
		}
	}
}

func walkMember(w *dav.Walk, at dav.Resource, name string, depth int) *dav.Error {
	res := member(at, name)
	info, err := os.Lstat(res.Path)
	if err != nil {
		if r := w.Root.Request; r != nil {
			r.Logf("dav_fs", compat.LevelError, cause(err), "AH10472: could not access file (%s) during directory walk", res.Path)
		}
		if w.Tolerant && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return dav.Caused(404, cause(err), "")
	}
	res.Exists, res.Info = true, info
	switch {
	case info.Mode().IsRegular():
		return w.Visit(&res, false)
	case info.IsDir():
		res.URI += "/"
		res.Collection = true
		return walk(w, res, depth)
	}
	return nil
}

func member(at dav.Resource, name string) dav.Resource {
	return dav.Resource{URI: at.URI + name, Path: path.Join(at.Path, name), Request: at.Request}
}

// walkLocks visits what is there as a lock only.
func walkLocks(w *dav.Walk, at dav.Resource) *dav.Error {
	names, err := w.Locks.Members(&at)
	if err != nil {
		return err
	}
	for _, name := range names {
		res := member(at, name)
		locks, err := w.Locks.Get(&res, false)
		if err != nil {
			return err
		}
		if len(locks) == 0 {
			continue
		}
		if err := w.Visit(&res, false); err != nil {
			return err
		}
	}
	return nil
}
