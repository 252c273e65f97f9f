//go:build amd64 || arm64

package vhost

import (
	"cmp"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"understudy/compat"
)

// notices tell whether anything may have changed of paths that were looked at,
// for the price of one system call for all of them: inotify queues an event
// before the call that caused it returns, so where the queue is empty nothing
// that was followed has changed up to now. That is asked directly, and not of a
// goroutine that reads events when it comes to it.
//
// Three things cause no event: writing through a memory map, mounting over a
// directory, and changes that others make on a file system of the network, of
// which none is followed. For the sake of the first two nothing is believed for
// longer than a second.
type notices struct {
	fd     int           // -1: the kernel gives none
	now    atomic.Uint64 // see moment
	began  time.Time
	second atomic.Int64 // since then, by the last look at the clock
	busy   atomic.Bool  // events were taken and not yet noted

	mu      sync.Mutex // guards what follows
	buffer  [16 << 10]byte
	watches map[int32]*watch
	dirs    map[string]int32 // directories without a link on their way, and their watches
	names   int              // in all watches
	follows int              // in this second
	most    int              // of them
	room    int              // for watches
}

// A watch is on a directory or file by which paths lead.
type watch struct {
	names map[string]bool // that matter, in a directory
	all   bool            // all do: the directory itself is what stat was asked of
}

// Bounds on what is followed. Whoever makes paths lead elsewhere all the time
// has them looked at each time.
const (
	maxWatches = 16384 // or half of what a user may have, if that is less
	maxNames   = 1 << 16
	maxFollows = 2000 // a second: each may take as long as a dozen looks
	maxLinks   = 40   // on the way of one path, as in the kernel
)

const (
	dirEvents = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_ATTRIB |
		unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR | unix.IN_DONT_FOLLOW
	fileEvents = unix.IN_MODIFY | unix.IN_ATTRIB | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_DONT_FOLLOW
	leads      = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_DELETE_SELF |
		unix.IN_MOVE_SELF | unix.IN_UNMOUNT | unix.IN_IGNORED
)

// A moment counts changes: its upper half those by which a path can lead
// elsewhere, so that it has to be followed anew.
const newWay = 1 << 32

var kernel = newNotices()

func newNotices() *notices {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		fd = -1
	}
	n := &notices{fd: fd, began: time.Now(), watches: map[int32]*watch{}, dirs: map[string]int32{}, most: maxFollows, room: maxWatches}
	limit, err := os.ReadFile("/proc/sys/fs/inotify/max_user_watches")
	if may, bad := strconv.Atoi(strings.TrimSpace(string(limit))); err == nil && bad == nil {
		n.room = min(n.room, may/2)
	}
	n.now.Store(newWay)
	return n
}

// moment is when what holds now began to hold, as far as was caught up.
func (n *notices) moment() uint64 { return n.now.Load() }

// catchUp takes notice of what changed until now.
func (n *notices) catchUp() {
	if n.fd < 0 {
		return
	}
	if s := int64(time.Since(n.began) / time.Second); s > n.second.Load() {
		n.newSecond(s)
	}
	if n.waiting() == 0 && !n.busy.Load() {
		return
	}
	n.mu.Lock()
	n.read()
	n.mu.Unlock()
}

func (n *notices) newSecond(s int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.second.Store(s)
	n.follows = 0
	n.now.Add(1)
}

// waiting is how many bytes of events there are.
func (n *notices) waiting() (size int32) {
	syscall.RawSyscall(unix.SYS_IOCTL, uintptr(n.fd), unix.TIOCINQ, uintptr(unsafe.Pointer(&size)))
	return size
}

