// Package proxyuwsgi is mod_proxy_uwsgi: it asks workers by the protocol of
// uWSGI, which answer as an HTTP server does.
//
// Deviations: an answer with Transfer-Encoding is a bad one (502), for where it
// ends could be read in two ways; one that is shorter than it says is aborted.
package proxyuwsgi

import (
	"encoding/binary"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_uwsgi. It has no directives.
var Module = compat.Module{Name: "proxy_uwsgi_module", File: "mod_proxy_uwsgi.c", Silent: true}

var _ = upstream.Register(upstream.Scheme{
	Module: "proxy_uwsgi_module",
	Order:  -5,
	Canon:  upstream.CanonOf("uwsgi", &rules),
	Handle: handle,
})

var rules = upstream.CanonRules{Module: "proxy_uwsgi", BadURL: "AH10097", BadPath: "AH10417"}

// handle asks a worker (uwsgi_handler).
func handle(c *upstream.Call) compat.Status {
	rest, ok := upstream.CutURL(c.URL, "uwsgi")
	if !ok {
		return compat.Declined
	}
	if c.R.BodyLength < 0 {
		return 411
	}
	info := "/"
	if i := strings.IndexByte(rest[2:], '/'); i >= 0 {
		info, _, _ = strings.Cut(rest[2+i:], "?")
		if info = compat.Unescape(info); strings.HasPrefix(info, "//") {
			info = "/" + strings.TrimLeft(info, "/")
		}
	}
	c.Function = "uwsgi"
	defer c.Release()
	if status := c.Begin(); status != compat.OK {
		return status
	}
	if _, err := c.Connect(true); err != nil {
		c.Errorf("proxy_uwsgi", nil, "AH10101: failed to make connection to backend: %s:%d", c.Host, c.Port)
		return 503
	}
	c.Conn.Spent = true
	head, ok := request(c.R, info)
	if !ok {
		c.Errorf("proxy_uwsgi", nil, "the variables of the request do not fit into a packet")
		return 500
	}
	return c.Plain("proxy_uwsgi", head)
}

// maxPacket is how much a packet holds.
const maxPacket = 1<<16 - 1

// request is the packet of variables (uwsgi_send_headers); ok is false where they
// do not fit.
func request(r *compat.Request, info string) (packet []byte, ok bool) {
	upstream.AddCGI(r)
	e := &r.Env
	e.Set("PATH_INFO", info)
	if auth, has := r.In.Lookup("Authorization"); has {
		e.Set("HTTP_AUTHORIZATION", auth)
	}
	if name := e.Get("SCRIPT_NAME"); info != "/" {
		e.Set("SCRIPT_NAME", name[:max(len(name)-len(info), 0)])
	} else if name == "/" {
		e.Set("SCRIPT_NAME", "")
	}
	b := []byte{0, 0, 0, 0}
	for _, v := range e.All() {
		if len(v.Name) > maxPacket || len(v.Value) > maxPacket {
			return nil, false
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(len(v.Name)))
		b = append(b, v.Name...)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(v.Value)))
		b = append(b, v.Value...)
	}
	if len(b)-4 > maxPacket {
		return nil, false
	}
	binary.LittleEndian.PutUint16(b[1:], uint16(len(b)-4))
	return b, true
}
