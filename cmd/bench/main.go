//go:build linux

// Command bench compares Understudy with the real Apache, and with nginx where
// it is installed, on the same machine in the same run: for each workload it
// drives the contenders in interleaved rounds over loopback and prints the CPU
// time that all processes of a contender took per request (user and system),
// the median of the rounds, and the ratio to Apache's and to nginx's. wrk asks
// where it is installed, else, and for what wrk cannot, a client of its own.
//
// Linux only: the figures come from a control group of each contender, or from
// /proc where there is none.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

var (
	binary   = flag.String("binary", "bin/apache2", "the program to measure")
	rounds   = flag.Int("rounds", 5, "rounds of each contender")
	requests = flag.Int("requests", 20000, "requests of a round")
	seconds  = flag.Int("seconds", 3, "length of a round where wrk asks")
	only     = flag.String("workload", "", "measure these workloads alone (names with commas; -list)")
	list     = flag.Bool("list", false, "list the workloads")
)

// A workload is what is asked for, and by how many connections at once.
type workload struct {
	name, title string
	path        string
	fields      string // more of the request's header
	connections int
	size        int    // of the answer's body, to know it is the right one
	tls         string // the kind of the certificate, where TLS is spoken
	h2          bool
	handshake   bool // hands are shaken, and nothing asked
	close       bool // a connection for each request
	idle        bool // the connections are held
	wsgi        bool
	apacheOnly  bool   // others cannot
	anyFields   bool   // others understand the fields
	fewer       int    // so many times fewer requests; 0: as many
	needs       string // a program, as a pattern of its path
}

// wanted reports whether a workload is to be measured.
func wanted(name string) bool {
	return *only == "" || slices.Contains(strings.Split(*only, ","), name)
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
	if *list {
		printList()
		return
	}
	root, err := os.MkdirTemp("", "understudy-bench-")
	if err != nil {
		fail(err)
	}
	os.Chmod(root, 0o755)
	err = measureAll(root)
	os.RemoveAll(root)
	if err != nil {
		fail(err)
	}
}

func printList() {
	for _, w := range append(workloads, proxyWorkloads...) {
		fmt.Printf("%-16s %s\n", w.name, w.title)
	}
	fmt.Printf("%-16s many virtual hosts\n%-16s %d idle connections\n", "hosts", "idle", idleConnections)
	for _, w := range wsgiWorkloads {
		fmt.Printf("%-16s %s\n", w.name, w.title)
	}
}

func measureAll(root string) error {
	for _, prepare := range []func(string) error{writeSite, writeContent, startBackend} {
		if err := prepare(root); err != nil {
			return err
		}
	}
	stop, err := startFPM(root)
	if err != nil {
		return err
	}
	defer stop()
	for _, w := range append(workloads, proxyWorkloads...) {
		if found, _ := filepath.Glob(w.needs); wanted(w.name) && w.needs != "" && len(found) == 0 {
			fmt.Printf("(%s: %s is not installed: not measured)\n\n", w.title, w.needs)
		} else if wanted(w.name) {
			if err := measure(root, w); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
	}
	if wanted("hosts") {
		if err := measureHosts(root); err != nil {
			return fmt.Errorf("hosts: %w", err)
		}
	}
	if wanted("idle") {
		if err := measureIdle(root); err != nil {
			return fmt.Errorf("idle: %w", err)
		}
	}
	return measureWSGI(root)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// measure runs w on every contender, rounds in turn, and prints the table.
func measure(root string, w workload) error {
	if _, err := exec.LookPath("h2load"); w.h2 && err != nil {
		fmt.Printf("(%s: h2load is not installed: not measured)\n\n", w.title)
		return nil
	}
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
		if err := c.warm(w); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	results := map[string][]run{}
	for range *rounds {
		for _, c := range running {
			r, err := c.round(w)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			results[c.name] = append(results[c.name], r)
		}
	}
	w.print(running, results)
	return nil
}

func (w workload) print(running []*contender, results map[string][]run) {
	fmt.Printf("%s (%d connections, %s)\n", w.title, w.connections, rounded(w.tool(), w.count()))
	fmt.Printf("  %-12s %14s %9s %8s %12s %8s %8s\n", "", "CPU µs/request", "× apache", "× nginx", "requests/s", "errors", "PSS MB")
	costs := map[string]float64{}
	for _, c := range running {
		costs[c.name] = medianOf(results[c.name], run.cost)
	}
	for _, c := range running {
		cpu, rs := costs[c.name], results[c.name]
		fmt.Printf("  %-12s %14.1f %9s %8s %12.0f %8d %8.1f\n", c.name, cpu, ratio(cpu, costs["apache"]), ratio(cpu, costs["nginx"]),
			medianOf(rs, run.rate), errorsOf(rs), mb(c.memory()))
	}
	fmt.Println()
}

// rounded says how it was measured.
func rounded(tool string, requests int) string {
	each := fmt.Sprintf("%d requests", requests)
	if tool == "wrk" {
		each = fmt.Sprintf("%d s", *seconds)
	}
	return fmt.Sprintf("%s, median of %d rounds of %s", tool, *rounds, each)
}

func ratio(cpu, base float64) string {
	if base == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", cpu/base)
}

func errorsOf(rs []run) (n int) {
	for _, r := range rs {
		n += r.failed
	}
	return n
}

func medianOf(rs []run, of func(run) float64) float64 {
	var vs []float64
	for _, r := range rs {
		vs = append(vs, of(r))
	}
	return median(vs)
}

// median sorts v, and is what stands in the middle then.
func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// warm has c answer some requests, the right way.
func (c *contender) warm(w workload) error {
	load := loadOwn
	if w.h2 {
		load = loadH2
	}
	n := max(min(500, w.count()/4), w.connections)
	if failed, err := load(c, w, n); err != nil || failed == n {
		return cmp.Or(err, errors.New("no answer was right"))
	}
	return nil
}

func (c *contender) round(w workload) (run, error) {
	before := c.cpu()
	r, err := load(c, w, w.count())
	r.cpu = c.cpu() - before
	return r, err
}
