package vhost

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"understudy/compat"
)

// mapFile finds the file that r.Filename names, and folds the <Directory>
// sections, .htaccess files and <Files> on its way (ap_directory_walk,
// ap_file_walk). What is left of the name behind the file, or behind the first
// part that does not exist, becomes PathInfo. It answers an HTTP status, or OK.
func (w *walk) mapFile() compat.Status {
	r := w.r
	if len(r.Filename) > compat.MaxFilename {
		return w.refuse(syscall.ENAMETOOLONG, "AH00036: access to %s failed (filesystem path '%s')", r.Path, r.Filename)
	}
	r.Filename = compat.CleanFilename(r.Filename)
	kernel.catchUp()
	if !w.endsWhereSaid() {
		r.Info, r.PathInfo = w.stat(r.Filename), ""
	}
	if status, done := w.again(); done {
		if status == compat.OK {
			w.files()
		}
		return status
	}
	if status := w.directories(); status != compat.OK {
		return status
	}
	for _, s := range w.routes.matches {
		if s.Match.(*matcher).matchInto(r, r.Filename) {
			w.enter(s)
		}
	}
	r.CanonicalFilename = r.Filename
	r.WalkedDir, r.WalkedScope = walkedDir(r), w.scope
	w.files()
	return compat.OK
}

// endsWhereSaid looks whether there is a file where FileEnd says so, and then
// the rest is PathInfo: no part of the path need be looked at to find that.
func (w *walk) endsWhereSaid() bool {
	r := w.r
	n := r.FileEnd
	if n <= 0 || n >= len(r.Filename) || r.Filename[n] != '/' || !r.IsInitial() {
		return false
	}
	info := w.stat(r.Filename[:n])
	if info == nil || !info.Mode().IsRegular() {
		return false
	}
	r.Info, r.Filename, r.PathInfo = info, r.Filename[:n], r.Filename[n:]
	return true
}

// stat looks at a whole path at once. A file with a slash behind it is not
// what was asked for.
func (w *walk) stat(path string) fs.FileInfo {
	info, err := paths.statFor(w.r, path, false)
	if err != nil || !info.IsDir() && strings.HasSuffix(path, "/") {
		return nil
	}
	return info
}

// walkedDir is the directory that was walked: r's own if it is one.
func walkedDir(r *compat.Request) string {
	if r.IsDir() {
		return r.Filename
	}
	return parent(r.Filename)
}

// parent is the directory of a file, with a slash at its end.
func parent(path string) string { return path[:strings.LastIndexByte(path, '/')+1] }

// again takes the result of the request that led to this one, if that was for
// the same directory: the file of a DirectoryIndex costs no second walk, and
// <DirectoryMatch> sees the directory instead of it, as in Apache.
func (w *walk) again() (status compat.Status, done bool) {
	r := w.r
	from := r.Prev
	if from == nil || from.WalkedScope == nil {
		from = r.Main
	}
	if from == nil || from.Host != r.Host || !sameDirectory(from, r) {
		return compat.OK, false
	}
	w.scope = from.WalkedScope
	r.CanonicalFilename, r.WalkedDir, r.WalkedScope = r.Filename, from.WalkedDir, w.scope
	if w.followsFreely() {
		return compat.OK, true
	}
	w.noteLinks(len(strings.TrimSuffix(r.Filename, "/")))
	if from.LinksUpTo > 0 {
		r.LinksUpTo = min(r.LinksUpTo, from.LinksUpTo)
	}
	info, err := links.statFor(r, strings.TrimSuffix(r.Filename, "/"), false)
	if err != nil {
		return w.refuse(err, "AH00031: access to %s failed; stat of '%s' failed.", r.Path, r.Filename), true
	}
	if info.Mode()&fs.ModeSymlink != 0 && !w.follows(info, r.Filename) {
		return w.refuse(nil, "AH00032: Symbolic link not allowed or link target not accessible: %s", r.Filename), true
	}
	return compat.OK, true
}

// directories walks down from the root. At each directory come its sections
// and then its .htaccess; then the next part of the path is looked at, unless
// it is known to be there and may be a link.
func (w *walk) directories() compat.Status {
	r := w.r
	path := r.Filename
	known := r.Info != nil
	r.LinksUpTo, r.OwnLinks = 0, false
	for end := 0; ; {
		w.sections(path[:end])
		if !known || end < len(path) || r.IsDir() {
			if status := w.htaccess(path, end); status != compat.OK {
				return status
			}
		}
		if end >= len(path)-1 {
			return compat.OK // At the end, but for a slash.
		}
		next := strings.IndexByte(path[end+1:], '/')
		if end += 1 + next; next < 0 {
			end = len(path)
		}
		w.noteLinks(end)
		if known && w.followsFreely() {
			if end == len(path) && r.PathInfo != "" {
				return compat.OK // A file is no directory where something is behind it.
			}
			continue
		}
		info, status := w.look(path[:end])
		if status != compat.OK {
			return status
		}
		if info == nil || !info.IsDir() {
			r.Info, r.Filename, r.PathInfo = info, path[:end], path[end:]+r.PathInfo
			return compat.OK
		}
		if !known && (end == len(path) || path[end:] == "/") {
			r.Info = info
		}
	}
}

