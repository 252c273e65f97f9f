package vhost

import (
	"crypto/tls"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
)

// A RedirectLoop is a URL of a host that leads a client around for ever.
type RedirectLoop struct {
	Host *compat.Host
	URLs []string // the first one, and where it leads
}

// maxHops is how many redirects a client follows at most; browsers follow 20.
const maxHops = 20

// RedirectLoops asks each host for "/" and for what its Redirect directives name,
// as a client without cookies would, and follows redirects among the hosts of s.
// Those count that are decided before a file is looked for: of Redirect and its
// like, and of RewriteRule, outside of sections. Rules that ask programs or
// databases keep it from asking anything.
func (s *Snapshot) RedirectLoops() []RedirectLoop {
	p := prober{snap: s, byPort: map[int][]local{}}
	if !p.gather(s.Build.Tree.Nodes, true) || !p.any {
		return nil
	}
	hosts := s.Build.AllHosts()
	locals := make([][]local, len(hosts))
	for i, h := range hosts {
		locals[i] = p.locals(h)
		for _, l := range locals[i] {
			if have := p.byPort[int(l.address.Port())]; !slices.Contains(have, l) {
				p.byPort[int(l.address.Port())] = append(have, l)
			}
		}
	}
	var loops []RedirectLoop
	for i, h := range hosts {
		if h.Name == "" || h.Virtual && !slices.ContainsFunc(h.Section.Node.Children, p.redirects) && !p.inMain {
			continue
		}
		for _, l := range locals[i] {
			for _, path := range p.paths(h) {
				if loop := p.follow(l, h, path); loop != nil {
					loops = append(loops, RedirectLoop{h, loop})
					break // The others of this host will mostly be the same.
				}
			}
		}
	}
	return loops
}

// A prober follows redirects through the hosts of a snapshot.
type prober struct {
	snap   *Snapshot
	any    bool            // something redirects
	inMain bool            // the main server redirects, and so its hosts may
	byPort map[int][]local // addresses that were asked about, by port
}

// A local is an address that connections come in on.
type local struct {
	address netip.AddrPort
	secure  bool
}

// gather looks for directives of the main server that redirect, and reports whether
// all hosts can be asked without a program or a database.
func (p *prober) gather(nodes []*apacheconf.Node, main bool) bool {
	for _, n := range nodes {
		if n.Is("RewriteMap") {
			words := apacheconf.Words(n.Args)
			if len(words) > 1 && slices.ContainsFunc([]string{"prg:", "dbd:", "fastdbd:"}, func(kind string) bool {
				return len(words[1]) >= len(kind) && strings.EqualFold(words[1][:len(kind)], kind)
			}) {
				return false
			}
		}
		if p.redirects(n) {
			p.any, p.inMain = true, p.inMain || main
		}
		if n.Section() && !p.gather(n.Children, main && !n.Is("<VirtualHost")) {
			return false
		}
	}
	return true
}

var redirecting = []string{"Redirect", "RedirectMatch", "RedirectPermanent", "RedirectTemp", "RewriteRule"}

func (p *prober) redirects(n *apacheconf.Node) bool { return slices.ContainsFunc(redirecting, n.Is) }

