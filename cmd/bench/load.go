//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// load asks for w.path n times over w.connections connections that are kept
// open, and counts the answers that were not the right ones.
func load(port int, w workload, n int) (failed int, err error) {
	var left, bad atomic.Int64
	left.Store(int64(n))
	var group sync.WaitGroup
	errs := make(chan error, w.connections)
	for range w.connections {
		group.Go(func() {
			if err := client(port, w, &left, &bad); err != nil {
				errs <- err
			}
		})
	}
	group.Wait()
	close(errs)
	return int(bad.Load()), <-errs
}

func client(port int, w workload, left, bad *atomic.Int64) error {
	request := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n%s\r\n", w.path, w.fields)
	var c net.Conn
	var in *bufio.Reader
	for lost := 0; left.Add(-1) >= 0; {
		if c == nil {
			var err error
			if c, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err != nil {
				return err
			}
			in = bufio.NewReaderSize(c, 8192)
		}
		c.SetDeadline(time.Now().Add(30 * time.Second))
		keep, err := exchange(c, in, request, w.size)
		if err != nil {
			bad.Add(1)
			if lost++; lost > 100 {
				return err
			}
		}
		if !keep || err != nil {
			c.Close()
			c = nil
		}
	}
	if c != nil {
		c.Close()
	}
	return nil
}

// exchange sends a request and reads its answer; keep tells whether the
// connection can be used again.
func exchange(c net.Conn, in *bufio.Reader, request []byte, size int) (keep bool, err error) {
	if _, err := c.Write(request); err != nil {
		return false, err
	}
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		return false, err
	}
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		return false, err
	}
	if r.StatusCode != 200 || n != int64(size) {
		return !r.Close, errors.New(r.Status)
	}
	return !r.Close, nil
}
