package davfs

import (
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"understudy/compat"
	"understudy/compat/internal/dav"
	"understudy/compat/internal/dbm"
)

// A base is a data base of locks, of which there is one for each file.
type base struct {
	path  string
	turn  sync.Mutex // of who changes it
	mu    sync.Mutex // guards book and state
	book  *dbm.Book  // what the file holds; never changed
	state compat.FileState
}

var bases sync.Map // by path

func baseOf(path string) *base {
	b, _ := bases.LoadOrStore(path, &base{path: path})
	return b.(*base)
}

// read is what the file holds now.
func (b *base) read() (*dbm.Book, *dav.Error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var state compat.FileState
	if info, err := os.Stat(b.path); err == nil {
		state = compat.StateOf(b.path, info)
	}
	if b.book != nil && state == b.state {
		return b.book, nil
	}
	book, err := dbm.ReadBook(b.path)
	if err != nil {
		e := dav.Caused(500, cause(err), "Could not open property database.")
		e.ID = 1
		e = e.Push(500, "Could not open the lock database.")
		e.ID = dav.ErrLockOpen
		return nil, e
	}
	b.book, b.state = book, state
	return book, nil
}

// locks is a base while it is used. What is changed is kept here until Close.
type locks struct {
	base    *base
	book    *dbm.Book
	changes map[string]record
	change  bool
}

func baseFor(r *compat.Request) (*base, *dav.Error) {
	c := dir.OfServer(r.Host)
	if c == nil || c.locks == "" {
		return nil, dav.Numbered(500, dav.ErrLockNone, "A lock database was not specified with the DAVLockDB directive. "+
			"One must be specified to use the locking functionality.")
	}
	return baseOf(c.locks), nil
}

// Locks is the data base as it is.
func (files) Locks(r *compat.Request) (dav.Locks, *dav.Error) {
	b, err := baseFor(r)
	if err != nil {
		return nil, err
	}
	book, err := b.read()
	if err != nil {
		return nil, err
	}
	return &locks{base: b, book: book}, nil
}

// Change is the data base to be changed. Its file is made where there is none,
// so that it shows at once where that cannot be done.
func (files) Change(r *compat.Request) (dav.Locks, *dav.Error) {
	b, err := baseFor(r)
	if err != nil {
		return nil, err
	}
	b.turn.Lock()
	book, err := b.read()
	if err == nil && book.Len() == 0 {
		err = b.ensure()
	}
	if err != nil {
		b.turn.Unlock()
		return nil, err
	}
	return &locks{base: b, book: book, changes: map[string]record{}, change: true}, nil
}

func (b *base) ensure() *dav.Error {
	if _, err := os.Stat(b.path); err == nil {
		return nil
	}
	book := &dbm.Book{}
	if err := book.Write(b.path); err != nil {
		e := dav.Caused(500, cause(err), "Could not open property database.")
		e.ID = 1
		e = e.Push(500, "Could not open the lock database.")
		e.ID = dav.ErrLockOpen
		return e
	}
	return nil
}

// Close keeps what was changed.
func (l *locks) Close() *dav.Error {
	if !l.change {
		return nil
	}
	l.change = false
	defer l.base.turn.Unlock()
	if len(l.changes) == 0 {
		return nil
	}
	book := l.book.Clone()
	for key, rec := range l.changes {
		if rec.empty() {
			book.Delete(key)
		} else {
			book.Set(key, rec.format())
		}
	}
	if err := book.Write(l.base.path); err != nil {
		e := dav.Caused(500, cause(err), "Could not save lock information.")
		e.ID = dav.ErrLockSave
		return e
	}
	return nil
}

func (l *locks) load(key string) (record, *dav.Error) {
	if rec, ok := l.changes[key]; ok {
		return record{slices.Clone(rec.direct), slices.Clone(rec.indirect)}, nil
	}
	value, _ := l.book.Get(key)
	return parseRecord(value, key)
}

