// Package authzhost is mod_authz_host: Require ip, host, forward-dns and local.
package authzhost

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

// Module has no directives: it provides words for Require.
var Module = compat.Module{Name: module, File: "mod_authz_host.c", Silent: true, Alone: true}

const module = "authz_host_module"

func init() {
	auth.Register(
		auth.Provider{Name: "ip", Module: module, Parse: parseIP},
		auth.Provider{Name: "host", Module: module, Parse: parseHost},
		auth.Provider{Name: "forward-dns", Module: module, Parse: parseForward},
		auth.Provider{Name: "local", Module: module, Parse: parseLocal},
	)
}

func granted(yes bool) auth.Result {
	if yes {
		return auth.Granted
	}
	return auth.Denied
}

func parseIP(_ *compat.Cmd, args string) (auth.Check, error) {
	words := auth.Words(args)
	if len(words) == 0 {
		return nil, compat.Errorf("'require ip' requires an argument")
	}
	nets := make([]auth.Subnet, len(words))
	for i, w := range words {
		var err error
		switch nets[i], err = auth.ParseSubnet(w); {
		case errors.Is(err, auth.ErrNoSubnet):
			return nil, compat.Errorf("ip address '%s' appears to be invalid", w)
		case err != nil:
			return nil, compat.Errorf("ip address '%s' appears to be invalid: %v", w, err)
		}
	}
	return func(r *compat.Request) auth.Result {
		ip := r.RemoteAddr.Addr()
		return granted(slices.ContainsFunc(nets, func(n auth.Subnet) bool { return n.Contains(ip) }))
	}, nil
}

func parseHost(c *compat.Cmd, args string) (auth.Check, error) {
	text, err := c.ExprText(args)
	if err != nil {
		return nil, compat.Errorf("Cannot parse expression in require line: %v", err)
	}
	return func(r *compat.Request) auth.Result {
		name := compat.ResolveClient(r, true)
		if name == "" {
			r.Logf("authz_host", compat.LevelError, nil, "AH01753: access check of '%s' to %s failed, reason: "+
				"unable to get the remote host name", args, r.Path)
			return auth.Denied
		}
		for _, domain := range auth.Words(uncommented(r, text.Eval(compat.ExprContext(r)))) {
			if compat.InDomain(domain, name) {
				return auth.Granted
			}
		}
		return auth.Denied
	}, nil
}

// uncommented is what is before a "#": names behind it are not meant to be let
// in.
func uncommented(r *compat.Request, line string) string {
	names, _, commented := strings.Cut(line, "#")
	switch {
	case commented && names == "":
		r.Logf("authz_host", compat.LevelError, nil, "AH10120: authz_host authorize: dubious empty "+
			"'Require host %s' with only comment", line)
	case commented:
		r.Logf("authz_host", compat.LevelWarn, nil, "AH10121: authz_host authorize: ignoring comment in "+
			"'Require host %s'", line)
	}
	return names
}

// lookupTimeout bounds how long a request waits for the addresses of a name.
const lookupTimeout = 5 * time.Second

func parseForward(c *compat.Cmd, args string) (auth.Check, error) {
	text, err := c.ExprText(args)
	if err != nil {
		return nil, compat.Errorf("Cannot parse expression in require line: %v", err)
	}
	return func(r *compat.Request) auth.Result {
		line, _, _ := strings.Cut(text.Eval(compat.ExprContext(r)), "#")
		for _, host := range auth.Words(line) {
			if hasClient(r, host) {
				return auth.Granted
			}
		}
		return auth.Denied
	}, nil
}

// hasClient reports whether a name has the address of r's client.
func hasClient(r *compat.Request, host string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		r.Logf("authz_host", compat.LevelWarn, nil, "AH03356: No sockaddr info for \"%s\"", host)
	}
	client := r.RemoteAddr.Addr().Unmap()
	return slices.ContainsFunc(ips, func(ip netip.Addr) bool { return ip.Unmap() == client })
}

// parseLocal takes no words and, as in Apache, minds none.
func parseLocal(*compat.Cmd, string) (auth.Check, error) {
	return func(r *compat.Request) auth.Result {
		ip := r.RemoteAddr.Addr().Unmap()
		return granted(ip.IsLoopback() || ip == r.Conn.Local.Addr().Unmap())
	}, nil
}
