package davfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"understudy/compat/internal/dav"
)

// Copy copies a file with its properties, or a tree (dav_fs_copy_resource).
func (f files) Copy(from, to *dav.Resource, depth int) ([]dav.Response, *dav.Error) {
	failed, err := f.transfer(from, to, depth, false)
	if err == nil {
		to.Exists, to.Collection = true, from.Collection
	}
	return failed, err
}

func (f files) transfer(from, to *dav.Resource, depth int, move bool) ([]dav.Response, *dav.Error) {
	if from.Collection {
		return f.transferTree(from, to, depth, move)
	}
	if err := copyFile(from, to.Path, to.Info, move); err != nil {
		return nil, err
	}
	return nil, moveState(from, to, move)
}

func (f files) transferTree(from, to *dav.Resource, depth int, move bool) ([]dav.Response, *dav.Error) {
	var failed []dav.Response
	err := f.Walk(&dav.Walk{Root: from, Depth: depth, Hidden: true, Postfix: move, Visit: func(res *dav.Resource, post bool) *dav.Error {
		err := transferMember(res, to.Path+strings.TrimPrefix(res.Path, from.Path), move, post)
		if err != nil && !err.IsServer() && (move || !f.Same(res, from)) {
			failed = append(failed, dav.Response{Href: res.URI, Status: err.Status})
			return nil
		}
		return err
	}})
	if err != nil {
		return nil, err
	}
	if len(failed) > 0 {
		slices.Reverse(failed)
		return failed, dav.New(207, "Error(s) occurred on some resources during the COPY/MOVE process.")
	}
	return nil, nil
}

func transferMember(res *dav.Resource, to string, move, post bool) *dav.Error {
	switch {
	case post:
		os.Remove(res.Path)
		return nil
	case res.Collection:
		if err := os.Mkdir(to, 0o777); err != nil {
			return dav.Caused(403, cause(err), "")
		}
		return nil
	}
	return copyFile(res, to, nil, move)
}

// copyFile copies one file (dav_fs_copymove_file). One that can be run stays so.
func copyFile(from *dav.Resource, to string, there fs.FileInfo, move bool) *dav.Error {
	mode := fs.FileMode(0o666)
	if from.Info != nil && from.Info.Mode()&0o100 != 0 {
		mode = from.Info.Mode().Perm()
		if there != nil {
			if err := os.Chmod(to, mode); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return dav.Caused(500, cause(err), "Could not set permissions on destination")
			}
		}
	}
	if err := copyBytes(from.Path, to, mode); err != nil {
		return err
	}
	if !move {
		return nil
	}
	if err := os.Remove(from.Path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return dav.Caused(500, cause(err), fmt.Sprintf("Could not remove source file %s after move to %s. "+
				"The server may be in an inconsistent state.", from.Path, to))
		}
		if err := os.Remove(to); err != nil {
			return dav.Caused(500, cause(err), "Could not remove source or destination file. Server is now in an inconsistent state.")
		}
		return dav.Caused(500, cause(err), "Could not remove source file after move. Destination was removed to ensure consistency.")
	}
	return nil
}

func copyBytes(from, to string, mode fs.FileMode) *dav.Error {
	in, err := os.Open(from)
	if err != nil {
		return dav.Caused(500, cause(err), "Could not open file for reading")
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return dav.Caused(statusOf(err), cause(err), "Could not open file for writing")
	}
	_, err = io.Copy(out, in)
	if bad := out.Close(); err == nil {
		err = bad
	}
	if err == nil {
		return nil
	}
	if err := os.Remove(to); err != nil {
		return dav.Caused(500, cause(err), "Could not delete output after write failure. Server is now in an inconsistent state.")
	}
	return dav.Caused(statusOf(err), cause(err), "Could not write output file")
}

// Move renames; between file systems it copies and deletes
// (dav_fs_move_resource).
func (f files) Move(from, to *dav.Resource) ([]dav.Response, *dav.Error) {
	err := os.Rename(from.Path, to.Path)
	if errors.Is(err, syscall.EXDEV) {
		failed, err := f.transfer(from, to, dav.Infinity, true)
		if err == nil {
			moved(from, to)
		}
		return failed, err
	}
	if err != nil {
		return nil, dav.Caused(500, cause(err), "Could not rename resource.")
	}
	collection := from.Collection
	to.Collection = collection
	problem := moveState(from, to, true)
	if problem == nil {
		moved(from, to)
		return nil, nil
	}
	if os.Rename(to.Path, from.Path) != nil {
		return nil, problem.Push(500, "The resource was moved, but a failure occurred during the move of its properties. "+
			"The resource could not be restored to its original location. The server is now in an inconsistent state.")
	}
	return nil, problem.Push(500, "The resource was moved, but a failure occurred during the move of its properties. "+
		"The resource was moved back to its original location, but its properties may have been partially moved. "+
		"The server may be in an inconsistent state.")
}

func moved(from, to *dav.Resource) {
	to.Exists, to.Collection = true, from.Collection
	from.Exists, from.Collection, from.Info = false, false, nil
}

// moveState takes the properties along (dav_fs_copymoveset). Those of a
// directory are inside.
func moveState(from, to *dav.Resource, move bool) *dav.Error {
	if from.Collection {
		return nil
	}
	source := statePath(from)
	info, err := os.Stat(source)
	if err != nil {
		return nil
	}
	target := statePath(to)
	if err := os.Mkdir(path.Dir(target), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return dav.Caused(500, cause(err), "Could not create internal state directory")
	}
	if move {
		err := os.Rename(source, target)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EXDEV) {
			return dav.Caused(500, cause(err), "Could not move state file.")
		}
	}
	return copyFile(&dav.Resource{Path: source, Info: info}, target, nil, move)
}

// Remove deletes a file with its properties, or a tree (dav_fs_remove_resource).
func (f files) Remove(res *dav.Resource) ([]dav.Response, *dav.Error) {
	if res.Collection {
		return f.removeTree(res)
	}
	if err := os.Remove(res.Path); err != nil {
		return nil, dav.Caused(403, cause(err), "Cannot remove resource")
	}
	res.Exists, res.Info = false, nil
	if err := os.Remove(statePath(res)); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return nil, dav.Caused(500, cause(err), "Could not remove properties.")
	}
	return nil, nil
}

func (f files) removeTree(res *dav.Resource) ([]dav.Response, *dav.Error) {
	var failed []dav.Response
	err := f.Walk(&dav.Walk{Root: res, Depth: dav.Infinity, Hidden: true, Postfix: true, Visit: func(m *dav.Resource, post bool) *dav.Error {
		if m.Collection && !post {
			return nil
		}
		if os.Remove(m.Path) != nil {
			failed = append(failed, dav.Response{Href: m.URI, Status: 403})
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	if len(failed) > 0 {
		slices.Reverse(failed)
		return failed, dav.New(207, "Error(s) occurred on some resources during the deletion process.")
	}
	res.Exists, res.Collection, res.Info = false, false, nil
	return nil, nil
}
