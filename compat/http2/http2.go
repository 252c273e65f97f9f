// Package http2 is mod_http2: which connections speak HTTP/2, within which
// bounds, and what modules and applications learn of it. The protocol itself is
// spoken by package wire.
//
// Deviations: nothing is pushed, for no client takes it any more; H2Push and its
// kin are checked, and H2PushResource still makes Link fields. Tuning of Apache's
// own workers, buffers and frames is checked and has nothing to tune. That the change from
// HTTP/1.1 by Upgrade is allowed is said by the first host of an address; the
// request that asked for it is logged once, as HTTP/2.0. WebSockets over HTTP/2
// (H2WebSockets) are not there.
package http2

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"understudy/compat"
)

// Module is mod_http2.
var Module = compat.Module{
	Name:       "http2_module",
	File:       "mod_http2.c",
	Directives: directives,
	Hooks: []compat.Hook{
		compat.Run(compat.PostRead, setVariables).Repeats(),
		slot.On(compat.Fixups, hint).Last(),
	},
	Init: initialize,
}

var slot = compat.NewSlot[config]()

type config struct {
	maxStreams, window *int
	streamTimeout      *time.Duration
	direct, upgrade    *bool
	modernTLS          *bool
	earlyHints         *bool
	links              []string       // values of Link for H2PushResource
	hints              []compat.Field // of H2EarlyHint
}

// Merge lays over on top of base; what is announced early adds up.
func (base config) Merge(over config) config {
	return config{
		maxStreams:    cmp.Or(over.maxStreams, base.maxStreams),
		window:        cmp.Or(over.window, base.window),
		streamTimeout: cmp.Or(over.streamTimeout, base.streamTimeout),
		direct:        cmp.Or(over.direct, base.direct),
		upgrade:       cmp.Or(over.upgrade, base.upgrade),
		modernTLS:     cmp.Or(over.modernTLS, base.modernTLS),
		earlyHints:    cmp.Or(over.earlyHints, base.earlyHints),
		links:         slices.Concat(base.links, over.links),
		hints:         slices.Concat(base.hints, over.hints),
	}
}

// Apache's defaults.
const (
	defaultStreams = 100
	defaultWindow  = 65535
)

// initialize tells the wire of each host. With mpm_prefork there is no HTTP/2, as
// in Apache.
func initialize(b *compat.Build) error {
	if b.Loaded("mpm_prefork_module") != nil {
		if !b.Testing {
			b.Warn(prefork)
		}
		return nil
	}
	main := said(b.Main)
	b.Main.HTTP2 = settings(main)
	for _, h := range b.Hosts {
		h.HTTP2 = settings(main.Merge(said(h)))
	}
	return nil
}

// said is what stands in h outside of sections.
func said(h *compat.Host) config {
	if c := slot.In(h.Section.Vector); c != nil {
		return *c
	}
	return config{}
}

func settings(c config) *compat.HTTP2 {
	return &compat.HTTP2{
		MaxStreams:    or(c.maxStreams, defaultStreams),
		Window:        or(c.window, defaultWindow),
		StreamTimeout: or(c.streamTimeout, 0),
		Direct:        or(c.direct, true),
		Upgrade:       or(c.upgrade, true),
		ModernTLSOnly: or(c.modernTLS, true),
	}
}

func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// setVariables tells scripts and logs of a stream (h2_hook_post_read).
func setVariables(r *compat.Request) compat.Status {
	if r.Stream == 0 {
		return compat.Declined
	}
	id := strconv.Itoa(r.Stream)
	for _, v := range [...]compat.Field{
		{Name: "HTTP2", Value: "on"}, {Name: "H2PUSH", Value: "off"}, {Name: "H2_PUSH", Value: "off"},
		{Name: "H2_PUSHED"}, {Name: "H2_PUSHED_ON"}, {Name: "H2_STREAM_ID", Value: id},
		{Name: "H2_STREAM_TAG", Value: strconv.FormatInt(r.Conn.ID, 10) + "-" + id},
	} {
		r.Env.Set(v.Name, v.Value)
	}
	return compat.OK
}

// hint adds the fields that H2PushResource and H2EarlyHint name, and sends them
// ahead where H2EarlyHints lets it (check_early_hints).
func hint(r *compat.Request, c *config) compat.Status {
	if r.Stream == 0 || !r.IsInitial() || r.ExpectContinue || len(c.links)+len(c.hints) == 0 {
		return compat.Declined
	}
	for _, link := range c.links {
		r.Out.Add("Link", link)
	}
	for _, f := range c.hints {
		r.Out.Add(f.Name, f.Value)
	}
	if server := slot.OfServer(r.Host); server != nil && or(server.earlyHints, false) {
		r.Wire.Interim(103, &r.Out)
	}
	return compat.OK
}
