package wire

import (
	"net"
	"time"

	"understudy/compat"
)

// A stage is how long a client may still take over a part of a request, where
// RequestReadTimeout says so (reqtimeout_filter).
type stage struct {
	rule    *compat.ReadStage // nil: Timeout alone counts
	by, max time.Duration     // since epoch
}

func newStage(rule *compat.ReadStage, now time.Duration) stage {
	if rule == nil || rule.Timeout == 0 {
		return stage{}
	}
	return stage{rule: rule, by: now + rule.Timeout, max: now + rule.Max}
}

// extend buys time for n bytes (extend_timeout).
func (s *stage) extend(n int) {
	if s.rule == nil || s.rule.MinRate == 0 {
		return
	}
	s.by += time.Duration(n) * (time.Second / time.Duration(s.rule.MinRate))
	if s.rule.Max > 0 {
		s.by = min(s.by, s.max)
	}
}

// bound is by, or sooner where the stage ends.
func (s *stage) bound(by time.Duration) time.Duration {
	if s.rule == nil {
		return by
	}
	return min(by, s.by)
}

func headerStage(h *compat.Host) *compat.ReadStage {
	if h.ReadTimeouts == nil {
		return nil
	}
	return h.ReadTimeouts.Header
}

func bodyStage(r *compat.Request) *compat.ReadStage {
	if r.Host.ReadTimeouts == nil || r.Method == "CONNECT" {
		return nil
	}
	return r.Host.ReadTimeouts.Body
}

// A handshake is a connection whose reads RequestReadTimeout hurries until TLS
// is agreed upon.
type handshake struct {
	net.Conn
	stage stage // without a rule: TLS is spoken
	whole time.Duration
}

// newHandshake is nc, hurried where rule says so.
func newHandshake(nc net.Conn, rule *compat.ReadStage, timeout time.Duration) *handshake {
	now := moment()
	return &handshake{Conn: nc, stage: newStage(rule, now), whole: now + timeout}
}

// Read is the connection's.
func (h *handshake) Read(p []byte) (int, error) {
	if h.stage.rule == nil {
		return h.Conn.Read(p)
	}
	h.Conn.SetReadDeadline(epoch.Add(h.stage.bound(h.whole)))
	n, err := h.Conn.Read(p)
	h.stage.extend(n)
	return n, err
}

// over leaves the time to others.
func (h *handshake) over() { h.stage = stage{} }
