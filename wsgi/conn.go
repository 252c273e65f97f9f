//go:build unix

package wsgi

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"understudy/daemon"
)

const readSize = 64 << 10

// A conn is a connection to one thread of a worker.
type conn struct {
	nc    *net.UnixConn
	buf   []byte // buf[start:end] was read and not used
	start int
	end   int
	files []*os.File // that came with what was read
	out   []byte
	hello hello
}

// A hello is what a thread says first.
type hello struct {
	PID    int   `json:"pid"`
	Thread int   `json:"thread"`
	Python []int `json:"python"`
	Bytes  bool  `json:"bytes"` // native strings are bytes
}

// dial connects to a thread that is free, and hears who it is.
func dial(socket string, timeout time.Duration) (*conn, error) {
	nc, err := daemon.DialUnix(socket)
	if err != nil {
		return nil, err
	}
	c := &conn{nc: nc, buf: make([]byte, readSize)}
	nc.SetReadDeadline(time.Now().Add(timeout))
	kind, payload, err := c.frame()
	if err == nil && kind != frameHello {
		err = protocol("frame %c where hello was expected", kind)
	}
	if err == nil {
		err = json.Unmarshal(payload, &c.hello)
	}
	if err != nil {
		nc.Close()
		return nil, err
	}
	return c, nil
}

func (c *conn) close() {
	c.nc.Close()
	for _, f := range c.files {
		f.Close()
	}
	c.files = nil
}

// frame reads the next frame. The payload is valid until the next call.
func (c *conn) frame() (kind byte, payload []byte, err error) {
	if err := c.need(headerSize); err != nil {
		return 0, nil, err
	}
	kind = c.buf[c.start]
	size := binary.BigEndian.Uint32(c.buf[c.start+1:])
	if err := checkFrame(kind, size); err != nil {
		return 0, nil, err
	}
	if err := c.need(headerSize + int(size)); err != nil {
		return 0, nil, err
	}
	payload = c.buf[c.start+headerSize : c.start+headerSize+int(size)]
	c.start += headerSize + int(size)
	return kind, payload, nil
}

// need reads until n bytes are there.
func (c *conn) need(n int) error {
	for c.end-c.start < n {
		if c.start > 0 && (c.start == c.end || c.start+n > len(c.buf)) {
			c.end = copy(c.buf, c.buf[c.start:c.end])
			c.start = 0
		}
		if n > len(c.buf) {
			grown := make([]byte, max(n, 2*len(c.buf)))
			copy(grown, c.buf[:c.end])
			c.buf = grown
		}
		if err := c.read(); err != nil {
			return err
		}
	}
	return nil
}

// maxFiles bounds the descriptors that wait to be used.
const maxFiles = 16

func (c *conn) read() error {
	var oob [64]byte
	n, oobn, _, _, err := c.nc.ReadMsgUnix(c.buf[c.end:], oob[:])
	if oobn > 0 {
		c.receiveFiles(oob[:oobn])
	}
	if n > 0 {
		c.end += n
		return nil
	}
	if err == nil {
		return io.EOF
	}
	return err
}

func (c *conn) receiveFiles(oob []byte) {
	controls, err := syscall.ParseSocketControlMessage(oob)
	if err != nil {
		return
	}
	for i := range controls {
		fds, _ := syscall.ParseUnixRights(&controls[i])
		for _, fd := range fds {
			syscall.CloseOnExec(fd)
			f := os.NewFile(uintptr(fd), "wsgi.file_wrapper")
			if len(c.files) >= maxFiles {
				f.Close()
				continue
			}
			c.files = append(c.files, f)
		}
	}
}

func (c *conn) takeFile() *os.File {
	if len(c.files) == 0 {
		return nil
	}
	f := c.files[0]
	c.files = c.files[1:]
	return f
}

// buffered reports whether more was read already.
func (c *conn) buffered() bool { return c.end > c.start }

// send writes a frame.
func (c *conn) send(kind byte, parts ...[]byte) error {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	c.out = append(c.out[:0], kind)
	c.out = binary.BigEndian.AppendUint32(c.out, uint32(size))
	for _, p := range parts {
		c.out = append(c.out, p...)
	}
	_, err := c.nc.Write(c.out)
	return err
}
