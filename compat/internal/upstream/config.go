package upstream

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// ServerSlot holds what is said for a host as a whole.
var ServerSlot = compat.NewSlot[Server]()

// DirSlot holds what may differ between sections.
var DirSlot = compat.NewSlot[Dir]()

// What ProxyVia says.
const (
	ViaOff = iota + 1
	ViaOn
	ViaFull
	ViaBlock
)

// What ProxyBadHeader says.
const (
	BadIsError = iota + 1
	BadIgnore
	BadStartBody
)

// A Server is what is said for a host as a whole.
type Server struct {
	Aliases     []*Alias
	Remotes     []Remote // ProxyRemote
	Blocks      []Block  // ProxyBlock
	Direct      []Direct // NoProxy
	Sections    []*ProxySection
	Workers     []*Worker
	Balancers   []*Balancer
	Forward     *Worker // for requests of clients that use us as their proxy
	Site        *Site
	Requests    *bool  // ProxyRequests
	Domain      string // ProxyDomain
	Via         int
	BadHeader   int
	Status      string // ProxyStatus: "off", "on", "full"
	MaxForwards *int
	Timeout     *time.Duration
	Source      netip.Addr // ProxySourceAddress
	IOBuffer    *int
	RecvBuffer  *int
	Growth      *int
	Inherit     *bool       // BalancerInherit
	PassInherit *bool       // ProxyPassInherit
	Persist     *bool       // BalancerPersist
	Conditions  []Condition // ProxyHCExpr
	Templates   []Template  // ProxyHCTemplate
}

// A ProxySection is a <Proxy> or <ProxyMatch>.
type ProxySection struct {
	Path    string
	Glob    bool
	Match   *pattern.Pattern // instead of Path
	Names   []string         // of Match's groups: variables MATCH_…
	Section *compat.Section
}

// Merge lays a host's Server on top of the main one (merge_proxy_config).
func (base Server) Merge(over Server) Server {
	m := over
	m.Aliases = slices.Concat(base.Aliases, over.Aliases)
	m.Blocks = slices.Concat(base.Blocks, over.Blocks)
	m.Direct = slices.Concat(base.Direct, over.Direct)
	m.Sections = slices.Concat(base.Sections, over.Sections)
	m.Inherit = cmp.Or(over.Inherit, base.Inherit)
	m.PassInherit = cmp.Or(over.PassInherit, base.PassInherit)
	inherits, passes := unset(m.Inherit), unset(m.PassInherit)
	if passes {
		m.Remotes = slices.Concat(base.Remotes, over.Remotes)
	}
	if inherits || passes {
		m.Workers = slices.Concat(base.Workers, over.Workers)
		m.Balancers = mergeBalancers(base.Balancers, over.Balancers)
	}
	m.Forward = cmp.Or(over.Forward, base.Forward)
	m.Site = cmp.Or(over.Site, base.Site)
	m.Requests = cmp.Or(over.Requests, base.Requests)
	m.Domain = cmp.Or(over.Domain, base.Domain)
	m.Via = cmp.Or(over.Via, base.Via)
	m.BadHeader = cmp.Or(over.BadHeader, base.BadHeader)
	m.Status = cmp.Or(over.Status, base.Status)
	m.MaxForwards = cmp.Or(over.MaxForwards, base.MaxForwards)
	m.Timeout = cmp.Or(over.Timeout, base.Timeout)
	m.Source = cmp.Or(over.Source, base.Source)
	m.IOBuffer = cmp.Or(over.IOBuffer, base.IOBuffer)
	m.RecvBuffer = cmp.Or(over.RecvBuffer, base.RecvBuffer)
	m.Growth = cmp.Or(over.Growth, base.Growth)
	return m
}

// unset reports whether a flag that is on by default was not turned off.
func unset(b *bool) bool { return b == nil || *b }

func on(b *bool) bool { return b != nil && *b }

// On reports whether ProxyRequests lets clients use us as their proxy.
func (s *Server) On() bool { return on(s.Requests) }

// An Alias is a ProxyPass or ProxyPassMatch.
type Alias struct {
	Fake, Real  string // Real is "!" where nothing is mapped
	Match       *pattern.Pattern
	NoCanon     bool
	Interpolate bool
	Encoded     bool // compared with the path as it was sent
	Servlet     bool // compared as servlet engines do
}

// A Mapping is a line of ProxyPassReverse and its like.
type Mapping struct {
	Fake, Real  string
	Interpolate bool
}

// A Dir is what may differ between sections.
type Dir struct {
	Alias         *Alias // of a <Location>
	Reverse       []Mapping
	CookiePaths   []Mapping
	CookieDomains []Mapping
	Override      *bool // ProxyErrorOverride
	OverrideCodes []int // none: all errors
	Interpolate   *bool
	PreserveHost  *bool
	AddHeaders    *bool
	Continue      *bool // Proxy100Continue
}

// Merge lays over on top of base.
func (base Dir) Merge(over Dir) Dir {
	return Dir{
		Alias:         cmp.Or(over.Alias, base.Alias),
		Reverse:       slices.Concat(base.Reverse, over.Reverse),
		CookiePaths:   slices.Concat(base.CookiePaths, over.CookiePaths),
		CookieDomains: slices.Concat(base.CookieDomains, over.CookieDomains),
		Override:      cmp.Or(over.Override, base.Override),
		OverrideCodes: slices.Concat(base.OverrideCodes, over.OverrideCodes),
		Interpolate:   cmp.Or(over.Interpolate, base.Interpolate),
		PreserveHost:  cmp.Or(over.PreserveHost, base.PreserveHost),
		AddHeaders:    cmp.Or(over.AddHeaders, base.AddHeaders),
		Continue:      cmp.Or(over.Continue, base.Continue),
	}
}

var (
	noServer Server
	noDir    Dir
)

// ServerOf is what is said for r's host.
func ServerOf(r *compat.Request) *Server {
	if s := ServerSlot.Of(r); s != nil {
		return s
	}
	return &noServer
}

// DirOf is what applies to r.
func DirOf(r *compat.Request) *Dir {
	if d := DirSlot.Of(r); d != nil {
		return d
	}
	return &noDir
}

// Overrides reports whether our own page is sent for a worker's status
// (ap_proxy_should_override).
func (d *Dir) Overrides(status int) bool {
	if !on(d.Override) {
		return false
	}
	if len(d.OverrideCodes) == 0 {
		return status >= 400 && status < 600
	}
	return slices.Contains(d.OverrideCodes, status)
}

// Interpolates reports whether variables in mappings are looked up.
func (d *Dir) Interpolates() bool { return on(d.Interpolate) }

// PreservesHost reports whether the client's Host field is passed on.
func (d *Dir) PreservesHost() bool { return on(d.PreserveHost) }
