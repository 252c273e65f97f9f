//go:build linux

package main

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// hasWrk tells whether wrk is there. It takes less of the machine than a client
// in Go, so that servers are asked for all they can.
var hasWrk = sync.OnceValue(func() bool {
	_, err := exec.LookPath("wrk")
	return err == nil
})

// What wrk says of a round.
var (
	wrkRequests = regexp.MustCompile(`(\d+) requests in (\S+),`)
	wrkErrors   = regexp.MustCompile(`Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)`)
	wrkRefused  = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
	wrkLatency  = regexp.MustCompile(`(?m)^ +(50|99)% +(\S+)$`)
)

// loadWrk asks for url for as long as a round takes.
func loadWrk(url string, connections int, options ...string) (run, error) {
	threads := 1
	if connections >= 64 {
		threads = 2
	}
	args := append([]string{"--latency", "-t", strconv.Itoa(threads), "-c", strconv.Itoa(connections), "-d", strconv.Itoa(*seconds)}, options...)
	out, err := exec.Command("wrk", append(args, url)...).CombinedOutput()
	m := wrkRequests.FindSubmatch(out)
	if err != nil || m == nil {
		return run{}, errors.Join(err, fmt.Errorf("wrk: %.300s", out))
	}
	var r run
	r.asked, _ = strconv.Atoi(string(m[1]))
	r.took, _ = time.ParseDuration(string(m[2]))
	for _, counts := range [][][]byte{wrkErrors.FindSubmatch(out), wrkRefused.FindSubmatch(out)} {
		for _, count := range counts[min(1, len(counts)):] {
			n, _ := strconv.Atoi(string(count))
			r.failed += n
		}
	}
	for _, m := range wrkLatency.FindAllSubmatch(out, -1) {
		d, _ := time.ParseDuration(string(m[2]))
		if string(m[1]) == "50" {
			r.p50 = d
		} else {
			r.p99 = d
		}
	}
	return r, nil
}
