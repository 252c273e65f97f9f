//go:build linux

// Command bench compares Understudy with the real Apache, and with nginx where
// it is installed, on the same machine in the same run: for each workload it
// drives the contenders in interleaved rounds over loopback and prints the CPU
// time that all processes of a contender took per request (user and system),
// the median of the rounds, and the ratio to Apache's.
//
// Linux only: the figures come from /proc.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

var (
	binary   = flag.String("binary", "bin/apache2", "the program to measure")
	rounds   = flag.Int("rounds", 5, "rounds of each contender")
	requests = flag.Int("requests", 20000, "requests of a round")
	only     = flag.String("workload", "", "measure this workload alone")
)

// A workload is what is asked for, and by how many connections at once.
type workload struct {
	name, title string
	path        string
	fields      string // more of the request's header
	connections int
	size        int // of the answer's body, to know it is the right one
	wsgi        bool
	apacheOnly  bool // nginx cannot
	fewer       int  // so many times fewer requests; 0: as many
}

// count is how many requests a round of w has.
func (w workload) count() int {
	if w.fewer > 0 {
		return max(*requests/w.fewer, 1)
	}
	return *requests
}

var workloads = []workload{
	{name: "static", title: "1 KiB static file, keep-alive, access log", path: "/1k.html", connections: 64, size: 1024},
}

func main() {
	flag.Parse()
	root, err := os.MkdirTemp("", "understudy-bench-")
	if err != nil {
		fail(err)
	}
	defer os.RemoveAll(root)
	os.Chmod(root, 0o755)
	if err := writeSite(root); err != nil {
		fail(err)
	}
	if err := startBackend(root); err != nil {
		fail(err)
	}
	for _, w := range append(workloads, proxyWorkloads...) {
		if *only == "" || *only == w.name {
			if err := measure(root, w); err != nil {
				os.RemoveAll(root)
				fail(err)
			}
		}
	}
	if *only == "" || *only == "hosts" {
		if err := measureHosts(root); err != nil {
			os.RemoveAll(root)
			fail(err)
		}
	}
	if err := measureWSGI(root); err != nil {
		os.RemoveAll(root)
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// measure runs w on every contender, rounds in turn, and prints the table.
func measure(root string, w workload) error {
	var running []*contender
	defer func() {
		for _, c := range running {
			c.stop()
		}
	}()
	for _, c := range contenders(root, w) {
		if err := c.start(); err != nil {
			return err
		}
		running = append(running, c)
		if _, err := load(c.port, w, 500); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	results := map[string][]result{}
	for range *rounds {
		for _, c := range running {
			r, err := c.round(w)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			results[c.name] = append(results[c.name], r)
		}
	}
	fmt.Printf("%s (%d connections, median of %d rounds of %d requests)\n", w.title, w.connections, *rounds, w.count())
	fmt.Printf("  %-12s %14s %10s %12s %8s\n", "", "CPU µs/request", "ratio", "requests/s", "errors")
	var base float64
	for _, c := range running {
		cpu, rate, errors := summary(results[c.name])
		if c.name == "apache" {
			base = cpu
		}
		ratio := "-"
		if base > 0 {
			ratio = fmt.Sprintf("%.2f", cpu/base)
		}
		fmt.Printf("  %-12s %14.1f %10s %12.0f %8d\n", c.name, cpu, ratio, rate, errors)
	}
	fmt.Println()
	return nil
}

// A result is one round: CPU µs a request, requests a second, failed requests.
type result struct {
	cpu, rate float64
	errors    int
}

func summary(rs []result) (cpu, rate float64, errors int) {
	var cpus, rates []float64
	for _, r := range rs {
		cpus, rates, errors = append(cpus, r.cpu), append(rates, r.rate), errors+r.errors
	}
	slices.Sort(cpus)
	slices.Sort(rates)
	return cpus[len(cpus)/2], rates[len(rates)/2], errors
}

func (c *contender) round(w workload) (result, error) {
	before, start := c.cpu(), time.Now()
	errors, err := load(c.port, w, w.count())
	if err != nil {
		return result{}, err
	}
	took := time.Since(start)
	cpu := c.cpu() - before
	return result{
		cpu:    float64(cpu.Microseconds()) / float64(w.count()),
		rate:   float64(w.count()) / took.Seconds(),
		errors: errors,
	}, nil
}
