package remoteip

import (
	"net/netip"
	"strings"

	"understudy/compat"
)

// modify takes the client of a request from what its proxies say
// (remoteip_modify_request).
func modify(r *compat.Request, c *config) compat.Status {
	if r.Conn.Preamble {
		if !r.Conn.Client.IsValid() {
			r.Logf("remoteip", compat.LevelWarn, nil,
				"AH03496: RemoteIPProxyProtocol data is missing, but required! Aborting request.")
			return 400
		}
		r.RemoteAddr = r.Conn.Client
		r.Logf("remoteip", compat.LevelTrace1, nil, "Using %s as client's IP from PROXY protocol", compat.ClientAddr(r))
		return compat.OK
	}
	if c.header == "" {
		return compat.Declined
	}
	value, ok := r.In.Lookup(c.header)
	if !ok {
		return compat.OK
	}
	w := walk{r: r, c: c, client: unmap(r.RemoteAddr.Addr()), remote: value, more: true, internal: c.known != nil}
	for w.more && w.step() {
	}
	if w.found {
		w.apply()
	}
	return compat.OK
}

// A walk goes through a list of addresses from its end, from one proxy to whom
// that names.
type walk struct {
	r        *compat.Request
	c        *config
	client   netip.Addr // so far
	remote   string     // of the list, what was not looked at
	more     bool       // there is some of it
	internal bool
	passed   []string // external proxies
	found    bool
}

// step goes on to whom the client so far names, if that may be believed.
func (w *walk) step() bool {
	if !w.trusts() {
		return false
	}
	comma := strings.LastIndexByte(w.remote, ',')
	text := strings.Trim(w.remote[comma+1:], " ")
	if text == "" {
		w.giveUp(comma, text)
		return false
	}
	next, err := netip.ParseAddr(text)
	if err != nil || next.Zone() != "" {
		w.r.Logf("remoteip", compat.LevelDebug, nil,
			"AH01568: RemoteIP: Header %s value of %s cannot be parsed as a client IP", w.c.header, text)
		w.giveUp(comma, text)
		return false
	}
	next = next.Unmap()
	if !w.internal && !public(next) {
		w.r.Logf("remoteip", compat.LevelDebug, nil,
			"AH01569: RemoteIP: Header %s value of %s appears to be a private IP or nonsensical.  Ignored", w.c.header, text)
		w.giveUp(comma, text)
		return false
	}
	if !w.internal {
		w.passed = append(w.passed, w.client.String())
	}
	w.client, w.found = next, true
	if w.more = comma >= 0; w.more {
		w.remote = w.remote[:comma]
	}
	return true
}

// giveUp leaves what could not be believed in the list.
func (w *walk) giveUp(comma int, text string) {
	if comma < 0 {
		w.remote = text
		return
	}
	w.remote = w.remote[:comma+1] + strings.TrimRight(w.remote[comma+1:], " ")
}

// trusts reports whether the client so far is a proxy to believe. An external
// one cannot name an internal one.
func (w *walk) trusts() bool {
	if w.c.known == nil {
		return true
	}
	for _, p := range w.c.known {
		if p.net.Contains(w.client) {
			if w.internal {
				w.internal = p.internal
			}
			return true
		}
	}
	return false
}

// public reports whether an address can be that of a client on the Internet.
func public(a netip.Addr) bool {
	if a.Is4() {
		b := a.As4()
		return !(b[0] == 10 || b[0] == 127 || b[0] == 169 && b[1] == 254 ||
			b[0] == 172 && b[1]&0xf0 == 16 || b[0] == 192 && b[1] == 168)
	}
	return a.As16()[0]&0xe0 == 0x20
}

// apply gives the request its client, and its proxies.
func (w *walk) apply() {
	r, c := w.r, w.c
	if w.more {
		r.In.Set(c.header, w.remote)
	} else {
		r.In.Del(c.header)
	}
	proxies := strings.Join(w.passed, ", ")
	if w.passed != nil {
		r.Notes.Set("remoteip-proxy-ip-list", proxies)
		if c.proxies != "" {
			r.In.Set(c.proxies, proxies)
		}
	}
	// Its port is not known.
	r.RemoteAddr = netip.AddrPortFrom(w.client, 0)
	if w.passed != nil {
		r.Logf("remoteip", compat.LevelTrace1, nil, "Using %s as client's IP by proxies %s", w.client, proxies)
	} else {
		r.Logf("remoteip", compat.LevelTrace1, nil, "Using %s as client's IP by internal proxies", w.client)
	}
}