func (l *locks) save(key string, rec record) {
	if _, ok := l.changes[key]; !ok && rec.empty() {
		if _, ok := l.book.Get(key); !ok {
			return
		}
	}
	l.changes[key] = rec
}

// Get are the locks of res (dav_fs_get_locks).
func (l *locks) Get(res *dav.Resource, partial bool) ([]dav.Lock, *dav.Error) {
	rec, err := l.load(keyOf(res.Path))
	if err != nil {
		return nil, err
	}
	list := rec.direct
	for _, r := range rec.indirect {
		lock := dav.Lock{Token: r.token, Key: r.key, Timeout: r.timeout, Indirect: true}
		if !partial {
			direct, err := l.resolve(r)
			if err != nil {
				return nil, err
			}
			if direct == nil {
				continue
			}
			lock = *direct
			lock.Indirect = true
		}
		list = append(list, lock)
	}
	slices.Reverse(list)
	return list, nil
}

// resolve is the lock of a reference; nil: its time is over.
func (l *locks) resolve(r reference) (*dav.Lock, *dav.Error) {
	rec, err := l.load(r.key)
	if err != nil {
		return nil, err
	}
	for i := range rec.direct {
		if rec.direct[i].Token == r.token {
			return &rec.direct[i], nil
		}
	}
	return nil, nil
}

// None reports whether there is no lock at all.
func (l *locks) None() bool { return l.book.Len() == 0 && len(l.changes) == 0 }

// Has reports whether there is a lock of res.
func (l *locks) Has(res *dav.Resource) bool {
	rec, err := l.load(keyOf(res.Path))
	return err != nil || !rec.empty()
}

// Direct is the resource a lock of res was made for (dav_get_direct_resource).
func (l *locks) Direct(res *dav.Resource, t dav.Token) (*dav.Resource, *dav.Error) {
	for res != nil {
		rec, err := l.load(keyOf(res.Path))
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(rec.direct, func(lock dav.Lock) bool { return lock.Token == t }) {
			return res, nil
		}
		if !slices.ContainsFunc(rec.indirect, func(r reference) bool { return r.token == t }) {
			return nil, dav.New(400, "The specified locktoken does not correspond to an existing lock on this resource.")
		}
		if res, err = (files{}).Parent(res); err != nil {
			return nil, err
		}
	}
	return nil, dav.New(500, "The lock database is corrupt. A direct lock could not be found for the corresponding "+
		"indirect lock on this resource.")
}

// New is a lock for res, to be filled in.
func (l *locks) New(res *dav.Resource) dav.Lock {
	return dav.Lock{Token: dav.NewToken(), Key: keyOf(res.Path)}
}

// maxLocks bounds how many shared locks a resource has, each of which makes all
// that is asked of it cost more.
const maxLocks = 1000

// Append adds locks to res (dav_fs_append_locks).
func (l *locks) Append(res *dav.Resource, indirect bool, added []dav.Lock) *dav.Error {
	key := keyOf(res.Path)
	rec, err := l.load(key)
	if err != nil {
		return err
	}
	if len(rec.direct)+len(rec.indirect)+len(added) > maxLocks {
		return dav.New(507, "The resource has as many locks as it may have.")
	}
	for _, lock := range added {
		if indirect || lock.Indirect {
			rec.indirect = slices.Insert(rec.indirect, 0, reference{lock.Token, lock.Timeout, lock.Key})
		} else {
			rec.direct = slices.Insert(rec.direct, 0, lock)
		}
	}
	l.save(key, rec)
	if res.Exists {
		return nil
	}
	return addMember(res)
}

// Remove takes a lock away, or all (dav_fs_remove_lock).
func (l *locks) Remove(res *dav.Resource, t *dav.Token) *dav.Error {
	key := keyOf(res.Path)
	var rec record
	if t != nil {
		var err *dav.Error
		if rec, err = l.load(key); err != nil {
			return err
		}
		rec.direct = slices.DeleteFunc(rec.direct, func(lock dav.Lock) bool { return lock.Token == *t })
		rec.indirect = slices.DeleteFunc(rec.indirect, func(r reference) bool { return r.token == *t })
	}
	l.save(key, rec)
	if res.Exists || !rec.empty() {
		return nil
	}
	return removeMember(res.Path)
}

