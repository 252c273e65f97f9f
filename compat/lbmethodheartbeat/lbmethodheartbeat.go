// Package lbmethodheartbeat is mod_lbmethod_heartbeat: a member of a balancer is
// asked with the likelihood of its ready workers, as it told them itself
// (mod_heartbeat, mod_heartmonitor). Who told nothing is not asked.
//
// Deviations: what is known is looked up once a second.
package lbmethodheartbeat

import (
	"cmp"
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"understudy/compat"
	"understudy/compat/internal/heartbeat"
	"understudy/compat/internal/upstream"
)

const module = "lbmethod_heartbeat_module"

// Module is mod_lbmethod_heartbeat.
var Module = compat.Module{
	Name: module,
	File: "mod_lbmethod_heartbeat.c",
	Directives: []compat.Directive{
		dir.Directive("HeartbeatStorage", compat.Take1, compat.Server, storage, "Path to read heartbeat data."),
	},
	Init: prepare,
}

var dir = compat.NewSlot[config]()

type config struct{ path string }

// Merge lays over on top of base.
func (base config) Merge(over config) config { return config{cmp.Or(over.path, base.path)} }

func storage(c *compat.Cmd, conf *config) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	conf.path = c.Build.RuntimePath(c.Arg(0))
	return nil
}

const (
	// maxSeen is how old what a server told may be.
	maxSeen = 10 * time.Second
	// fresh is how long what was looked up counts.
	fresh = time.Second
)

// source is where elections look, that of the configuration in force.
var source struct {
	mu    sync.Mutex // guards what follows
	read  func() (map[string]heartbeat.Beat, error)
	known map[string]heartbeat.Beat
	until time.Time
}

// prepare finds out where beats are: in memory, where mod_heartmonitor keeps
// them there, or in a file (lb_hb_init).
func prepare(b *compat.Build) error {
	c := dir.In(b.Main.Section.Vector)
	if c == nil {
		c = &config{}
	}
	path := cmp.Or(c.path, b.RuntimePath(heartbeat.StorageName))
	read := func() (map[string]heartbeat.Beat, error) { return heartbeat.ReadFile(path) }
	if board := heartbeat.BoardOf(b); board != nil {
		read = func() (map[string]heartbeat.Beat, error) { return board.All(), nil }
	}
	b.Background(func(_ context.Context, log compat.HostLog) {
		use(func() (map[string]heartbeat.Beat, error) {
			beats, err := read()
			if err != nil {
				log(b.Main, "lbmethod_heartbeat", compat.LevelError,
					"AH01213: lb_heartbeat: Unable to read heartbeats at '"+path+"': "+err.Error())
			}
			return beats, err
		})
	})
	return nil
}

func use(read func() (map[string]heartbeat.Beat, error)) {
	source.mu.Lock()
	defer source.mu.Unlock()
	source.read, source.until = read, time.Time{}
}

// ready is how many workers of a host are.
func ready(host string, now time.Time) int {
	source.mu.Lock()
	defer source.mu.Unlock()
	if now.After(source.until) {
		source.until = now.Add(fresh)
		source.known = nil
		if source.read != nil {
			source.known, _ = source.read()
		}
	}
	b, ok := source.known[host]
	if !ok || now.Sub(b.Seen) >= maxSeen {
		return 0
	}
	if b.Busy == 0 {
		// It has just been started, and is not to be asked by all at once.
		return b.Ready / 4
	}
	return b.Ready
}

var _ = upstream.RegisterMethod(upstream.Method{
	Name:   "heartbeat",
	Module: module,
	// Each takes the place of those before it with the likelihood of its share,
	// which comes to a choice by shares among all.
	Best: func(e *upstream.Election, w, _ *upstream.Worker) bool {
		n := ready(w.Host, time.Now())
		e.Total += n
		return n > 0 && rand.IntN(e.Total) < n
	},
})
