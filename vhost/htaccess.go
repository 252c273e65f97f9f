package vhost

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"understudy/apacheconf"
	"understudy/compat"
)

// An override is what a .htaccess file may say where it lies.
type override struct {
	classes  compat.Place
	options  *compat.OptionSet
	list     map[string]bool
	nonfatal compat.Nonfatal
}

func overrideOf(c *compat.Core) override {
	o := override{options: c.OverrideOptions, list: c.OverrideList, nonfatal: c.NonfatalOverride}
	if c.Override != nil {
		o.classes = *c.Override
	}
	return o
}

// readsHtaccess reports whether .htaccess is looked for: also where no
// AllowOverride was ever said, though nothing but comments is permitted then.
func readsHtaccess(c *compat.Core) bool {
	return c.Override == nil || *c.Override != 0 || len(c.OverrideList) > 0
}

// maxHtaccess bounds the files remembered, and the size of one.
const (
	maxHtaccess     = 10_000
	maxHtaccessSize = 16 << 20
)

// A htaccessCache remembers the sections made of .htaccess files. Each use
// looks whether the file is still the same, so that a change counts for the
// next request.
type htaccessCache struct {
	mu    sync.Mutex // guards files
	files map[htaccessKey]*htaccessFile
}

// A htaccessKey is a directory, and the scope around it, which decides what may
// be said. Scopes are remembered, so the pointer is good for comparing.
type htaccessKey struct {
	dir    string
	around *compat.Scope
}

type htaccessFile struct {
	path    string
	info    fs.FileInfo
	section *compat.Section
	err     error // what is wrong in it
}

func newHtaccessCache() *htaccessCache {
	return &htaccessCache{files: map[htaccessKey]*htaccessFile{}}
}

var errUnreadable = errors.New("unreadable")

// find is the section of the .htaccess in dir (with a slash at its end) that
// counts for r, nil if there is none. errUnreadable, with the cause, means to deny.
func (c *htaccessCache) find(r *compat.Request, snap *Snapshot, dir string, around *compat.Scope) (*htaccessFile, error) {
	for _, name := range r.Host.AccessFiles {
		if r.Recorder == nil && paths.missing(dir, name) {
			continue
		}
		path := dir + name
		info, err := paths.statFor(r, path, true)
		if err != nil {
			if missing(err) {
				continue
			}
			return &htaccessFile{path: path}, errors.Join(errUnreadable, err)
		}
		key := htaccessKey{dir, around}
		c.mu.Lock()
		have := c.files[key]
		c.mu.Unlock()
		if have != nil && have.path == path && compat.Unchanged(have.info, info) {
			return have, have.err
		}
		f := &htaccessFile{path: path, info: info}
		f.section, f.err = snap.readHtaccess(f, around)
		if errors.Is(f.err, errUnreadable) {
			return f, f.err
		}
		c.keep(key, f)
		return f, f.err
	}
	return nil, nil
}

// keep remembers f in place of what key meant before. Room is made by letting
// go of any other: the scopes inside go with the section.
func (c *htaccessCache) keep(key htaccessKey, f *htaccessFile) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if before := c.files[key]; before != nil {
		key.around.Forget(before.section)
	}
	for k, other := range c.files {
		if len(c.files) < maxHtaccess {
			break
		}
		k.around.Forget(other.section)
		delete(c.files, k)
	}
	c.files[htaccessKey{strings.Clone(key.dir), key.around}] = f
}

func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || isNotDir(err)
}

// readHtaccess makes a section of a file.
func (s *Snapshot) readHtaccess(f *htaccessFile, around *compat.Scope) (*compat.Section, error) {
	if !f.info.Mode().IsRegular() {
		return nil, errors.Join(errUnreadable, errors.New("is not a regular file"))
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, errors.Join(errUnreadable, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxHtaccessSize))
	if err != nil {
		return nil, errors.Join(errUnreadable, err)
	}
	o := overrideOf(around.Core)
	nodes, err := apacheconf.LoadHtaccess(f.path, text, s.Build.Tree, s.catalog, o.classes != 0)
	if err != nil {
		return nil, bare(err)
	}
	section := &compat.Section{Kind: ".htaccess", Arg: f.path, Vector: compat.NewVector(), Walk: compat.DirectoryWalk}
	dir := f.path[:strings.LastIndexByte(f.path, '/')+1]
	p := place{host: s.Build.Main, section: section, allowed: o.classes, dir: dir, htaccess: &o}
	s.builder.mu.Lock()
	defer s.builder.mu.Unlock()
	if err := s.builder.walk(nodes, p); err != nil {
		return nil, bare(err)
	}
	return section, nil
}

// bare is the text of an error without its place, as it stands in the log for
// a .htaccess.
func bare(err error) error {
	var d *apacheconf.Diagnostic
	if errors.As(err, &d) {
		return errors.New(d.Message)
	}
	return err
}
