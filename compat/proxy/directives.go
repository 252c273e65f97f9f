package proxy

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"understudy/apacheconf/pattern"
	"understudy/compat"
	"understudy/compat/internal/upstream"
)

var directives = []compat.Directive{
	compat.Row("<Proxy", compat.RawArgs, compat.Server, section,
		"Container for directives affecting resources located in the proxied location"),
	compat.Row("<ProxyMatch", compat.RawArgs, compat.Server, section,
		"Container for directives affecting resources located in the proxied location, in regular expression syntax"),
	compat.Row("ProxyRequests", compat.Flag, compat.Server, flag(func(s *upstream.Server) **bool { return &s.Requests }),
		"on if the true proxy requests should be accepted"),
	compat.Row("ProxyRemote", compat.Take23, compat.Server, addRemote,
		"a scheme, partial URL or '*' and a proxy server"),
	compat.Row("ProxyRemoteMatch", compat.Take23, compat.Server, addRemote,
		"a regex pattern and a proxy server"),
	dir.Flag("ProxyPassInterpolateEnv", both, func(d *upstream.Dir) **bool { return &d.Interpolate },
		"Interpolate Env Vars in reverse Proxy"),
	compat.Row("ProxyPass", compat.RawArgs, both, pass, "a virtual path and a URL"),
	compat.Row("ProxyPassMatch", compat.RawArgs, both, pass, "a virtual path and a URL"),
	dir.Directive("ProxyPassReverse", compat.Take123, both, addReverse,
		"a virtual path and a URL for reverse proxy behaviour"),
	dir.Directive("ProxyPassReverseCookiePath", compat.Take23, both,
		addCookie(func(d *upstream.Dir) *[]upstream.Mapping { return &d.CookiePaths }),
		"Path rewrite rule for proxying cookies"),
	dir.Directive("ProxyPassReverseCookieDomain", compat.Take23, both,
		addCookie(func(d *upstream.Dir) *[]upstream.Mapping { return &d.CookieDomains }),
		"Domain rewrite rule for proxying cookies"),
	compat.Row("ProxyBlock", compat.Iterate, compat.Server, addBlock,
		"A list of names, hosts or domains to which the proxy will not connect"),
	compat.Row("ProxyReceiveBufferSize", compat.Take1, compat.Server,
		setSize(func(s *upstream.Server) **int { return &s.RecvBuffer }),
		"Receive buffer size for outgoing HTTP and FTP connections in bytes"),
	compat.Row("ProxyIOBufferSize", compat.Take1, compat.Server,
		setSize(func(s *upstream.Server) **int { return &s.IOBuffer }),
		"IO buffer size for outgoing HTTP and FTP connections in bytes"),
	compat.Row("ProxyMaxForwards", compat.Take1, compat.Server, setMaxForwards,
		"The maximum number of proxies a request may be forwarded through."),
	compat.Row("NoProxy", compat.Iterate, compat.Server, addDirect,
		"A list of domains, hosts, or subnets to which the proxy will connect directly"),
	compat.Row("ProxyDomain", compat.Take1, compat.Server, setDomain,
		"The default intranet domain name (in absence of a domain in the URL)"),
	compat.Row("ProxyVia", compat.Take1, compat.Server, setVia,
		"Configure Via: proxy header header to one of: on | off | block | full"),
	dir.Directive("ProxyErrorOverride", compat.Iterate, both, setErrorOverride,
		"use our error handling pages instead of the servers' we are proxying"),
	dir.Flag("ProxyPreserveHost", both, func(d *upstream.Dir) **bool { return &d.PreserveHost },
		"on if we should preserve host header while proxying"),
	compat.Row("ProxyTimeout", compat.Take1, compat.Server, setTimeout,
		"Set the timeout (in seconds) for a proxied connection. This overrides the server timeout"),
	compat.Row("ProxyBadHeader", compat.Take1, compat.Server, setBadHeader,
		"How to handle bad header line in response: IsError | Ignore | StartBody"),
	compat.Row("BalancerMember", compat.RawArgs, both, addMember,
		"A balancer name and scheme with list of params"),
	compat.Row("BalancerGrowth", compat.Take1, compat.Server, setGrowth,
		"Number of additional Balancers that can be added post-config").Inertly("a balancer needs no room set aside"),
	compat.Row("BalancerPersist", compat.Flag, compat.Server, flag(func(s *upstream.Server) **bool { return &s.Persist }),
		"on if the balancer should persist changes on reboot/restart made via the Balancer Manager"),
	compat.Row("BalancerInherit", compat.Flag, compat.Server, flag(func(s *upstream.Server) **bool { return &s.Inherit }),
		"on if this server should inherit Balancers and Workers defined in the main server "+
			"(Setting to off recommended if using the Balancer Manager)"),
	compat.Row("ProxyPassInherit", compat.Flag, compat.Server, flag(func(s *upstream.Server) **bool { return &s.PassInherit }),
		"on if this server should inherit all ProxyPass directives defined in the main server "+
			"(Setting to off recommended if using the Balancer Manager)"),
	compat.Row("ProxyStatus", compat.Take1, compat.Server, setStatus,
		"Configure Status: proxy status to one of: on | off | full"),
	compat.Row("ProxySet", compat.RawArgs, both, set,
		"A balancer or worker name with list of params"),
	compat.Row("ProxySourceAddress", compat.Take1, compat.Server, setSource,
		"Configure local source IP used for request forward"),
	dir.Flag("ProxyAddHeaders", both, func(d *upstream.Dir) **bool { return &d.AddHeaders },
		"on if X-Forwarded-* headers should be added or completed"),
	dir.Flag("Proxy100Continue", both, func(d *upstream.Dir) **bool { return &d.Continue },
		"on if 100-Continue should be forwarded to the origin server, off if the proxy should handle it by itself"),
}

