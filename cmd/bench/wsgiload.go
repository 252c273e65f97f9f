//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// tool is what asks.
func (w wsgiWorkload) tool() string {
	if hasWrk() && w.upload == 0 && w.pace == 0 {
		return "wrk"
	}
	return "own client"
}

// load asks n times over connections that are kept open, rate times a second in
// all, or as fast as answers come if that is 0. At a rate, what an answer takes
// counts from when it should have been asked for.
func (w wsgiWorkload) load(port, n int, rate float64) run {
	var asked atomic.Int64
	var mu sync.Mutex // guards the next two
	r := run{asked: n}
	var latency []time.Duration // of the good answers
	start := time.Now()
	var group sync.WaitGroup
	for range w.connections {
		group.Go(func() {
			c := wsgiClient{port: port, w: w}
			defer c.close()
			var took []time.Duration
			failed := 0
			for i := asked.Add(1); i <= int64(n); i = asked.Add(1) {
				due := time.Now()
				if rate > 0 {
					due = start.Add(time.Duration(float64(i) / rate * float64(time.Second)))
					time.Sleep(time.Until(due))
				}
				if err := c.ask(); err != nil {
					failed++
					continue
				}
				took = append(took, time.Since(due))
			}
			mu.Lock()
			defer mu.Unlock()
			r.failed += failed
			latency = append(latency, took...)
		})
	}
	group.Wait()
	r.took = time.Since(start)
	slices.Sort(latency)
	if n := len(latency); n > 0 {
		r.p50, r.p99 = latency[n/2], latency[n*99/100]
	}
	return r
}

// A wsgiClient is one connection, made anew when it is lost.
type wsgiClient struct {
	port int
	w    wsgiWorkload
	c    net.Conn
	in   *bufio.Reader
}

func (c *wsgiClient) close() {
	if c.c != nil {
		c.c.Close()
		c.c = nil
	}
}

func (c *wsgiClient) ask() (err error) {
	if c.c == nil {
		if c.c, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", c.port)); err != nil {
			c.c = nil
			time.Sleep(5 * time.Millisecond)
			return err
		}
		c.in = bufio.NewReaderSize(c.c, 64<<10)
	}
	c.c.SetDeadline(time.Now().Add(30 * time.Second))
	keep, err := c.exchange()
	if err != nil || !keep {
		c.close()
	}
	return err
}

var uploadBody = make([]byte, 1<<20)

func (c *wsgiClient) exchange() (keep bool, err error) {
	var request []byte
	if n := c.w.upload; n > 0 {
		request = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nContent-Length: %d\r\n\r\n", c.w.path, n)
		request = append(request, uploadBody[:n]...)
	} else {
		request = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n\r\n", c.w.path)
	}
	if _, err := c.c.Write(request); err != nil {
		return false, err
	}
	r, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return false, err
	}
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		return false, err
	}
	if r.StatusCode != 200 || n != int64(c.w.size) {
		return !r.Close, errors.New(r.Status)
	}
	return !r.Close, nil
}
