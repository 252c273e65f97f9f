// Package ident is mod_ident: it asks the client's host by RFC 1413 whose the
// connection is, for %l of logs, REMOTE_IDENT and expressions.
//
// Deviations: an answer is remembered for the connection, as in Apache, and the
// answers of at most a thousand connections are.
package ident

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"understudy/compat"
)

const module = "ident_module"

// Module is mod_ident.
var Module = compat.Module{
	Name: module,
	File: "mod_ident.c",
	Directives: []compat.Directive{
		dir.Flag("IdentityCheck", compat.Server|compat.Access, func(c *config) **bool { return &c.on },
			"Enable identd (RFC 1413) user lookups - SLOW"),
		dir.Directive("IdentityCheckTimeout", compat.Take1, compat.Server|compat.Access, timeout,
			"Identity check (RFC 1413) timeout duration (sec)"),
	},
}

func init() { compat.RemoteLogname = lookup }

var dir = compat.NewSlot[config]()

type config struct {
	on      *bool
	timeout *time.Duration
}

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	return config{cmp.Or(over.on, base.on), cmp.Or(over.timeout, base.timeout)}
}

func timeout(c *compat.Cmd, conf *config) error {
	t := time.Duration(compat.Atoi(c.Arg(0))) * time.Second
	conf.timeout = &t
	return nil
}

const (
	usualTimeout = 30 * time.Second
	maxAnswer    = 1000
	maxUser      = 512
	unknown      = "unknown"
	maxKept      = 1000
)

// port is where hosts answer.
var port uint16 = 113

// kept are the answers about connections.
var kept struct {
	mu    sync.Mutex // guards names
	names map[int64]string
}

// lookup is the user at r's client, "" where nobody is asked (ap_ident_lookup).
func lookup(r *compat.Request) string {
	c := dir.Of(r)
	if c == nil || c.on == nil || !*c.on || r.Host.Build.Loaded(module) == nil {
		return ""
	}
	kept.mu.Lock()
	name, known := kept.names[r.Conn.ID]
	kept.mu.Unlock()
	if known {
		return name
	}
	limit := usualTimeout
	if c.timeout != nil {
		limit = *c.timeout
	}
	name, err := ask(r.Conn.Local, r.Conn.Remote, limit)
	if err != nil {
		name = unknown
	}
	kept.mu.Lock()
	defer kept.mu.Unlock()
	if kept.names == nil || len(kept.names) >= maxKept {
		kept.names = map[int64]string{}
	}
	kept.names[r.Conn.ID] = name
	return name
}

// ask has the remote side of a connection say whose it is.
func ask(local, remote netip.AddrPort, limit time.Duration) (string, error) {
	from := net.TCPAddrFromAddrPort(netip.AddrPortFrom(local.Addr().Unmap(), 0))
	dialer := net.Dialer{LocalAddr: from, Timeout: limit}
	nc, err := dialer.DialContext(context.Background(), "tcp", netip.AddrPortFrom(remote.Addr().Unmap(), port).String())
	if err != nil {
		return "", err
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(limit))
	if _, err := fmt.Fprintf(nc, "%d,%d\r\n", remote.Port(), local.Port()); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(io.LimitReader(nc, maxAnswer)).ReadString('\n')
	if err != nil {
		return "", err
	}
	return parse(line, local.Port(), remote.Port())
}

// parse reads "port, port : USERID : system : user". The user ends at white
// space.
func parse(line string, local, remote uint16) (string, error) {
	parts := strings.SplitN(line, ":", 4)
	if len(parts) < 4 || strings.TrimSpace(parts[1]) != "USERID" {
		return "", fmt.Errorf("no user in %q", line)
	}
	theirs, ours, _ := strings.Cut(parts[0], ",")
	for _, p := range []struct {
		text string
		want uint16
	}{{theirs, remote}, {ours, local}} {
		n, err := strconv.ParseUint(strings.TrimSpace(p.text), 10, 16)
		if err != nil || uint16(n) != p.want {
			return "", fmt.Errorf("not about our connection: %q", line)
		}
	}
	fields := strings.Fields(parts[3])
	if len(fields) == 0 {
		return "", fmt.Errorf("no user in %q", line)
	}
	return fields[0][:min(len(fields[0]), maxUser)], nil
}
