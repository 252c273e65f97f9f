// Package heartbeat is what servers tell of themselves to others: how many of
// their workers are busy and how many are not (mod_heartbeat). Who listens
// (mod_heartmonitor) keeps it on a [Board], or in a file for other programs; a
// balancer asks either (mod_lbmethod_heartbeat).
package heartbeat

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"understudy/compat"
)

const (
	// StorageName is the file of the runtime directory where nothing is said.
	StorageName = "hb.dat"
	// seenTimeout is how long who says nothing any more is remembered.
	seenTimeout = 30 * time.Second
	// most is how many servers a file is written for.
	most = 1000
	// maxFile is how much of a file is read.
	maxFile = 1 << 20
)

// A Beat is what a server told.
type Beat struct {
	Busy, Ready, Port int
	Seen              time.Time
}

// Message is what a server sends.
func Message(ready, busy int) string { return fmt.Sprintf("v=1&ready=%d&busy=%d", ready, busy) }

// Parse reads a message; ok is false where something is missing.
func Parse(message string) (b Beat, ok bool) {
	v := values(message)
	_, version := v["v"]
	_, busy := v["busy"]
	_, ready := v["ready"]
	return beat(v), version && busy && ready
}

// ParseLoose reads a message that may lack anything.
func ParseLoose(message string) Beat { return beat(values(message)) }

func beat(v map[string]string) Beat {
	b := Beat{Busy: max(compat.Atoi(v["busy"]), 0), Ready: max(compat.Atoi(v["ready"]), 0), Port: 80}
	if p, ok := v["port"]; ok {
		b.Port = compat.Atoi(p)
	}
	return b
}

// values reads "a=1&b=2" (qs_to_table).
func values(s string) map[string]string {
	v := map[string]string{}
	for _, part := range strings.Split(s, "&") {
		if part == "" {
			continue
		}
		key, value, has := strings.Cut(part, "=")
		if !has {
			value = "1"
		}
		v[compat.Unescape(key)] = compat.Unescape(value)
	}
	return v
}

// A Board has the last beat of each server, by its address.
type Board struct {
	mu    sync.Mutex // guards beats
	beats map[netip.Addr]Beat
	limit int
}

// NewBoard makes a board for a number of servers.
func NewBoard(limit int) *Board {
	if limit <= 0 {
		limit = most
	}
	return &Board{beats: map[netip.Addr]Beat{}, limit: limit}
}

// Put notes a beat; there is no place for more servers than the board is for.
func (d *Board) Put(ip netip.Addr, b Beat) {
	ip = ip.Unmap().WithZone("")
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(b.Seen)
	if _, known := d.beats[ip]; known || len(d.beats) < d.limit {
		d.beats[ip] = b
	}
}

func (d *Board) forget(now time.Time) {
	for ip, b := range d.beats {
		if now.Sub(b.Seen) > seenTimeout {
			delete(d.beats, ip)
		}
	}
}

// All is what is known, by address.
func (d *Board) All() map[string]Beat {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(time.Now())
	all := map[string]Beat{}
	for ip, b := range d.beats {
		all[ip.String()] = b
	}
	return all
}

// WriteFile puts what is known into a file, at once for who reads it.
func (d *Board) WriteFile(path string) error {
	all, now := d.All(), time.Now()
	var lines []string
	for ip, b := range all {
		lines = append(lines, fmt.Sprintf("%s &ready=%d&busy=%d&lastseen=%d&port=%d\n",
			ip, b.Ready, b.Busy, int(now.Sub(b.Seen).Seconds()), b.Port))
	}
	sort.Strings(lines)
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, []byte(strings.Join(lines, "")), 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// ReadFile reads such a file. What a line lacks, or how it is wrong, is not an
// error.
func ReadFile(path string) (map[string]Beat, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, err
	}
	return parseFile(string(b), time.Now()), nil
}

func parseFile(text string, now time.Time) map[string]Beat {
	all := map[string]Beat{}
	for line := range strings.Lines(text) {
		ip, query, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !ok || line[0] == '#' {
			continue
		}
		v := values(query)
		b := beat(v)
		b.Seen = now.Add(-time.Duration(compat.Atoi(v["lastseen"])) * time.Second)
		if _, said := v["lastseen"]; !said {
			b.Seen = now
		}
		all[ip] = b
	}
	return all
}

// boards are the boards of this process, which outlive configurations.
var boards struct {
	mu    sync.Mutex // guards all
	board *Board
}

// Shared is the one board of the process that is kept in memory, made anew where
// its size changes.
func Shared(limit int) *Board {
	boards.mu.Lock()
	defer boards.mu.Unlock()
	if boards.board == nil || boards.board.limit != limit {
		boards.board = NewBoard(limit)
	}
	return boards.board
}

// shared names the board of a build that keeps it in memory.
const shared = "heartbeat"

// Keep makes d the board of b.
func Keep(b *compat.Build, d *Board) { b.Shared[shared] = d }

// BoardOf is the board of b; nil: there is none in memory.
func BoardOf(b *compat.Build) *Board {
	d, _ := b.Shared[shared].(*Board)
	return d
}
