//go:build linux

package main

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// idleConnections is how many connections are held.
const idleConnections = 10_000

// measureIdle holds connections that were asked something once, and looks at
// what memory all processes of each contender have then.
func measureIdle(root string) error {
	var limit syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	if limit.Max < idleConnections+1000 {
		fmt.Printf("(no more than %d files may be open: idle connections not measured)\n\n", limit.Max)
		return nil
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil { // Those that are started inherit it.
		return err
	}
	w := workload{name: "idle", path: "/1k.html", size: 1024, idle: true}
	fmt.Printf("%d idle connections, kept alive\n  %-12s %10s %10s %16s %8s\n", idleConnections, "", "PSS MB", "before", "KiB/connection", "errors")
	for _, c := range contenders(root, w) {
		if err := c.start(); err != nil {
			return err
		}
		loadOwn(c, w, 500)
		before := c.memory()
		conns, failed := hold(c, w)
		time.Sleep(10 * time.Second) // Until they count as idle.
		after := c.memory()
		for _, conn := range conns {
			conn.Close()
		}
		c.stop()
		fmt.Printf("  %-12s %10.1f %10.1f %16.2f %8d\n", c.name, mb(after), mb(before), float64(after-before)/1024/idleConnections, failed)
	}
	fmt.Println()
	return nil
}

func mb(n int64) float64 { return float64(n) / 1e6 }

// hold opens the connections and has each answered once.
func hold(c *contender, w workload) (conns []net.Conn, failed int) {
	var mu sync.Mutex // guards conns, failed
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			for range idleConnections / 50 {
				conn, err := dial(c, w)
				keep := false
				if err == nil {
					conn.SetDeadline(time.Now().Add(30 * time.Second))
					keep, err = exchange(conn, bufio.NewReaderSize(conn, 2048), requestOf(w), w.size)
				}
				mu.Lock()
				if err != nil || !keep {
					failed++
				}
				if conn != nil {
					conns = append(conns, conn)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return conns, failed
}
