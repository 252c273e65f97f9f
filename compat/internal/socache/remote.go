package socache

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// remote is a Store of servers, each key on one of them.
type remote struct {
	prefix  string
	servers []*server
	talk    protocol
}

// A protocol says how to ask a server.
type protocol interface {
	get(c *conn, key string) (value []byte, ok bool, err error)
	put(c *conn, key string, value []byte, seconds int) error
}

// A server keeps some connections open.
type server struct {
	address string
	idle    chan *conn
}

type conn struct {
	net.Conn
	in   *bufio.Reader
	used time.Time
}

// Bounds on talking to a server.
const (
	maxIdle   = 16
	idleLimit = 15 * time.Second
	timeout   = 5 * time.Second
	maxValue  = 1 << 20
)

var errReply = errors.New("an answer that is none of the protocol")

func newRemote(list, port, namespace string, talk protocol) (Store, error) {
	r := &remote{prefix: namespace + ":", talk: talk}
	for address := range strings.SplitSeq(list, ",") {
		address = strings.TrimSpace(address)
		if address == "" {
			return nil, fmt.Errorf("List of server names required to create %s socache.", talk)
		}
		if _, _, err := net.SplitHostPort(address); err != nil {
			address = net.JoinHostPort(strings.Trim(address, "[]"), port)
		}
		r.servers = append(r.servers, &server{address, make(chan *conn, maxIdle)})
	}
	return r, nil
}

// Get is the value of a key.
func (r *remote) Get(key string) (value []byte, ok bool, err error) {
	err = r.with(key, func(c *conn, key string) error {
		var err error
		value, ok, err = r.talk.get(c, key)
		return err
	})
	return value, ok, err
}

// Put keeps a value.
func (r *remote) Put(key string, value []byte, until time.Time) error {
	seconds := int(time.Until(until) / time.Second)
	if seconds <= 0 || len(value) > maxValue {
		return nil
	}
	return r.with(key, func(c *conn, key string) error { return r.talk.put(c, key, value, seconds) })
}

// with runs f on a connection to the server of a key. One that failed is not
// used again; one that was idle may have been closed, and f runs once more.
func (r *remote) with(key string, f func(*conn, string) error) error {
	key = r.prefix + hex.EncodeToString([]byte(key))
	s := r.servers[int(crc32.ChecksumIEEE([]byte(key)))%len(r.servers)]
	for {
		c, reused, err := s.take()
		if err != nil {
			return err
		}
		c.SetDeadline(time.Now().Add(timeout))
		if err = f(c, key); err == nil {
			s.give(c)
			return nil
		}
		c.Close()
		if !reused {
			return err
		}
	}
}

func (s *server) take() (c *conn, reused bool, err error) {
	for {
		select {
		case c := <-s.idle:
			if time.Since(c.used) < idleLimit {
				return c, true, nil
			}
			c.Close()
			continue
		default:
		}
		n, err := net.DialTimeout("tcp", s.address, timeout)
		if err != nil {
			return nil, false, err
		}
		return &conn{Conn: n, in: bufio.NewReader(n)}, false, nil
	}
}

func (s *server) give(c *conn) {
	c.used = time.Now()
	select {
	case s.idle <- c:
	default:
		c.Close()
	}
}

// line is a line of an answer without its end.
func (c *conn) line() (string, error) {
	b, err := c.in.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// block is n bytes of an answer, and the end of line behind them.
func (c *conn) block(length string) ([]byte, error) {
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || n > maxValue {
		return nil, errReply
	}
	b := make([]byte, n+2)
	if _, err := io.ReadFull(c.in, b); err != nil {
		return nil, err
	}
	if string(b[n:]) != "\r\n" {
		return nil, errReply
	}
	return b[:n], nil
}

// memcache is the text protocol of memcached.
type memcache struct{}

// NewMemcache is a Store of memcached servers, "host:port,host:port".
func NewMemcache(list, namespace string) (Store, error) {
	return newRemote(list, "11211", namespace, memcache{})
}

func (memcache) String() string { return "memcache" }

func (memcache) get(c *conn, key string) ([]byte, bool, error) {
	fmt.Fprintf(c, "get %s\r\n", key)
	line, err := c.line()
	if err != nil || line == "END" {
		return nil, false, err
	}
	words := strings.Fields(line)
	if len(words) != 4 || words[0] != "VALUE" || words[1] != key {
		return nil, false, errReply
	}
	value, err := c.block(words[3])
	if err != nil {
		return nil, false, err
	}
	if line, err = c.line(); err != nil || line != "END" {
		return nil, false, errors.Join(err, errReply)
	}
	return value, true, nil
}

func (memcache) put(c *conn, key string, value []byte, seconds int) error {
	fmt.Fprintf(c, "set %s 0 %d %d\r\n%s\r\n", key, seconds, len(value), value)
	line, err := c.line()
	if err == nil && line != "STORED" {
		err = errReply
	}
	return err
}

// redis is RESP, the protocol of Redis.
type redis struct{}

// NewRedis is a Store of Redis servers, "host:port,host:port".
func NewRedis(list, namespace string) (Store, error) {
	return newRemote(list, "6379", namespace, redis{})
}

func (redis) String() string { return "redis" }

func (redis) send(c *conn, words ...string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	io.WriteString(c, b.String())
	return c.line()
}

func (p redis) get(c *conn, key string) ([]byte, bool, error) {
	line, err := p.send(c, "GET", key)
	if err != nil || line == "$-1" {
		return nil, false, err
	}
	length, ok := strings.CutPrefix(line, "$")
	if !ok {
		return nil, false, errReply
	}
	value, err := c.block(length)
	return value, err == nil, err
}

func (p redis) put(c *conn, key string, value []byte, seconds int) error {
	line, err := p.send(c, "SETEX", key, strconv.Itoa(seconds), string(value))
	if err == nil && line != "+OK" {
		err = errReply
	}
	return err
}
