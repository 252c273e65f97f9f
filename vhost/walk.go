package vhost

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"understudy/compat"
)

// A walk finds the sections that apply to a request and folds them into its
// scope. It keeps the sections entered, because the <Files> and <If> inside
// them are tried after all directories.
type walk struct {
	snap    *Snapshot
	r       *compat.Request
	routes  *routes
	scope   *compat.Scope
	entered [8]*compat.Section // those with sections inside, most requests have none
	n       int
	more    []*compat.Section
	ifs     []*compat.Section
}

func (s *Snapshot) newWalk(r *compat.Request) walk {
	return walk{snap: s, r: r, routes: r.Host.Routes.(*routes), scope: r.Host.Scope}
}

func (w *walk) enter(s *compat.Section) {
	w.scope = s.Enter(w.scope)
	if len(s.Inner) == 0 {
		return
	}
	if w.n < len(w.entered) {
		w.entered[w.n] = s
		w.n++
		return
	}
	w.more = append(w.more, s)
}

// locations folds the <Location> sections for r.Path (ap_location_walk).
func (w *walk) locations() {
	for _, s := range w.routes.locations {
		if coversURL(s, w.r) {
			w.enter(s)
			w.r.Tracef("core", s.Kind, "section %s> applies", s.Kind+" "+s.Arg)
		}
	}
}

// mapFile finds the file r.Filename names, and folds the <Directory> sections,
// .htaccess files and <Files> on its way (ap_directory_walk, ap_file_walk). It
// answers an HTTP status, or OK.
func (w *walk) mapFile() compat.Status {
	r := w.r
	if status := w.stat(); status != compat.OK {
		return status
	}
	path := r.Filename
	last := strings.LastIndexByte(path, '/') + 1 // of the deepest directory to walk
	isDir := r.IsDir()
	if isDir {
		last = len(path)
	}
	if status := w.directories(path, last, isDir); status != compat.OK {
		return status
	}
	for _, s := range w.routes.matches {
		if s.Match.(*matcher).matchInto(r, r.Filename) {
			w.enter(s)
		}
	}
	w.files(path[strings.LastIndexByte(path, '/')+1:])
	return compat.OK
}

// directories walks from the root down to path[:last].
func (w *walk) directories(path string, last int, isDir bool) compat.Status {
	var buffer [8]*compat.Section
	for end := strings.IndexByte(path, '/'); end >= 0 && end < max(last, 1); {
		dir := path[:end+1]
		for _, s := range w.routes.directories(dir, buffer[:0]) {
			w.enter(s)
		}
		if status := w.htaccess(dir); status != compat.OK {
			return status
		}
		next := strings.IndexByte(path[end+1:], '/')
		component := path
		if next >= 0 {
			component = path[:end+1+next]
		}
		if status := w.link(component, end+1); status != compat.OK {
			return status
		}
		if next < 0 {
			break
		}
		end += 1 + next
	}
	if isDir && !strings.HasSuffix(path, "/") {
		dir := path + "/"
		for _, s := range w.routes.directories(dir, buffer[:0]) {
			w.enter(s)
		}
		return w.htaccess(dir)
	}
	return compat.OK
}

// link looks whether a part of the path is a symbolic link, where Options ask
// (resolve_symlink).
func (w *walk) link(component string, from int) compat.Status {
	opts := w.scope.Core.Opts()
	if opts&compat.OptFollowSymLinks != 0 || len(component) <= from {
		return compat.OK
	}
	info, err := os.Lstat(component)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return compat.OK
	}
	if opts&compat.OptSymLinksIfOwnerMatch != 0 {
		target, err := os.Stat(component)
		if err == nil {
			a, known := owner(info)
			b, also := owner(target)
			if known && also && a == b {
				return compat.OK
			}
		}
	}
	w.r.Scope = w.scope
	w.r.Logf("core", compat.LevelError, nil, "AH00037: Symbolic link not allowed or link target not accessible: %s", component)
	return 403
}

