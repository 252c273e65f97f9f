//go:build unix

package main

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/daemon"
	"understudy/vhost"
)

// try looks whether a configuration that was read would serve: what Apache's
// start dies of after its -t, and what would keep a site from answering. An
// error is the first thing found, at its place.
func try(snap *vhost.Snapshot, reload bool) error {
	b := snap.Build
	plan, err := resources(b)
	if err != nil {
		return compat.Placed(apacheconf.Position{}, err)
	}
	if err := tryResources(b, plan, reload); err != nil {
		return err
	}
	if wrong := tryHosts(snap, plan.Identity, reload); len(wrong) > 0 {
		return wrong[0]
	}
	return nil
}

// tryHosts is what would keep sites from answering.
func tryHosts(snap *vhost.Snapshot, server daemon.Identity, reload bool) []*apacheconf.Diagnostic {
	b := snap.Build
	wrong := newTrial(b, server, reload).Try(b)
	for _, loop := range snap.RedirectLoops() {
		wrong = append(wrong, compat.Placed(placeOfRedirect(b, loop.Host), fmt.Errorf("redirects without end: %s",
			strings.Join(loop.URLs[:min(len(loop.URLs), 5)], " -> "))))
	}
	return wrong
}

// placeOfRedirect is where h redirects.
func placeOfRedirect(b *compat.Build, h *compat.Host) apacheconf.Position {
	for _, is := range []func(*apacheconf.Node) bool{
		func(n *apacheconf.Node) bool {
			return n.Is("Redirect") || n.Is("RedirectPermanent") || n.Is("RedirectTemp")
		},
		func(n *apacheconf.Node) bool { return n.Is("RedirectMatch") },
		func(n *apacheconf.Node) bool { return n.Is("RewriteRule") },
	} {
		if pos, ok := b.Find(h, is); ok {
			return pos
		}
	}
	return h.Pos
}

// warnOfTrial has a start say what try would refuse and Apache's start would
// not.
func warnOfTrial(snap *vhost.Snapshot, plan *daemon.Plan) {
	b := snap.Build
	for _, d := range tryHosts(snap, plan.Identity, false) {
		b.Warn(apacheconf.Diagnostic{Bare: true, Ours: true, Module: "core", Level: "warn",
			Message: d.Message + " (" + d.Pos.String() + ")"})
	}
}

// tryResources looks whether addresses could be bound, logs opened and the pid
// file written.
func tryResources(b *compat.Build, plan *daemon.Plan, reload bool) error {
	holder, err := daemon.ReadPID(plan.PidFile)
	if err != nil || !daemon.Running(holder) {
		holder = 0
	}
	if reload {
		holder = os.Getpid()
	}
	if l, err := daemon.TryListeners(plan, holder); err != nil {
		return compat.Placed(placeOfListener(b, l), err)
	}
	for i, l := range b.Logs {
		if err := daemon.TryLog(plan.Logs[i]); err != nil {
			return compat.Placed(l.Pos, err)
		}
	}
	if err := daemon.TryPID(plan.PidFile); err != nil {
		return compat.Placed(b.Place(b.Main, "PidFile"), err)
	}
	return nil
}

func placeOfListener(b *compat.Build, l daemon.Listener) apacheconf.Position {
	for _, have := range b.Listeners {
		if listenerKey(have) == l.Key {
			return have.Pos
		}
	}
	return apacheconf.Position{}
}

func newTrial(b *compat.Build, server daemon.Identity, reload bool) *compat.Trial {
	return &compat.Trial{Server: who(server), Reload: reload,
		Identify: func(userName, groupName string, supplementary []string) (compat.Who, error) {
			if userName == "" {
				userName = b.Core.User
			}
			if groupName == "" {
				groupName = b.Core.Group
			}
			id, err := identityOf(userName, groupName, supplementary)
			return who(id), err
		}}
}

func who(id daemon.Identity) compat.Who {
	w := compat.Who{Self: !id.Change, UID: id.UID, Groups: id.Groups}
	number := strconv.FormatUint(uint64(id.UID), 10)
	w.Name = "#" + number
	if u, err := user.LookupId(number); err == nil {
		w.Name = u.Username
	}
	return w
}
