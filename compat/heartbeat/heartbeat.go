// Package heartbeat is mod_heartbeat: it tells others once a second how many
// workers of this server are busy.
//
// Deviations: there are no workers that wait here; ready are those that
// MaxRequestWorkers leaves.
package heartbeat

import (
	"context"
	"net"
	"net/netip"
	"time"

	"understudy/compat"
	"understudy/compat/internal/heartbeat"
	"understudy/compat/internal/mpm"
)

// Module is mod_heartbeat.
var Module = compat.Module{
	Name: "heartbeat_module",
	File: "mod_heartbeat.c",
	Directives: []compat.Directive{
		dir.Directive("HeartbeatAddress", compat.Take1, compat.Server, address, "Address to send heartbeat requests"),
	},
	Init: prepare,
}

var dir = compat.NewSlot[config]()

type config struct{ to netip.AddrPort }

// Merge lays over on top of base.
func (base config) Merge(over config) config { return base }

func address(c *compat.Cmd, conf *config) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if conf.to.IsValid() {
		return compat.Errorf("HeartbeatAddress: May only be specified once.")
	}
	var err error
	conf.to, err = heartbeat.Address("HeartbeatAddress", c.Arg(0), "")
	return err
}

// interval is how long is waited between two messages.
const interval = time.Second

// busy is how many requests are under way.
var busy = func() int { return 0 }

// Use tells the module where it runs. It is called before the first request.
func Use(f func() int) { busy = f }

func prepare(b *compat.Build) error {
	c := dir.In(b.Main.Section.Vector)
	if c == nil || !c.to.IsValid() {
		return nil
	}
	workers := mpm.Workers(b)
	b.Background(func(ctx context.Context, log compat.HostLog) {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			if err := send(c.to, workers); err != nil {
				log(b.Main, "heartbeat", compat.LevelWarn, "AH02099: Heartbeat: apr_socket_sendto failed: "+err.Error())
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return nil
}

// send sends one message (hb_monitor).
func send(to netip.AddrPort, workers int) error {
	nc, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		return err
	}
	defer nc.Close()
	n := busy()
	_, err = nc.Write([]byte(heartbeat.Message(max(workers-n, 0), n)))
	return err
}
