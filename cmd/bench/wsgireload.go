//go:build linux

package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	reloads = flag.Int("reloads", 100, "reloads under load")
	touches = flag.Int("touches", 20, "touches of a script under load")
	within  = flag.Duration("within", 30*time.Second, "the time for them")
)

// measureReload reloads, and touches the script, while clients ask all the time:
// no request may fail. 1,000 and 200 in five minutes are what is promised.
func measureReload(root string) error {
	w := wsgiWorkload{path: "/hello", size: 12, connections: 8}
	path, _ := filepath.Abs(*binary)
	c := &contender{name: "understudy", port: freePort()}
	c.argv = []string{path, "-d", root, "-f", writeWSGI(root, c), "-DFOREGROUND"}
	if err := c.start(); err != nil {
		return err
	}
	defer c.stopAll()
	var stop atomic.Bool
	var mu sync.Mutex // guards asked, failed, worst
	asked, failed, worst := 0, 0, time.Duration(0)
	var group sync.WaitGroup
	for range w.connections {
		group.Go(func() {
			client := wsgiClient{port: c.port, w: w}
			defer client.close()
			for !stop.Load() {
				start := time.Now()
				err := client.ask()
				mu.Lock()
				asked++
				worst = max(worst, time.Since(start))
				if err != nil {
					if failed++; failed <= 5 {
						fmt.Println("  failed:", err)
					}
				}
				mu.Unlock()
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	script := filepath.Join(root, "app", "app.wsgi")
	pause := *within / time.Duration(max(*reloads, 1))
	for i := range *reloads {
		c.cmd.Process.Signal(syscall.SIGUSR1)
		if *touches > 0 && i%max(*reloads / *touches, 1) == 0 {
			when := time.Now().Add(time.Duration(i) * time.Second) // A second apart, whatever the clock says.
			os.Chtimes(script, when, when)
		}
		time.Sleep(pause)
	}
	stop.Store(true)
	group.Wait()
	fmt.Printf("%d reloads and %d touches of the script in %v, %d connections\n", *reloads, *touches, *within, w.connections)
	fmt.Printf("  %d requests, %d failed, the slowest took %v\n\n", asked, failed, worst.Round(time.Millisecond))
	return nil
}
