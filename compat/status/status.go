// Package status is mod_status: what the server is doing.
//
// Requests are noted on a [board] when they begin and when they are logged
// (board.go); the handler reads it, for people (page.go, table.go) or, with
// ?auto, for programs (auto.go).
//
// There are no workers here that wait for requests. What Apache says of those
// is said of the requests that MaxRequestWorkers would permit: those under way
// are busy workers, the rest are idle.
//
// Deviations: the CPU time of a worker is that of the process.
package status

import (
	"strconv"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/mpm"
)

// Module is mod_status. ExtendedStatus is a directive of the core.
var Module = compat.Module{
	Name:   "status_module",
	File:   "mod_status.c",
	Silent: true,
	Hooks: []compat.Hook{
		slot.On(compat.PostRead, begin).Repeats().ReallyFirst(),
		slot.On(compat.Handler, serve),
		slot.On(compat.Log, end).ReallyLast(),
	},
	Init: prepare,
}

// A Process is what the process that answers requests knows of itself.
type Process struct {
	Connections func() int
	Busy        func() int // connections with a request under way
}

var process = Process{Connections: func() int { return 0 }, Busy: func() int { return 0 }}

// Use tells the module where it runs. It is called before the first request.
func Use(p Process) { process = p }

// A generation is a configuration that was put into force.
type generation struct {
	number   int // from 1
	since    time.Time
	extended bool
	tail     bool
	workers  int
	mpm      string // "event"
}

// Of the main server the generation reaches every scope.
var slot = compat.NewSlot[config]()

type config struct{ *generation }

// Merge finds the generation.
func (base config) Merge(over config) config {
	if over.generation != nil {
		return over
	}
	return base
}

// prepare notes what the page says of the configuration (status_init).
func prepare(b *compat.Build) error {
	g := &generation{since: time.Now(), extended: true, tail: b.Core.RequestTail, workers: mpm.Workers(b)}
	if b.Core.ExtendedStatus != nil {
		g.extended = *b.Core.ExtendedStatus
	}
	for _, m := range b.Modules {
		if name, ok := strings.CutPrefix(m.Name, "mpm_"); ok {
			g.mpm = strings.TrimSuffix(name, "_module")
		}
	}
	g.number = b.Generation
	if b.Serving {
		scoreboard.grow(g.workers)
	}
	slot.Make(b.Main.Section.Vector).generation = g
	return nil
}

// begin notes a request that was read.
func begin(r *compat.Request, c *config) compat.Status {
	if c.extended && r.IsInitial() {
		scoreboard.begin(r, c.generation)
	}
	return compat.Declined
}

// end notes that a request is over.
func end(r *compat.Request, c *config) compat.Status {
	if c.extended {
		scoreboard.end(r)
	}
	return compat.Declined
}

// serve answers with the status (status_handler).
func serve(r *compat.Request, c *config) compat.Status {
	if r.Handler != "server-status" && r.Handler != "application/x-httpd-status" {
		return compat.Declined
	}
	r.AllowedMethods = []string{"GET"}
	if r.Method != "GET" && r.Method != "HEAD" {
		return compat.Declined
	}
	p := &page{r: r, g: c.generation}
	p.look()
	r.ContentType, r.Charset = "text/html; charset=ISO-8859-1", ""
	if i := strings.Index(r.Query, "refresh"); i >= 0 {
		r.Out.Set("Refresh", refresh(r.Query[i+len("refresh"):]))
	}
	p.noTable = strings.Contains(r.Query, "notable")
	if strings.Contains(r.Query, "auto") {
		r.ContentType = "text/plain; charset=ISO-8859-1"
		p.auto()
	} else {
		p.html()
	}
	if _, err := r.Writer.Write(p.text); err != nil {
		r.Aborted = true
	}
	return compat.OK
}

// refresh is how many seconds the page is good for: 10 where it is not said.
func refresh(rest string) string {
	value, given := strings.CutPrefix(rest, "=")
	n := compat.Atoi(value)
	if !given || n < 1 {
		n = 10
	}
	return strconv.Itoa(n)
}
