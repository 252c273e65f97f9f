//go:build unix

package daemon

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	maxMessage = 64 << 10
	maxBatch   = 64               // descriptors in a message
	maxSend    = 10 * time.Second // the other side must read within
)

// A message is what supervisor and server say to each other.
//
//	to the server   files: descriptors, by handle
//	                generation ID: one descriptor, with a manifest (handover.go)
//	                reopened: descriptors that replace others
//	                answer ID: to a question
//	                stop
//	to the supervisor  ready ID, refused ID: a generation
//	                   pool ID, exited ID: questions
type message struct {
	Type      string
	ID        int    `json:",omitempty"` // of a generation, or of a question
	Handles   []int  `json:",omitempty"` // of the files
	Replaces  []int  `json:",omitempty"` // the handles that those come instead of
	Group     string `json:",omitempty"`
	App       string `json:",omitempty"`
	Socket    string `json:",omitempty"`
	PID       int    `json:",omitempty"`
	Text      string `json:",omitempty"`
	OK        bool   `json:",omitempty"`
	Graceful  bool   `json:",omitempty"`
	Processes int    `json:",omitempty"`
	files     []*os.File
}

// A conduit carries messages between two processes.
type conduit interface {
	send(message) error
	receive() (message, error)
	close()
}

// A channel is a conduit over a socket pair. A message is its length and its
// text; descriptors come with the first byte.
type channel struct {
	mu   sync.Mutex // guards writing
	conn *net.UnixConn
}

// socketPair makes two connected ends; the second is for a child.
func socketPair() (*channel, *os.File, error) {
	ours, theirs, err := unixPair()
	if err != nil {
		return nil, nil, err
	}
	return &channel{conn: ours}, theirs, nil
}

// unixPair makes two connected ends; the second is for a child.
func unixPair() (*net.UnixConn, *os.File, error) {
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	file, theirs := os.NewFile(uintptr(fds[0]), "control"), os.NewFile(uintptr(fds[1]), "control")
	defer file.Close()
	ours, err := unixConn(file)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return ours, theirs, nil
}

// unixConn is the connection that f is; f stays open.
func unixConn(f *os.File) (*net.UnixConn, error) {
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, errors.New("control socket: not a Unix socket")
	}
	return u, nil
}

func (c *channel) close() { c.conn.Close() }

// send waits a while for the other side to read, but not for ever: the
// supervisor has more to do.
func (c *channel) send(m message) error {
	data := make([]byte, 4, 512)
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if len(text) > maxMessage {
		return fmt.Errorf("message %s of %d bytes is too long", m.Type, len(text))
	}
	binary.BigEndian.PutUint32(data, uint32(len(text)))
	data = append(data, text...)
	var rights []byte
	if len(m.files) > 0 {
		fds := make([]int, len(m.files))
		for i, f := range m.files {
			fds[i] = int(f.Fd())
		}
		rights = syscall.UnixRights(fds...)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn.SetWriteDeadline(time.Now().Add(maxSend))
	n, _, err := c.conn.WriteMsgUnix(data, rights, nil)
	if err == nil && n < len(data) {
		_, err = c.conn.Write(data[n:])
	}
	return err
}

func (c *channel) receive() (message, error) {
	var m message
	var size [4]byte
	oob := make([]byte, syscall.CmsgSpace(4*maxBatch))
	n, oobn, _, _, err := c.conn.ReadMsgUnix(size[:], oob)
	if oobn > 0 {
		m.files = receivedFiles(oob[:oobn])
	}
	if err == nil && n == 0 {
		err = io.EOF
	}
	if err == nil {
		_, err = io.ReadFull(c.conn, size[n:])
	}
	length := binary.BigEndian.Uint32(size[:])
	if err == nil && length > maxMessage {
		err = fmt.Errorf("control message of %d bytes", length)
	}
	if err != nil {
		return message{}, err
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(c.conn, text); err != nil {
		return message{}, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return message{}, fmt.Errorf("control message: %w", err)
	}
	return m, nil
}

func receivedFiles(oob []byte) []*os.File {
	controls, err := syscall.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	var files []*os.File
	for i := range controls {
		fds, err := syscall.ParseUnixRights(&controls[i])
		if err != nil {
			continue
		}
		for _, fd := range fds {
			syscall.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "handed over"))
		}
	}
	return files
}