// read notes all events there are.
func (n *notices) read() {
	n.busy.Store(true)
	defer n.busy.Store(false)
	for {
		size, err := unix.Read(n.fd, n.buffer[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || size <= 0 {
			return
		}
		for events := n.buffer[:size]; len(events) >= unix.SizeofInotifyEvent; {
			e := (*unix.InotifyEvent)(unsafe.Pointer(&events[0]))
			end := unix.SizeofInotifyEvent + int(e.Len)
			n.note(e.Wd, e.Mask, strings.TrimRight(string(events[unix.SizeofInotifyEvent:end]), "\x00"))
			events = events[end:]
		}
	}
}

// note is for one event; name is that of an entry of a directory.
func (n *notices) note(wd int32, mask uint32, name string) {
	if mask&unix.IN_Q_OVERFLOW != 0 {
		n.startOver()
		return
	}
	w := n.watches[wd]
	switch {
	case w == nil:
		return
	case mask&unix.IN_IGNORED != 0:
		delete(n.watches, wd)
		n.names -= len(w.names)
	}
	switch {
	case mask&leads != 0 && (name == "" || w.names[name]):
		clear(n.dirs)
		n.now.Add(newWay)
	case name == "" || w.names[name] || w.all:
		n.now.Add(1)
	}
}

// startOver lets go of everything.
func (n *notices) startOver() {
	for wd := range n.watches {
		unix.InotifyRmWatch(n.fd, uint32(wd))
	}
	clear(n.watches)
	clear(n.dirs)
	n.names = 0
	n.now.Add(newWay)
}

// follow asks for notice of all by which what stat says of path can change, or
// lstat if it is of a link. held is the moment since when path is followed, 0
// for none. It reports false where there is no notice to be had: then path is
// to be looked at each time.
func (n *notices) follow(path string, link bool, held uint64) bool {
	if n.fd < 0 {
		return false
	}
	if held != 0 && held/newWay == n.now.Load()/newWay {
		return true
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.follows++; n.follows > n.most {
		return false
	}
	if len(n.watches) > n.room || n.names > maxNames {
		n.startOver()
	}
	if !strings.HasPrefix(path, "/") {
		return false
	}
	return n.way(strings.Clone(path), link && !strings.HasSuffix(path, "/"))
}

// way watches each directory on the way to path for the next name, and then what
// is there. Each is watched before it is looked at.
func (n *notices) way(rest string, link bool) bool {
	dir := "/"
	for followed := 0; ; {
		rest = strings.TrimLeft(rest, "/")
		wd, ok := n.watchDir(dir)
		if !ok {
			return false
		}
		if rest == "" {
			n.watches[wd].all = n.watches[wd].all || !link
			return true
		}
		var name string
		name, rest, _ = strings.Cut(rest, "/")
		switch name {
		case ".":
			continue
		case "..":
			dir = cmp.Or(parent(strings.TrimSuffix(dir, "/")), "/")
			continue
		}
		n.heed(wd, name)
		if _, known := n.dirs[dir+name+"/"]; known {
			dir += name + "/"
			continue
		}
		var st unix.Stat_t
		switch err := unix.Lstat(dir+name, &st); {
		case err == unix.ENOENT:
			return true
		case err != nil:
			return false
		}
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFDIR:
			dir += name + "/"
		case unix.S_IFLNK:
			if rest == "" && link {
				return true
			}
			target, err := readlink(dir + name)
			if followed++; err != nil || followed > maxLinks {
				return false
			}
			if strings.HasPrefix(target, "/") {
				dir = "/"
			}
			rest = target + "/" + rest
		default:
			return n.watchFile(dir + name)
		}
	}
}

func (n *notices) watchDir(dir string) (wd int32, ok bool) {
	if wd, ok = n.dirs[dir]; ok {
		return wd, true
	}
	if !compat.IsLocal(dir) {
		return 0, false
	}
	if wd, ok = n.watch(dir, dirEvents); ok {
		n.dirs[dir] = wd
	}
	return wd, ok
}

func (n *notices) watchFile(path string) bool {
	_, ok := n.watch(path, fileEvents)
	return ok && compat.IsLocal(path)
}

func (n *notices) watch(path string, events uint32) (int32, bool) {
	wd, err := unix.InotifyAddWatch(n.fd, path, events)
	if err != nil {
		return 0, false
	}
	if n.watches[int32(wd)] == nil {
		n.watches[int32(wd)] = &watch{}
	}
	return int32(wd), true
}

// heed makes a name in a directory matter.
func (n *notices) heed(wd int32, name string) {
	w := n.watches[wd]
	if w.names == nil {
		w.names = map[string]bool{}
	}
	if !w.names[name] {
		w.names[name] = true
		n.names++
	}
}

func readlink(path string) (string, error) {
	var buffer [unix.PathMax]byte
	size, err := unix.Readlink(path, buffer[:])
	return string(buffer[:max(size, 0)]), err
}