// locals are the addresses of a host.
func (p *prober) locals(h *compat.Host) []local {
	var all []local
	add := func(host string, port int) {
		ip, err := netip.ParseAddr(host)
		if err != nil {
			ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
		address := netip.AddrPortFrom(ip, uint16(port))
		base := p.snap.addresses.base(address)
		if l := (local{address, base.Transport != nil}); h.Virtual || base == h {
			all = append(all, l)
		}
	}
	for _, a := range h.Addresses {
		if a.Port != 0 {
			add(a.Host, a.Port)
		}
	}
	if !h.Virtual {
		for _, l := range p.snap.Build.Listeners {
			add(l.Host, l.Port)
		}
	}
	return all
}

// paths are those to ask a host for.
func (p *prober) paths(h *compat.Host) []string {
	nodes := p.snap.Build.Tree.Nodes
	if h.Virtual {
		nodes = h.Section.Node.Children
	}
	paths := []string{"/"}
	for _, n := range nodes {
		if !n.Is("Redirect") && !n.Is("RedirectPermanent") && !n.Is("RedirectTemp") {
			continue
		}
		for _, word := range apacheconf.Words(n.Args) {
			if strings.HasPrefix(word, "/") && !slices.Contains(paths, word) {
				paths = append(paths, word)
				break
			}
		}
	}
	return paths
}

// follow asks for path and for where that leads, and returns the URLs if there is
// no end to it.
func (p *prober) follow(l local, h *compat.Host, path string) []string {
	at := &url.URL{Scheme: "http", Host: h.Name + ":" + strconv.Itoa(int(l.address.Port())), Path: path}
	if l.secure {
		at.Scheme = "https"
	}
	if compat.PortOfScheme(at.Scheme) == at.Port() {
		at.Host = h.Name
	}
	var seen []string
	for len(seen) <= maxHops {
		here := at.String()
		if slices.Contains(seen, here) {
			return append(seen, here)
		}
		seen = append(seen, here)
		location := p.snap.redirected(l, at)
		if location == "" {
			return nil
		}
		to, err := url.Parse(location)
		if err != nil {
			return nil
		}
		at = at.ResolveReference(to)
		at.Fragment = ""
		var ok bool
		if l, ok = p.own(l, at); !ok {
			return nil
		}
	}
	return seen
}

// own is the address of a host of ours that a URL certainly leads to. It stays the
// one asked before where that can be.
func (p *prober) own(now local, u *url.URL) (local, bool) {
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		port, _ = strconv.Atoi(compat.PortOfScheme(u.Scheme))
	}
	all := p.byPort[port]
	if slices.Contains(all, now) {
		all = append([]local{now}, all...)
	}
	for _, l := range all {
		if _, ok := p.snap.addresses.find(l.address, strings.ToLower(u.Hostname())); ok && l.secure == (u.Scheme == "https") {
			return l, true
		}
	}
	return local{}, false
}

// redirected is where a client is sent that asks for u by connecting to l; "" if it
// is not, as far as that is decided before a file is looked for. Who is given a
// cookie may not be sent there again.
func (s *Snapshot) redirected(l local, u *url.URL) string {
	server := &Server{}
	server.Swap(s)
	e := takeEngine(server, s)
	defer e.giveBack()
	conn := &compat.Conn{Local: l.address, Remote: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 1024)}
	r := &compat.Request{Method: "GET", Target: u.RequestURI(), Protocol: "HTTP/1.1", ProtoNum: 1001, Conn: conn,
		Start: time.Now(), RemoteAddr: conn.Remote, Engine: silent{e}, Host: s.addresses.base(l.address), Status: 200}
	if l.secure {
		conn.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
	r.Line = "GET " + r.Target + " HTTP/1.1"
	r.Scope = r.Host.Scope
	r.In.Set("Host", u.Host)
	r.In.Set("User-Agent", "Mozilla/5.0")
	r.In.Set("Accept", "*/*")
	if e.chooseHost(r) != compat.OK {
		return ""
	}
	for _, step := range r.Scope.Pipeline.In(compat.PostRead) {
		if step.Module.Name == "setenvif_module" {
			step.Run(r)
		}
	}
	if e.locate(r) != compat.OK {
		return ""
	}
	w := s.newWalk(r)
	w.locations()
	w.conditions()
	r.Scope = w.scope
	if status := e.first(r, compat.Translate); status < 300 || status > 399 || r.ErrOut.Has("Set-Cookie") || r.Out.Has("Set-Cookie") {
		return ""
	}
	if to, ok := r.Out.Lookup("Location"); ok {
		return to
	}
	return r.ErrOut.Get("Location")
}

// A silent engine logs nothing.
type silent struct{ *engine }

func (silent) Log(*compat.Request, string, compat.Level, error, string) {}
func (silent) LogHost(*compat.Host, string, compat.Level, string)       {}