// Refresh gives locks of res, its own or of collections around, another end
// (dav_fs_refresh_locks).
func (l *locks) Refresh(res *dav.Resource, tokens []dav.Token, until int64) ([]dav.Lock, *dav.Error) {
	key := keyOf(res.Path)
	rec, err := l.load(key)
	if err != nil {
		return nil, err
	}
	var refreshed []dav.Lock
	for i := range rec.direct {
		if slices.Contains(tokens, rec.direct[i].Token) {
			rec.direct[i].Timeout = until
			refreshed = append(refreshed, rec.direct[i])
		}
	}
	if len(refreshed) > 0 {
		l.save(key, rec)
	}
	for _, r := range rec.indirect {
		if !slices.Contains(tokens, r.token) {
			continue
		}
		lock, err := l.refreshDirect(r, until)
		if err != nil {
			return nil, err
		}
		if lock != nil {
			refreshed = append(refreshed, *lock)
		}
	}
	slices.Reverse(refreshed)
	return refreshed, nil
}

func (l *locks) refreshDirect(r reference, until int64) (*dav.Lock, *dav.Error) {
	rec, err := l.load(r.key)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rec.direct, func(lock dav.Lock) bool { return lock.Token == r.token })
	if i < 0 {
		return nil, nil
	}
	rec.direct[i].Timeout = until
	l.save(r.key, rec)
	return &rec.direct[i], nil
}

// Created tells that res is there now.
func (l *locks) Created(res *dav.Resource) *dav.Error { return removeMember(res.Path) }

// Members are what is in a collection as locks only.
func (l *locks) Members(res *dav.Resource) ([]string, *dav.Error) { return members(res.Path) }

// membersPath is the file that names what is in a directory as locks only.
func membersPath(dir string) string { return path.Join(dir, stateDir, lockNull) }

// maxMembers bounds that file.
const maxMembers = 16 << 20

func members(dir string) ([]string, *dav.Error) {
	info, err := os.Stat(membersPath(dir))
	if err != nil {
		return nil, nil
	}
	if info.Size() > maxMembers {
		return nil, dav.New(500, "Opened but rejected huge file "+membersPath(dir))
	}
	b, err := os.ReadFile(membersPath(dir))
	if err != nil {
		return nil, nil
	}
	var names []string
	for name := range strings.SplitSeq(string(b), "\x00") {
		if name != "" && name != "." && name != ".." && !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	return names, nil
}

func addMember(res *dav.Resource) *dav.Error {
	dir, name := path.Split(unslashed(res.Path))
	names, err := members(dir)
	if err != nil {
		return err.Push(500, "Could not load .locknull file.")
	}
	if slices.Contains(names, name) {
		return nil
	}
	if err := saveMembers(dir, append(names, name)); err != nil {
		return err.Push(500, "Could not save .locknull file.")
	}
	return nil
}

func removeMember(file string) *dav.Error {
	dir, name := path.Split(unslashed(file))
	names, err := members(dir)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
	if len(left) == len(names) {
		return nil
	}
	return saveMembers(dir, left)
}

func saveMembers(dir string, names []string) *dav.Error {
	file := membersPath(dir)
	if len(names) == 0 {
		if err := os.Remove(file); err != nil {
			return dav.Caused(500, cause(err), "Error removing "+file)
		}
		return nil
	}
	makeState(path.Dir(file))
	if err := os.WriteFile(file, []byte(strings.Join(names, "\x00")+"\x00"), 0o666); err != nil {
		return dav.Caused(500, cause(err), "Error opening "+file+" for writing")
	}
	return nil
}