// noteLinks keeps for who opens the file what it is that path[:end] may be.
func (w *walk) noteLinks(end int) {
	r := w.r
	switch {
	case w.followsFreely():
		r.LinksUpTo = 0
	case r.LinksUpTo == 0:
		r.LinksUpTo = max(strings.LastIndexByte(r.Filename[:end], '/'), 1)
		fallthrough
	default:
		r.OwnLinks = w.scope.Core.Opts()&compat.OptSymLinksIfOwnerMatch != 0
	}
}

// sections folds the <Directory> sections for a directory, without the slash
// at its end. Where the whole path was known to be there, the file itself is
// taken for one, too: <Directory "/a/file"> applies.
func (w *walk) sections(dir string) {
	var buffer [8]*compat.Section
	for _, s := range w.routes.own.find(dir, w.routes.main.find(dir, buffer[:0])) {
		w.enter(s)
	}
}

// look is what a part of the path is, nil if it is not there. Links are
// followed where Options permit.
func (w *walk) look(path string) (fs.FileInfo, compat.Status) {
	info, err := links.statFor(w.r, path, false)
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		return nil, compat.OK
	case isDenied(err):
		return nil, w.refuse(err, "AH00035: access to %s denied (filesystem path '%s') because search permissions are "+
			"missing on a component of the path", w.r.Path, path)
	default:
		return nil, w.refuse(err, "AH00036: access to %s failed (filesystem path '%s')", w.r.Path, path)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if !w.follows(info, path) {
			return nil, w.refuse(nil, "AH00037: Symbolic link not allowed or link target not accessible: %s", path)
		}
		if info, err = paths.statFor(w.r, path, false); err != nil {
			return nil, w.refuse(nil, "AH00037: Symbolic link not allowed or link target not accessible: %s", path)
		}
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, w.refuse(nil, "AH00038: Forbidden: %s doesn't point to a file or directory", path)
	}
	return info, compat.OK
}

// followsFreely reports whether it does not matter if something is a link.
// SymLinksIfOwnerMatch counts even beside FollowSymLinks.
func (w *walk) followsFreely() bool {
	return w.scope.Core.Opts()&(compat.OptFollowSymLinks|compat.OptSymLinksIfOwnerMatch) == compat.OptFollowSymLinks
}

// follows reports whether a link may be followed (resolve_symlink).
func (w *walk) follows(link fs.FileInfo, path string) bool {
	opts := w.scope.Core.Opts()
	if opts&(compat.OptFollowSymLinks|compat.OptSymLinksIfOwnerMatch) == 0 {
		return false
	}
	target, err := paths.statFor(w.r, path, false)
	if err != nil || opts&compat.OptSymLinksIfOwnerMatch == 0 {
		return err == nil
	}
	a, known := owner(link)
	b, also := owner(target)
	return known && also && a == b
}

// refuse logs why a path is not walked to its end.
func (w *walk) refuse(err error, format string, args ...any) compat.Status {
	w.r.Logf("core", compat.LevelError, cause(err), format, args...)
	return 403
}

// htaccess folds the .htaccess of the directory path[:end].
func (w *walk) htaccess(path string, end int) compat.Status {
	if !readsHtaccess(w.scope.Core) {
		return compat.OK
	}
	dir := path
	if end < len(path) {
		dir = path[:end+1]
	} else {
		dir += "/"
	}
	f, err := w.snap.htaccess.find(w.r, w.snap, dir, w.scope)
	if err == nil {
		if f != nil {
			w.enter(f.section)
		}
		return compat.OK
	}
	r := w.r
	if errors.Is(err, errUnreadable) {
		r.Logf("core", compat.LevelCrit, cause(err), "AH00529: %s pcfg_openfile: unable to check htaccess file, "+
			"ensure it is readable and that '%s' is executable", f.path, dir)
		r.Notes.Set("error-notes", "Server unable to read htaccess file, denying access to be safe")
		return 403
	}
	r.Logf("core", compat.LevelAlert, nil, "%s: %v", f.path, err)
	return 500
}

// cause is the operating system's part of an error.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