func (w *walk) htaccess(dir string) compat.Status {
	if !readsHtaccess(w.scope.Core) {
		return compat.OK
	}
	f, err := w.snap.htaccess.find(w.snap, dir, w.r.Host.AccessFiles, w.scope)
	if err == nil {
		if f != nil {
			w.enter(f.section)
		}
		return compat.OK
	}
	w.r.Scope = w.scope
	if errors.Is(err, errUnreadable) {
		w.r.Logf("core", compat.LevelCrit, cause(err), "AH00529: %s pcfg_openfile: unable to check htaccess file, "+
			"ensure it is readable and that '%s' is executable", f.path, dir)
		w.r.Notes.Set("error-notes", "Server unable to read htaccess file, denying access to be safe")
		return 403
	}
	w.r.Logf("core", compat.LevelAlert, nil, "%s: %v", f.path, err)
	return 500
}

// stat looks at r.Filename. What does not exist from some directory on becomes
// PathInfo, behind the first part that is missing or is a file.
func (w *walk) stat() compat.Status {
	r := w.r
	r.PathInfo = ""
	info, err := os.Stat(r.Filename)
	if err == nil {
		if strings.HasSuffix(r.Filename, "/") && !info.IsDir() {
			return w.shorten()
		}
		r.Info = info
		return compat.OK
	}
	r.Info = nil
	if missing(err) {
		return w.shorten()
	}
	return w.unreachable(err)
}

func (w *walk) unreachable(err error) compat.Status {
	r := w.r
	w.r.Scope = w.scope
	if isNameTooLong(err) {
		r.Logf("core", compat.LevelError, cause(err), "AH00036: access to %s failed (filesystem path '%s')", r.Path, r.Filename)
		return 403
	}
	r.Logf("core", compat.LevelError, cause(err), "AH00035: access to %s denied (filesystem path '%s') because search "+
		"permissions are missing on a component of the path", r.Path, r.Filename)
	return 403
}

// shorten finds the longest part of r.Filename that is there.
func (w *walk) shorten() compat.Status {
	r := w.r
	whole := r.Filename
	for i := 1; i < len(whole); {
		next := strings.IndexByte(whole[i:], '/')
		end := len(whole)
		if next >= 0 {
			end = i + next
		}
		info, err := os.Stat(whole[:end])
		if err != nil {
			if !missing(err) {
				return w.unreachable(err)
			}
			r.Filename, r.PathInfo = whole[:end], whole[end:]
			return compat.OK
		}
		if !info.IsDir() {
			r.Info, r.Filename, r.PathInfo = info, whole[:end], whole[end:]
			return compat.OK
		}
		i = end + 1
	}
	return compat.OK
}

// cause is the operating system's part of an error.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// files folds the <Files> sections for the last part of the path: those at
// server level, and those inside what was entered (ap_file_walk).
func (w *walk) files(name string) {
	if name == "" {
		return
	}
	for _, s := range w.routes.files {
		w.file(s, name)
	}
	for i := 0; i < w.n; i++ { // What a <Files> holds is entered too.
		w.innerFiles(w.entered[i], name)
	}
	for i := 0; i < len(w.more); i++ {
		w.innerFiles(w.more[i], name)
	}
}

func (w *walk) innerFiles(s *compat.Section, name string) {
	if strings.HasPrefix(s.Kind, "<Files") {
		return
	}
	for _, in := range s.Inner {
		if strings.HasPrefix(in.Kind, "<Files") {
			w.file(in, name)
		}
	}
}

func (w *walk) file(s *compat.Section, name string) {
	if coversFile(s, w.r, name) {
		w.enter(s)
	}
}

// conditions folds the <If> sections (ap_if_walk).
func (w *walk) conditions() {
	w.chain(w.routes.ifs)
	for i := 0; i < w.n; i++ {
		w.chain(w.entered[i].Inner)
	}
	for i := 0; i < len(w.more); i++ {
		w.chain(w.more[i].Inner)
	}
}

// chain tries the <If>, <ElseIf> and <Else> of one list.
func (w *walk) chain(list []*compat.Section) {
	taken := false
	for _, s := range list {
		m := s.Match.(*matcher)
		if m.cond == nil && !m.other {
			continue // A <Files>.
		}
		if m.other && taken {
			continue
		}
		w.r.Scope = w.scope
		taken = m.cond == nil || m.cond.Eval(compat.ExprContext(w.r))
		if taken {
			w.scope = s.Enter(w.scope)
			w.chain(s.Inner)
		}
	}
}
