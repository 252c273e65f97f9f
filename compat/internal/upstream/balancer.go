package upstream

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"understudy/compat"
)

// A Balancer elects one of its members for each request.
type Balancer struct {
	Name    string // "balancer://name", in lower case
	Path    string // of the ProxyPass that leads here
	Members []*Worker
	BalancerParams
	slots int         // for members; less than there are: no more
	lock  *sync.Mutex // guards elections; shared by what was merged from one balancer
}

// BalancerParams are what is said of a balancer with "key=value".
type BalancerParams struct {
	Sticky, StickyPath string  // names of the cookie and of the path parameter
	Separator          *string // between session and route; "": none
	NoFailover         *bool
	Timeout            time.Duration
	MaxAttempts        *int
	Method             *Method // nil: byrequests
	MethodName         string
	Semicolon          *bool // scolonpathdelim
	FailOnStatus       []int
	FailOnTimeout      *bool
	Nonce              *string
	Growth             int
	ForceRecovery      *bool
}

// BalancerPrefix is what the names of balancers begin with.
const BalancerPrefix = "balancer://"

// IsBalancer reports whether a URL is that of a balancer.
func IsBalancer(url string) bool { _, ok := CutScheme(url, "balancer"); return ok }

const maxBalancerName = 96

// NewBalancer makes the balancer for a URL (ap_proxy_define_balancer). The
// error is Apache's text.
func NewBalancer(url string) (*Balancer, error) {
	i := strings.IndexByte(url, ':')
	if i < 0 || !strings.HasPrefix(url[i:], "://") || len(url) == i+3 {
		return nil, fmt.Errorf("Bad syntax for a balancer name (%s)", url)
	}
	name := balancerName(url)
	if len(name) >= maxBalancerName {
		return nil, fmt.Errorf("balancer name (%s) too long", name)
	}
	return &Balancer{Name: name, lock: new(sync.Mutex)}, nil
}

// balancerName is a URL without its path, in lower case.
func balancerName(url string) string {
	i := strings.Index(url, "://")
	if i < 0 {
		return ""
	}
	if j := strings.IndexByte(url[i+3:], '/'); j >= 0 {
		url = url[:i+3+j]
	}
	return strings.ToLower(url)
}

// FindBalancer is the balancer of a URL, or nil.
func FindBalancer(balancers []*Balancer, url string) *Balancer {
	name := balancerName(url)
	if name == "" || strings.HasSuffix(name, "://") {
		return nil
	}
	for _, b := range balancers {
		if b.Name == name {
			return b
		}
	}
	return nil
}

// mergeBalancers lays those of a host on top of the main server's. One that
// both have keeps the members it has there.
func mergeBalancers(base, over []*Balancer) []*Balancer {
	var all []*Balancer
	merged := map[string]*Balancer{}
	for _, b := range base {
		if o := FindBalancer(over, b.Name); o != nil {
			merged[b.Name] = b.merge(o)
			continue
		}
		all = append(all, b)
	}
	for _, o := range over {
		if m := merged[o.Name]; m != nil {
			o = m
		}
		all = append(all, o)
	}
	return all
}

func (b *Balancer) merge(over *Balancer) *Balancer {
	m := *b
	o := over.BalancerParams
	if o.Sticky != "" {
		m.Sticky, m.StickyPath = o.Sticky, o.StickyPath
	}
	if o.Separator != nil {
		m.Separator = o.Separator
	}
	if o.Timeout != 0 {
		m.Timeout = o.Timeout
	}
	if o.MaxAttempts != nil {
		m.MaxAttempts = o.MaxAttempts
	}
	if o.Nonce != nil {
		m.Nonce = o.Nonce
	}
	if o.NoFailover != nil {
		m.NoFailover = o.NoFailover
	}
	if o.Semicolon != nil {
		m.Semicolon = o.Semicolon
	}
	if o.ForceRecovery != nil {
		m.ForceRecovery = o.ForceRecovery
	}
	if o.Method != nil {
		m.Method, m.MethodName = o.Method, o.MethodName
	}
	if o.Growth != 0 {
		m.Growth = o.Growth
	}
	if o.FailOnTimeout != nil {
		m.FailOnTimeout = o.FailOnTimeout
	}
	m.FailOnStatus = append(append([]int(nil), o.FailOnStatus...), m.FailOnStatus...)
	return &m
}

// Attempts is how often another member may be tried.
func (b *Balancer) Attempts() int {
	if b.MaxAttempts != nil {
		return *b.MaxAttempts
	}
	return max(len(b.Members)-1, 0)
}

// Set obeys one "key=value" (set_balancer_param).
func (p *BalancerParams) Set(build *compat.Build, key, value string) error {
	switch strings.ToLower(key) {
	case "stickysession":
		p.Sticky, p.StickyPath = value, value
		if cookie, path, both := strings.Cut(value, "|"); both {
			p.Sticky, p.StickyPath = cookie, path
		}
	case "stickysessionsep":
		if strings.EqualFold(value, "off") {
			value = ""
		} else if len(value) != 1 {
			return errors.New("stickysessionsep must be a single character or Off")
		}
		p.Separator = &value
	case "nofailover":
		return onOff(&p.NoFailover, value, "failover must be On|Off")
	case "scolonpathdelim":
		return onOff(&p.Semicolon, value, "scolonpathdelim must be On|Off")
	case "failontimeout":
		return onOff(&p.FailOnTimeout, value, "failontimeout must be On|Off")
	case "forcerecovery":
		return onOff(&p.ForceRecovery, value, "forcerecovery must be On|Off")
	case "timeout":
		n := compat.Atoi(value)
		if n < 1 {
			return errors.New("timeout must be at least one second")
		}
		p.Timeout = time.Duration(n) * time.Second
	case "maxattempts":
		n := compat.Atoi(value)
		if n < 0 {
			return errors.New("maximum number of attempts must be a positive number")
		}
		p.MaxAttempts = &n
	case "lbmethod":
		m := MethodOf(build, value)
		if m == nil {
			return errors.New("unknown lbmethod")
		}
		p.Method, p.MethodName = m, value
	case "failonstatus":
		return p.setFailOnStatus(value)
	case "nonce":
		if strings.EqualFold(value, "None") {
			value = ""
		} else if len(value) > 36 {
			return errors.New("Provided nonce is too large")
		}
		p.Nonce = &value
	case "growth":
		n := compat.Atoi(value)
		if n < 1 || n > 100 {
			return errors.New("growth must be between 1 and 100")
		}
		p.Growth = n
	default:
		return errors.New("unknown Balancer parameter")
	}
	return nil
}

func (p *BalancerParams) setFailOnStatus(value string) error {
	p.FailOnStatus = nil
	for word := range strings.FieldsFuncSeq(value, func(c rune) bool { return c == ',' || c == ' ' }) {
		n := compat.Atoi(word)
		if n < 100 || n >= 600 {
			return errors.New("failonstatus must be one or more HTTP response codes")
		}
		p.FailOnStatus = append(p.FailOnStatus, n)
	}
	return nil
}

func onOff(at **bool, value, complaint string) error {
	on := strings.EqualFold(value, "on")
	if !on && !strings.EqualFold(value, "off") {
		return errors.New(complaint)
	}
	*at = &on
	return nil
}
