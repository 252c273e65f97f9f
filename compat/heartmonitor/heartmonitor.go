// Package heartmonitor is mod_heartmonitor: it notes what other servers tell of
// themselves (mod_heartbeat), by multicast or by POST to the handler heartbeat.
//
// Deviations: an address that is none of multicast is listened at too. A file is
// written every five seconds and remembers a thousand servers.
package heartmonitor

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"understudy/compat"
	"understudy/compat/internal/heartbeat"
)

// Module is mod_heartmonitor.
var Module = compat.Module{
	Name: "heartmonitor_module",
	File: "mod_heartmonitor.c",
	Directives: []compat.Directive{
		dir.Directive("HeartbeatListen", compat.Take1, compat.Server, listenAt, "Address to listen for heartbeat requests"),
		dir.Directive("HeartbeatStorage", compat.Take1, compat.Server, storage, "Path to store heartbeat data."),
		dir.Directive("HeartbeatMaxServers", compat.Take1, compat.Server, maxServers,
			"Max number of servers when using slotmem (instead file) to store heartbeat data."),
	},
	Hooks: []compat.Hook{compat.Run(compat.Handler, handle).First()},
	Init:  prepare,
}

var dir = compat.NewSlot[config]()

type config struct {
	at    netip.AddrPort
	path  string
	limit *int // servers in memory; 0: in a file
}

// Merge keeps what the main server says: nothing of this is a host's.
func (base config) Merge(config) config { return base }

const (
	short      = "heartmonitor"
	maxMessage = 1000
	usualLimit = 10
	// interval is how often a file is written.
	interval = 5 * time.Second
)

func listenAt(c *compat.Cmd, conf *config) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if conf.at.IsValid() {
		return compat.Errorf("HeartbeatListen: May only be specified once.")
	}
	var err error
	conf.at, err = heartbeat.Address("HeartbeatListen", c.Arg(0), "multicast ")
	return err
}

func storage(c *compat.Cmd, conf *config) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	conf.path = c.Build.RuntimePath(c.Arg(0))
	return nil
}

func maxServers(c *compat.Cmd, conf *config) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	n := compat.Atoi(c.Arg(0))
	if n != 0 && n < usualLimit {
		return compat.Errorf("HeartbeatMaxServers: Should be 0 for file storage, or greater or equal than 10 for slotmem")
	}
	conf.limit = &n
	return nil
}

// A monitor is what a build listens with.
type monitor struct {
	board *heartbeat.Board
	path  string // "": in memory
	at    netip.AddrPort
	host  *compat.Host
}

// prepare checks that what Apache needs is there, and listens (hm_post_config).
func prepare(b *compat.Build) error {
	if b.Loaded("watchdog_module") == nil {
		return compat.Refuse("AH02093: mod_watchdog is required")
	}
	c := dir.In(b.Main.Section.Vector)
	if c == nil {
		c = &config{}
	}
	m := &monitor{at: c.at, host: b.Main}
	limit := usualLimit
	if c.limit != nil {
		limit = *c.limit
	}
	if limit == 0 {
		m.board, m.path = heartbeat.NewBoard(0), cmp.Or(c.path, b.RuntimePath(heartbeat.StorageName))
	} else if b.Loaded("slotmem_shm_module") == nil {
		return compat.Refuse("AH02284: failed to lookup provider 'shm' for 'slotmem', maybe you need to load mod_slotmem_shm?")
	} else {
		m.board = heartbeat.Shared(limit)
		heartbeat.Keep(b, m.board)
	}
	b.Shared[short] = m
	if m.at.IsValid() {
		b.Background(m.run)
	}
	return nil
}

// run listens until ctx ends. Another configuration may listen at the same
// address for a moment.
func (m *monitor) run(ctx context.Context, log compat.HostLog) {
	nc, err := listen(m.at)
	if err != nil {
		log(m.host, short, compat.LevelCrit, "AH02090: Unable to listen for connections! "+err.Error())
		return
	}
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	var buf [maxMessage]byte
	for {
		nc.SetReadDeadline(time.Now().Add(interval))
		n, from, err := nc.ReadFromUDPAddrPort(buf[:])
		var timeout net.Error
		switch {
		case ctx.Err() != nil:
			return
		case errors.As(err, &timeout) && timeout.Timeout():
			m.save(log)
			continue
		case err != nil:
			log(m.host, short, compat.LevelCrit, "AH02089: recvfrom failed: "+err.Error())
			return
		}
		m.note(from, string(buf[:n]), log)
	}
}

// note notes a message (hm_processmsg).
func (m *monitor) note(from netip.AddrPort, message string, log compat.HostLog) {
	b, ok := heartbeat.Parse(message)
	if !ok {
		log(m.host, short, compat.LevelCrit, "AH02087: malformed message from "+from.String())
		return
	}
	b.Seen = time.Now()
	m.board.Put(from.Addr(), b)
	m.save(log)
}

// save writes the file, where there is one.
func (m *monitor) save(log compat.HostLog) {
	if m.path == "" {
		return
	}
	if err := m.board.WriteFile(m.path); err != nil {
		log(m.host, short, compat.LevelCrit, "AH02074: Unable to open tmp file: "+err.Error())
	}
}

// listen listens at an address, one of multicast with others.
func listen(at netip.AddrPort) (*net.UDPConn, error) {
	a := net.UDPAddrFromAddrPort(at)
	if at.Addr().IsMulticast() {
		return net.ListenMulticastUDP("udp4", nil, a)
	}
	return net.ListenUDP("udp", a)
}

// handle takes a message by HTTP (hm_handler).
func handle(r *compat.Request) compat.Status {
	switch {
	case r.Handler != "heartbeat":
		return compat.Declined
	case r.Method != "POST":
		return 405
	}
	m, _ := r.Host.Build.Shared[short].(*monitor)
	if m == nil {
		return 500
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxMessage)); err != nil {
			return 400
		}
	}
	b := heartbeat.ParseLoose(string(body))
	b.Seen = time.Now()
	m.board.Put(r.Conn.Remote.Addr(), b)
	m.save(func(h *compat.Host, module string, level compat.Level, text string) {
		r.Logf(module, level, nil, "%s", text)
	})
	r.ContentType = "text/plain"
	r.Out.Set("Content-Length", "2")
	r.Writer.Write([]byte("OK"))
	return compat.OK
}
