// Package dumpio is mod_dumpio: it writes what is read and written on
// connections to the error log, with "LogLevel dumpio:trace7".
//
// Deviations: input is shown in the pieces in which it is read, and there are no
// lines for what is not data.
package dumpio

import (
	"fmt"
	"net"

	"understudy/compat"
)

// Module is mod_dumpio.
var Module = compat.Module{
	Name: "dumpio_module",
	File: "mod_dumpio.c",
	Directives: []compat.Directive{
		dir.Flag("DumpIOInput", compat.Server, func(c *config) **bool { return &c.in }, "Enable I/O Dump on Input Data"),
		dir.Flag("DumpIOOutput", compat.Server, func(c *config) **bool { return &c.out }, "Enable I/O Dump on Output Data"),
	},
	Init: func(b *compat.Build) error {
		for _, h := range b.AllHosts() {
			h.Connected = append(h.Connected, tap)
		}
		return nil
	},
}

var dir = compat.NewSlot[config]()

type config struct{ in, out *bool }

// Merge takes what is said further inside, all of it: the module has no merge.
func (config) Merge(over config) config { return over }

const (
	short = "dumpio"
	// most is how much of the data a line shows: escaped, it is four times as long.
	most = 8192/4 - 80
)

// tap puts itself around connections to hosts that want it (dumpio_pre_conn).
func tap(c *compat.Conn, nc net.Conn) net.Conn {
	conf := dir.OfServer(c.Base)
	if conf == nil || c.Base.Scope.Core.LogLevel.Of(short) < compat.LevelTrace7 {
		return nc
	}
	d := &dumped{Conn: nc, c: c, in: conf.in != nil && *conf.in, out: conf.out != nil && *conf.out}
	if !d.in && !d.out {
		return nc
	}
	return d
}

// A dumped connection is one that is written to the log.
type dumped struct {
	net.Conn
	c       *compat.Conn
	in, out bool
	first   []byte // what was read by itself, to see whether something comes
}

// Read reads, and shows what it read.
func (d *dumped) Read(p []byte) (int, error) {
	if d.in {
		d.log(fmt.Sprintf("mod_dumpio: dumpio_in [readbytes-blocking] %d readbytes", len(p)))
	}
	n, err := d.Conn.Read(p)
	if d.in && err == nil && len(p) == 1 {
		d.first = append(d.first, p[0])
	} else if d.in {
		d.show("dumpio_in", append(d.first, p[:n]...))
		d.first = nil
	}
	return n, err
}

// Write shows p, and writes it.
func (d *dumped) Write(p []byte) (int, error) {
	if d.out {
		d.log("mod_dumpio: dumpio_out")
		d.show("dumpio_out", p)
	}
	return d.Conn.Write(p)
}

// CloseWrite ends what is sent, where the connection can do that by itself.
func (d *dumped) CloseWrite() error {
	if half, ok := d.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (d *dumped) show(name string, p []byte) {
	if len(p) == 0 {
		return
	}
	d.log(fmt.Sprintf("mod_dumpio:  %s (data-HEAP): %d bytes", name, len(p)))
	for len(p) > 0 {
		n := min(len(p), most)
		d.log(fmt.Sprintf("mod_dumpio:  %s (data-HEAP): %s", name, p[:n]))
		p = p[n:]
	}
}

func (d *dumped) log(text string) { d.c.Server.LogConn(d.c, d.c.Base, short, compat.LevelTrace7, text) }
