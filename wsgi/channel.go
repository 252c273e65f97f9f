//go:build unix

package wsgi

import (
	"cmp"
	"encoding/json"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"

	"understudy/daemon"
)

const (
	readSize = 256 << 10
	keepSize = 1 << 20 // a larger buffer is not kept
	maxFiles = 64      // descriptors that wait to be used
)

// A channel is the connection to one worker process. All requests of it, and
// all answers, go over it side by side: what comes together is one system call.
type channel struct {
	target *target
	nc     *net.UnixConn
	raw    syscall.RawConn
	wake   *os.File // a byte in it wakes one more thread; nil: none was sent
	hello  hello

	// Guarded by target.mu.
	calls   map[uint32]*call // under way; abandoned ones are a ghost
	last    uint32           // number of the last call
	out     []byte           // what is to be written
	passing []*segment       // whose descriptors go with it
	sent    [maxCommons]*common
	spare   []byte
	writing bool   // somebody does
	written uint32 // number of the last call of which anything may have got there
	used    int64  // when it was last given a call, as target counts
	leaving bool   // no more calls go here
	left    bool   // it has said that it takes no more, and
	why     string
	ended   bool
	watch   watch

	// The reader's.
	buf        []byte // buf[start:end] was read and not used
	start, end int
	files      []*os.File // that came with what was read
	// What writeReady, the callback of raw, is to write, and how far it got.
	toWrite  []byte
	toPass   []*segment
	wrote    int
	writeErr error
}

// ghost stands for a call that was abandoned, until its end was heard.
var ghost = &call{}

// A hello is what a process says first.
type hello struct {
	PID    int   `json:"pid"`
	Python []int `json:"python"`
	Bytes  bool  `json:"bytes"`  // native strings are bytes
	Shared bool  `json:"shared"` // it takes bodies in segments
}

// greet connects to a process that has no channel yet, and hears who it is. It
// may take as long as a process takes to start.
func greet(t *target, socket string) (*channel, error) {
	nc, err := daemon.DialUnix(socket)
	if err != nil {
		return nil, err
	}
	return talk(t, nc)
}

// talk makes a channel of a connection whose other end has yet to say hello.
func talk(t *target, nc *net.UnixConn) (ch *channel, err error) {
	ch = &channel{target: t, nc: nc, calls: map[uint32]*call{}, buf: make([]byte, readSize)}
	nc.SetWriteBuffer(1 << 20) // As much of it as the system allows.
	if ch.raw, err = nc.SyscallConn(); err == nil {
		err = ch.hear()
	}
	if err != nil {
		ch.close()
		return nil, err
	}
	if f := ch.takeFile(); f != nil {
		syscall.SetNonblock(int(f.Fd()), true)
		ch.wake = f
	}
	return ch, nil
}

// hear reads the hello.
func (ch *channel) hear() error {
	return ch.listen(func() (bool, error) {
		f, ok, err := ch.next()
		if err != nil || !ok {
			return false, err
		}
		if f.kind != frameHello {
			return false, protocol("frame %c where hello was expected", f.kind)
		}
		if err := json.Unmarshal(f.payload, &ch.hello); err != nil {
			return false, protocol("hello %.60q", f.payload)
		}
		return true, nil
	})
}

func (ch *channel) close() {
	ch.nc.Close()
	for _, f := range ch.files {
		f.Close()
	}
	ch.files = nil
	if ch.wake != nil {
		ch.wake.Close()
	}
}

// run obeys what the process says, to its end.
func (ch *channel) run() {
	_, err := ch.obey() // More than the hello may be here.
	if err == nil {
		err = ch.listen(ch.obey)
	}
	ch.target.lose(ch, err)
	ch.close()
}

// obey obeys the frames that were read.
func (ch *channel) obey() (enough bool, err error) {
	now := time.Now()
	for {
		f, ok, err := ch.next()
		if err != nil {
			return false, err
		}
		if !ok {
			ch.target.flush()
			return false, nil
		}
		if err := ch.target.hears(ch, f, now); err != nil {
			return false, err
		}
	}
}

// listen reads, and calls obey after each read until that has enough. It waits
// only where a read found nothing: one that took less than there was room for may
// have left the end, of which the poller gives notice together with what was read.
func (ch *channel) listen(obey func() (enough bool, err error)) error {
	var enough bool
	var err error
	ended := ch.raw.Read(func(fd uintptr) bool {
		for more := true; more && !enough && err == nil; {
			if more, err = ch.read(fd); err == nil {
				enough, err = obey()
			}
		}
		return enough || err != nil
	})
	return cmp.Or(err, ended)
}

// next takes the next frame of what was read; ok is false if there is none, and
// then there is room for one.
func (ch *channel) next() (f frame, ok bool, err error) {
	f, rest, need, err := nextFrame(ch.buf[ch.start:ch.end])
	if err != nil {
		return f, false, err
	}
	if need == 0 {
		ch.start = ch.end - len(rest)
		return f, true, nil
	}
	if ch.start == ch.end || ch.start+need > len(ch.buf) {
		ch.end = copy(ch.buf, ch.buf[ch.start:ch.end])
		ch.start = 0
	}
	if need > len(ch.buf) {
		grown := make([]byte, max(need, 2*len(ch.buf)))
		copy(grown, ch.buf[:ch.end])
		ch.buf = grown
	}
	return f, false, nil
}

