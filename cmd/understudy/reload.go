//go:build unix

package main

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"slices"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/daemon"
	"understudy/vhost"
)

// A handedConfig is the configuration as the server process gets it: a tree read
// as a whole, and what has changed in it since. A server that has some of it in
// force already builds the rest.
type handedConfig struct {
	Serial  int // of the whole, which the plan has
	Patches [][]byte
}

// A patchConfig is virtual hosts that changed.
type patchConfig struct {
	Tree  []byte // without those that did not
	Hosts []int  // which they are, counted from 0
}

// maxPatches bounds how many builds a configuration in force is of.
const maxPatches = 100

// loads reads the configuration for a supervisor, again and again. Where only
// virtual hosts have changed which nothing else depends on, only they are read and
// built: with ten thousand others the rest takes half a second.
type loads struct {
	o        *options
	log      *errorLog
	warnings []apacheconf.Diagnostic // of what was loaded last
	config   handedConfig

	// Of what was loaded last; tree is nil if that was refused.
	tree        *apacheconf.Tree
	plan        *daemon.Plan
	logs        map[string]bool
	transported map[compat.HostAddress]bool
}

// load is the Load of a Supervisor.
func (l *loads) load(changed []string) (*daemon.Plan, error) {
	if changed != nil && l.tree != nil && len(l.config.Patches) < maxPatches {
		if plan, ok, err := l.patch(changed); ok {
			if err != nil {
				l.tree = nil
			}
			return plan, err
		}
	}
	l.tree = nil
	next, err := load(l.o)
	l.log.warnings(next.Build.Warnings)
	if err == nil {
		err = try(next, true)
	}
	if err != nil {
		return &daemon.Plan{Watched: watched(next.Build)}, err
	}
	return l.take(next)
}

// take makes the plan of a configuration that was loaded as a whole.
func (l *loads) take(snap *vhost.Snapshot) (*daemon.Plan, error) {
	l.tree = nil
	plan, err := makePlan(l.o, snap)
	if err != nil {
		return nil, err
	}
	l.config = handedConfig{Serial: l.config.Serial + 1}
	plan.Serial = l.config.Serial
	if plan.Config, err = packed(l.config); err != nil {
		return nil, err
	}
	l.warnings, l.plan, l.tree, l.transported = snap.Build.Warnings, plan, snap.Build.Tree, snap.Transported()
	l.logs = map[string]bool{}
	for _, log := range plan.Logs {
		l.logs[log.Key] = true
	}
	return plan, nil
}

// patch makes the plan of what was loaded last with some files changed. ok is false
// if it must be loaded as a whole.
func (l *loads) patch(changed []string) (plan *daemon.Plan, ok bool, err error) {
	p, ok, err := l.tree.Reload(readOptions(l.o), changed)
	if !ok || err != nil {
		return nil, ok, err
	}
	part, err := vhost.Build(buildOptions(l.o, p.Part))
	if !part.Alone(p.Was) || !part.Alone(p.Part.Hosts()) {
		return nil, false, nil
	}
	l.log.warnings(part.Build.Warnings)
	if err != nil {
		return nil, true, err
	}
	if !l.fits(part) {
		return nil, false, nil
	}
	if wrong := tryHosts(part, l.plan.Identity, true); len(wrong) > 0 {
		return nil, true, wrong[0]
	}
	tree, err := encodeTree(p.Part)
	if err != nil {
		return nil, false, nil
	}
	text, err := packed(patchConfig{Tree: tree, Hosts: p.Hosts})
	if err != nil {
		return nil, false, nil
	}
	next := *l.plan
	l.config.Patches = append(l.config.Patches, text)
	if next.Config, err = packed(l.config); err != nil {
		return nil, true, err
	}
	l.plan, l.tree, l.warnings = &next, p.Tree, part.Build.Warnings
	l.log.Log("info", "core", fmt.Sprintf("%d virtual hosts have changed in %v, the others stay as they are", len(p.Hosts), changed))
	return &next, true, nil
}

// fits reports whether part needs nothing but what is there, and leaves nothing
// behind: logs that are open, and no part in what is spoken below HTTP.
func (l *loads) fits(part *vhost.Snapshot) bool {
	if part.Build.Lasting() || part.Build.Loaded("info_module") != nil {
		return false
	}
	for _, log := range part.Build.Logs {
		if !l.logs[log.Key] {
			return false
		}
	}
	if len(part.Transported()) > 0 {
		return false
	}
	return !slices.ContainsFunc(part.Build.Hosts, func(h *compat.Host) bool {
		return slices.ContainsFunc(h.Addresses, func(a compat.HostAddress) bool {
			return l.transported[compat.HostAddress{Host: a.Host, Port: a.Port}]
		})
	})
}

func packed(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}

func unpack(b []byte, v any) error {
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(v); err != nil {
		return fmt.Errorf("decode configuration: %w", err)
	}
	return nil
}
