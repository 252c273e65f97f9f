//go:build unix

package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
)

// maxMessage bounds a message; descriptors travel in batches.
const (
	maxMessage = 64 << 10
	maxBatch   = 64
)

// A message is what supervisor and server say to each other.
type message struct {
	Type      string
	ID        int      `json:",omitempty"` // of a generation, or of a question
	Kind      string   `json:",omitempty"`
	Keys      []string `json:",omitempty"`
	More      bool     `json:",omitempty"`
	Group     string   `json:",omitempty"`
	App       string   `json:",omitempty"`
	Socket    string   `json:",omitempty"`
	PID       int      `json:",omitempty"`
	Text      string   `json:",omitempty"`
	OK        bool     `json:",omitempty"`
	Graceful  bool     `json:",omitempty"`
	Processes int      `json:",omitempty"`
	files     []*os.File
}

// A channel carries messages with descriptors over a socket pair.
type channel struct {
	mu   sync.Mutex // guards writing
	conn *net.UnixConn
}

// socketPair makes two connected ends; the second is for a child.
func socketPair() (*channel, *os.File, error) {
	fds, err := closedPair(syscall.SOCK_SEQPACKET)
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	ours := os.NewFile(uintptr(fds[0]), "control")
	defer ours.Close()
	ch, err := newChannel(ours)
	if err != nil {
		syscall.Close(fds[1])
		return nil, nil, err
	}
	return ch, os.NewFile(uintptr(fds[1]), "control"), nil
}

// closedPair makes two sockets that no process started meanwhile inherits.
func closedPair(kind int) ([2]int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, kind, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	return fds, err
}

func newChannel(f *os.File) (*channel, error) {
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, errors.New("control socket: not a Unix socket")
	}
	return &channel{conn: u}, nil
}

func (c *channel) close() { c.conn.Close() }

func (c *channel) send(m message) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if len(data) > maxMessage {
		return fmt.Errorf("message %s of %d bytes is too long", m.Type, len(data))
	}
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
	_, _, err = c.conn.WriteMsgUnix(data, rights, nil)
	return err
}

// sendFiles sends descriptors in batches, each with its key.
func (c *channel) sendFiles(kind string, keys []string, files []*os.File) error {
	for len(keys) > 0 {
		n := min(len(keys), maxBatch)
		if err := c.send(message{Type: "files", Kind: kind, Keys: keys[:n], files: files[:n]}); err != nil {
			return err
		}
		keys, files = keys[n:], files[n:]
	}
	return nil
}

// sendKeys sends a list of keys in messages that are not too long.
func (c *channel) sendKeys(m message, keys []string) error {
	for len(keys) > 100 {
		part := m
		part.Keys, part.More = keys[:100], true
		if err := c.send(part); err != nil {
			return err
		}
		keys = keys[100:]
	}
	m.Keys = keys
	return c.send(m)
}

func (c *channel) receive() (message, error) {
	data := make([]byte, maxMessage)
	oob := make([]byte, syscall.CmsgSpace(4*maxBatch))
	n, oobn, _, _, err := c.conn.ReadMsgUnix(data, oob)
	if err != nil {
		return message{}, err
	}
	var m message
	if oobn > 0 {
		m.files = receivedFiles(oob[:oobn])
	}
	if n == 0 {
		return message{}, errors.New("control socket was closed")
	}
	if err := json.Unmarshal(data[:n], &m); err != nil {
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