// read reads what there is; more is false if that is nothing.
func (ch *channel) read(fd uintptr) (more bool, err error) {
	var rights [64]byte
	n, rightsN, err := readSome(fd, ch.buf[ch.end:], rights[:])
	switch {
	case err == syscall.EAGAIN:
		return false, nil
	case err == syscall.EINTR:
		return true, nil
	case err != nil:
		return false, err
	case n == 0:
		return false, io.EOF
	}
	if rightsN > 0 {
		ch.receiveFiles(rights[:rightsN])
	}
	ch.end += n
	return true, nil
}

func (ch *channel) receiveFiles(oob []byte) {
	controls, err := syscall.ParseSocketControlMessage(oob)
	if err != nil {
		return
	}
	for i := range controls {
		fds, _ := syscall.ParseUnixRights(&controls[i])
		for _, fd := range fds {
			syscall.CloseOnExec(fd)
			f := os.NewFile(uintptr(fd), "wsgi.file_wrapper")
			if len(ch.files) >= maxFiles {
				f.Close()
				continue
			}
			ch.files = append(ch.files, f)
		}
	}
}

func (ch *channel) takeFile() *os.File {
	if len(ch.files) == 0 {
		return nil
	}
	f := ch.files[0]
	ch.files = ch.files[1:]
	return f
}

// flush writes what is to be written, unless somebody does. Others that have a
// request just now may add it first.
func (ch *channel) flush(yield bool) {
	mu := &ch.target.mu
	mu.Lock()
	if ch.writing || len(ch.out) == 0 {
		mu.Unlock()
		return
	}
	ch.writing = true
	mu.Unlock()
	if yield {
		runtime.Gosched()
	}
	ch.write(ch.writeNow)
}

// write writes all there is by means of some. If that leaves a rest, the process
// is slow to read: another goroutine waits for it, and this one need not.
func (ch *channel) write(some func([]byte) (int, error)) {
	mu := &ch.target.mu
	mu.Lock()
	for len(ch.out) > 0 && !ch.ended {
		b, last := ch.out, ch.last
		ch.out, ch.spare = ch.spare[:0], nil
		ch.toPass, ch.passing = ch.passing, nil
		mu.Unlock()
		n, err := some(b)
		mu.Lock()
		if n > 0 {
			ch.written = last
		}
		if n < len(b) && err == nil {
			mu.Unlock()
			go func() {
				ch.writeAll(b[n:])
				ch.passed(len(ch.toPass)) // That is none, but for an error.
				ch.write(ch.writeAll)
			}()
			return
		}
		ch.passed(len(ch.toPass)) // That is none, but for an error.
		if cap(b) <= keepSize {
			ch.spare = b
		}
	}
	ch.writing = false
	mu.Unlock()
}

// writeNow writes as much as can be written without waiting.
func (ch *channel) writeNow(b []byte) (int, error) {
	ch.toWrite, ch.wrote, ch.writeErr = b, 0, nil
	if err := ch.raw.Write(ch.writeReady); err != nil {
		return ch.wrote, err
	}
	ch.toWrite = nil
	return ch.wrote, ch.writeErr
}

func (ch *channel) writeReady(fd uintptr) bool {
	for len(ch.toWrite) > 0 {
		b, rights, passed := ch.withRights(ch.toWrite)
		var n int
		var err error
		if passed == 0 {
			n, err = writeSome(fd, b)
		} else {
			n, err = syscall.SendmsgN(int(fd), b, rights, nil, 0)
		}
		if err == syscall.EINTR {
			continue
		}
		if err != nil && err != syscall.EAGAIN {
			ch.writeErr = err
		}
		if err != nil || n <= 0 {
			break
		}
		ch.passed(passed)
		ch.toWrite, ch.wrote = ch.toWrite[n:], ch.wrote+n
		if n < len(b) {
			break
		}
	}
	return true
}

// writeAll writes b, however long that takes.
func (ch *channel) writeAll(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		some, rights, passed := ch.withRights(b[n:])
		if passed == 0 {
			m, err := ch.nc.Write(some)
			return n + m, err
		}
		var m int
		if m, _, err = ch.nc.WriteMsgUnix(some, rights, nil); err == nil {
			ch.passed(passed)
		}
		n += m
	}
	return n, err
}

// maxRights are the descriptors that go with one system call.
const maxRights = 32

// withRights answers what can be sent of b with as many descriptors as one system
// call takes. They go with its first byte, so that no request is there before the
// descriptor of its own is.
func (ch *channel) withRights(b []byte) (some, rights []byte, n int) {
	n = min(len(ch.toPass), maxRights)
	if n == 0 {
		return b, nil, 0
	}
	fds := make([]int, n)
	for i, seg := range ch.toPass[:n] {
		fds[i] = int(seg.f.Fd())
	}
	if n < len(ch.toPass) {
		b = b[:1]
	}
	return b, syscall.UnixRights(fds...), n
}

// passed lets go of the first n segments whose descriptors were to be sent.
func (ch *channel) passed(n int) {
	for _, seg := range ch.toPass[:n] {
		seg.drop()
	}
	ch.toPass = ch.toPass[n:]
}