func flag(at func(*upstream.Server) **bool) func(*compat.Cmd) error {
	return func(c *compat.Cmd) error {
		v := c.On()
		*at(of(c)) = &v
		return nil
	}
}

func setSize(at func(*upstream.Server) **int) func(*compat.Cmd) error {
	return func(c *compat.Cmd) error {
		n := compat.Atoi(c.Arg(0))
		if n < 512 && n != 0 {
			return compat.Errorf("%s must be >= 512 bytes, or 0 for system default.", c.Name)
		}
		*at(of(c)) = &n
		return nil
	}
}

// choice makes a setter for a word out of several; complaint follows the
// directive's name.
func choice[T any](c *compat.Cmd, words map[string]T, complaint string) (T, error) {
	v, ok := words[strings.ToLower(c.Arg(0))]
	if !ok {
		return v, errors.New(c.Name + complaint)
	}
	return v, nil
}

func setVia(c *compat.Cmd) (err error) {
	of(c).Via, err = choice(c, map[string]int{"off": upstream.ViaOff, "on": upstream.ViaOn,
		"block": upstream.ViaBlock, "full": upstream.ViaFull}, " must be one of: off | on | full | block")
	return err
}

func setBadHeader(c *compat.Cmd) (err error) {
	of(c).BadHeader, err = choice(c, map[string]int{"iserror": upstream.BadIsError, "ignore": upstream.BadIgnore,
		"startbody": upstream.BadStartBody}, " must be one of: IsError | Ignore | StartBody")
	return err
}

func setStatus(c *compat.Cmd) (err error) {
	of(c).Status, err = choice(c, map[string]string{"off": "off", "on": "on", "full": "full"}, " must be one of: off | on | full")
	return err
}

func setMaxForwards(c *compat.Cmd) error {
	n := compat.Atoi(c.Arg(0))
	of(c).MaxForwards = &n
	return nil
}

func setTimeout(c *compat.Cmd) error {
	n := compat.Atoi(c.Arg(0))
	if n < 1 {
		return errors.New("Proxy Timeout must be at least 1 second.")
	}
	d := time.Duration(n) * time.Second
	of(c).Timeout = &d
	return nil
}

func setGrowth(c *compat.Cmd) error {
	n := compat.Atoi(c.Arg(0))
	if n < 0 || n > 1000 {
		return errors.New("BalancerGrowth must be between 0 and 1000")
	}
	of(c).Growth = &n
	return nil
}

func setDomain(c *compat.Cmd) error {
	if !strings.HasPrefix(c.Arg(0), ".") {
		return errors.New("ProxyDomain: domain name must start with a dot.")
	}
	of(c).Domain = c.Arg(0)
	return nil
}

func setSource(c *compat.Cmd) error {
	ip, err := netip.ParseAddr(c.Arg(0))
	if err != nil {
		return errors.New("ProxySourceAddress invalid value")
	}
	of(c).Source = ip
	return nil
}

