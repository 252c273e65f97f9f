//go:build linux

package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A run is what came of asking.
type run struct {
	asked, failed int
	took, cpu     time.Duration
	p50, p99      time.Duration // of the good answers, where somebody wants to know
}

func (r run) rate() float64 { return float64(r.asked-r.failed) / r.took.Seconds() }

// cost is the CPU time of a request in µs.
func (r run) cost() float64 { return float64(r.cpu.Microseconds()) / float64(max(r.asked, 1)) }

// tool is what asks for w: wrk, where it is there and w is nothing that it
// cannot ask for.
func (w workload) tool() string {
	switch {
	case w.h2:
		return "h2load"
	case hasWrk() && w.tls == "" && w.fields == "":
		return "wrk"
	}
	return "own client"
}

// load asks c for w.path, n times or for as long as a round of wrk takes.
func load(c *contender, w workload, n int) (run, error) {
	start := time.Now()
	switch w.tool() {
	case "wrk":
		var options []string
		if w.close {
			options = []string{"-H", "Connection: close"}
		}
		return loadWrk(fmt.Sprintf("http://127.0.0.1:%d%s", c.port, w.path), w.connections, options...)
	case "h2load":
		failed, err := loadH2(c, w, n)
		return run{asked: n, failed: failed, took: time.Since(start)}, err
	}
	failed, err := loadOwn(c, w, n)
	return run{asked: n, failed: failed, took: time.Since(start)}, err
}

// loadOwn asks c for w.path n times over w.connections connections that are
// kept open unless w says otherwise, and counts the answers that were not the
// right ones.
func loadOwn(c *contender, w workload, n int) (failed int, err error) {
	var left, bad atomic.Int64
	left.Store(int64(n))
	var group sync.WaitGroup
	connections := max(w.connections, 1)
	errs := make(chan error, connections)
	for range connections {
		group.Go(func() {
			work := client
			if w.handshake {
				work = shaker
			}
			if err := work(c, w, &left, &bad); err != nil {
				errs <- err
			}
		})
	}
	group.Wait()
	close(errs)
	return int(bad.Load()), <-errs
}

// insecure is how clients speak TLS: the certificates are made here.
var insecure = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.X25519}}

func dial(c *contender, w workload) (net.Conn, error) {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", c.portOf(w)))
	if err != nil || w.tls == "" {
		return conn, err
	}
	return tls.Client(conn, insecure), nil
}

func requestOf(w workload) []byte {
	fields := w.fields
	if w.close {
		fields += "Connection: close\r\n"
	}
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n%s\r\n", w.path, fields)
}

// maxLost is how many failures a client takes before it gives up.
const maxLost = 100

func client(c *contender, w workload, left, bad *atomic.Int64) error {
	request := requestOf(w)
	var conn net.Conn
	in := bufio.NewReaderSize(nil, 64<<10)
	for lost := 0; left.Add(-1) >= 0; {
		if conn == nil {
			var err error
			if conn, err = dial(c, w); err != nil {
				return err
			}
			in.Reset(conn)
		}
		conn.SetDeadline(time.Now().Add(30 * time.Second))
		keep, err := exchange(conn, in, request, w.size)
		if err != nil {
			bad.Add(1)
			if lost++; lost > maxLost {
				return err
			}
		}
		if !keep || err != nil {
			conn.Close()
			conn = nil
		}
	}
	if conn != nil {
		conn.Close()
	}
	return nil
}

// shaker makes connections, shakes hands and hangs up.
func shaker(c *contender, w workload, left, bad *atomic.Int64) error {
	for lost := 0; left.Add(-1) >= 0; {
		conn, err := dial(c, w)
		if err == nil {
			conn.SetDeadline(time.Now().Add(30 * time.Second))
			err = conn.(*tls.Conn).Handshake()
			conn.Close()
		}
		if err != nil {
			bad.Add(1)
			if lost++; lost > maxLost {
				return err
			}
		}
	}
	return nil
}

// exchange sends a request and reads its answer; keep tells whether the
// connection can be used again. A size of 0 stands for any.
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
	if r.StatusCode != 200 || size > 0 && n != int64(size) {
		return !r.Close, errors.New(r.Status)
	}
	return !r.Close, nil
}
