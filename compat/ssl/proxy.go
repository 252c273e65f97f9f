package ssl

import (
	"cmp"

	"understudy/compat"
)

// A proxy is what SSLProxy directives say: how to be a client of other servers.
type proxy struct {
	engine *bool
	verification
	protocol                        protocols
	ciphers                         string
	certs                           source // ours, with their keys
	chain                           string
	checkExpire, checkCN, checkName *bool
}

// Merge lays over on top of p.
func (p proxy) Merge(over proxy) proxy {
	return proxy{engine: cmp.Or(over.engine, p.engine), verification: p.verification.merge(over.verification),
		protocol: cmp.Or(over.protocol, p.protocol), ciphers: cmp.Or(over.ciphers, p.ciphers), certs: p.certs.merge(over.certs),
		chain: cmp.Or(over.chain, p.chain), checkExpire: cmp.Or(over.checkExpire, p.checkExpire),
		checkCN: cmp.Or(over.checkCN, p.checkCN), checkName: cmp.Or(over.checkName, p.checkName)}
}

func proxyFlag(at func(*proxy) **bool) func(*compat.Cmd, *proxy) error {
	return func(c *compat.Cmd, p *proxy) error {
		on := c.On()
		*at(p) = &on
		return nil
	}
}

func proxyFile(at func(*proxy) *string) func(*compat.Cmd, *proxy) error {
	return func(c *compat.Cmd, p *proxy) (err error) {
		*at(p), err = checkFile(c, c.Arg(0))
		return err
	}
}

func proxyDir(at func(*proxy) *string) func(*compat.Cmd, *proxy) error {
	return func(c *compat.Cmd, p *proxy) (err error) {
		*at(p), err = checkDir(c)
		return err
	}
}

func proxyProtocol(c *compat.Cmd, p *proxy) (err error) {
	p.protocol, err = parseProtocols(c)
	return err
}

func proxyCiphers(c *compat.Cmd, p *proxy) error {
	switch {
	case len(c.Words) < 2:
		p.ciphers = c.Arg(0) + neverCiphers
	case c.Arg(0) == "SSL":
		p.ciphers = c.Arg(1) + neverCiphers
	case c.Arg(0) != "TLSv1.3":
		return compat.Errorf("protocol '%s' not supported", c.Arg(0))
	}
	return nil
}

func proxyVerify(c *compat.Cmd, p *proxy) (err error) {
	p.mode, err = parseMode(c)
	return err
}

func proxyDepth(c *compat.Cmd, p *proxy) (err error) {
	p.depth, err = parseDepth(c)
	return err
}

func proxyRevocation(c *compat.Cmd, p *proxy) (err error) {
	p.crlCheck, err = parseCRLCheck(c)
	return err
}