func addBlock(c *compat.Cmd) error {
	s := of(c)
	same := func(b upstream.Block) bool { return strings.EqualFold(b.Name, c.Arg(0)) }
	if !slices.ContainsFunc(s.Blocks, same) {
		s.Blocks = append(s.Blocks, upstream.NewBlock(c.Arg(0)))
	}
	return nil
}

func addDirect(c *compat.Cmd) error {
	s := of(c)
	s.Direct = append(s.Direct, upstream.NewDirect(c.Arg(0)))
	return nil
}

// addRemote is ProxyRemote and ProxyRemoteMatch (add_proxy).
func addRemote(c *compat.Cmd) error {
	bad := c.Name + ": Bad syntax for a remote proxy server"
	scheme, rest, ok := strings.Cut(c.Arg(1), "://")
	if !ok || rest == "" || strings.Contains(scheme, ":") {
		return errors.New(bad)
	}
	p := upstream.Remote{Scheme: scheme, Host: strings.ToLower(rest), Port: upstream.DefaultPort(scheme)}
	if host, port, hasPort := strings.Cut(rest, ":"); hasPort {
		n := compat.Atoi(port)
		if port == "" || port[0] < '0' || port[0] > '9' || n > 65535 {
			return errors.New(bad + " (bad port number)")
		}
		p.Host, p.Port = strings.ToLower(host), n
	}
	p.Host = strings.TrimSuffix(p.Host, "/")
	if p.For = c.Arg(0); !strings.Contains(p.For, ":") {
		p.For = strings.ToLower(p.For)
	}
	if c.Name == "ProxyRemoteMatch" {
		var err error
		if p.Match, err = pattern.Compile(c.Arg(0), pattern.DotAll); err != nil {
			return errors.New("Regular expression for ProxyRemoteMatch could not be compiled.")
		}
	}
	if c.Arg(2) != "" {
		p.Credentials = "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Arg(2)))
	}
	s := of(c)
	s.Remotes = append(s.Remotes, p)
	return nil
}

func setErrorOverride(c *compat.Cmd, d *upstream.Dir) error {
	word := c.Arg(0)
	on := strings.EqualFold(word, "on")
	switch {
	case on || strings.EqualFold(word, "off"):
		d.Override = &on
		return nil
	case d.Override == nil:
		return errors.New("ProxyErrorOverride first parameter must be one of: off | on")
	case word == "" || word[0] < '0' || word[0] > '9':
		return errors.New("ProxyErrorOverride: status codes to intercept must be numeric")
	case !*d.Override:
		return errors.New("ProxyErrorOverride: status codes must follow a value of 'on'")
	}
	n := compat.Atoi(word)
	if n < 400 || n >= 600 {
		return errors.New("ProxyErrorOverride: status codes to intercept must be valid HTTP Status Codes >=400 && <600")
	}
	d.OverrideCodes = append(d.OverrideCodes, n)
	return nil
}

const notInFiles = compat.NotInDirectory | compat.NotInFiles

// addReverse is ProxyPassReverse (add_pass_reverse).
func addReverse(c *compat.Cmd, d *upstream.Dir) error {
	if err := c.Forbid(notInFiles); err != nil {
		return err
	}
	isOption := strings.EqualFold(c.Arg(1), "interpolate")
	m := upstream.Mapping{Fake: c.Arg(0), Real: c.Arg(1), Interpolate: c.Arg(2) != ""}
	if c.Dir == "" {
		if c.Arg(1) == "" || isOption {
			return errors.New("ProxyPassReverse needs a path when not defined in a location")
		}
	} else {
		if c.Arg(1) != "" && !isOption {
			return errors.New("ProxyPassReverse can not have a path when defined in a location")
		}
		m = upstream.Mapping{Fake: c.Dir, Real: c.Arg(0), Interpolate: isOption}
	}
	d.Reverse = append(d.Reverse, m)
	return nil
}

func addCookie(at func(*upstream.Dir) *[]upstream.Mapping) func(*compat.Cmd, *upstream.Dir) error {
	return func(c *compat.Cmd, d *upstream.Dir) error {
		list := at(d)
		*list = append(*list, upstream.Mapping{Fake: c.Arg(0), Real: c.Arg(1), Interpolate: c.Arg(2) != ""})
		return nil
	}
}
