// Package authzhost is mod_authz_host: Require ip, host, forward-dns and local.
package authzhost

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"time"

	"understudy/apacheconf"
	"understudy/apacheconf/expr"
	"understudy/compat"
	"understudy/compat/internal/auth"
)

// Module has no directives: it provides words for Require.
var Module = compat.Module{Name: module, File: "mod_authz_host.c", Silent: true}

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
	words := apacheconf.Words(args)
	if len(words) == 0 {
		return nil, compat.Errorf("'require ip' requires an argument")
	}
	var nets []netip.Prefix
	for _, w := range words {
		p, err := expr.ParseSubnet(w)
		if err != nil {
			return nil, compat.Errorf("ip address '%s' appears to be invalid", w)
		}
		nets = append(nets, p)
	}
	return func(r *compat.Request) auth.Result {
		ip := r.RemoteAddr.Addr().Unmap().WithZone("")
		for _, n := range nets {
			if n.Contains(ip) {
				return auth.Granted
			}
		}
		return auth.Denied
	}, nil
}

func parseHost(_ *compat.Cmd, args string) (auth.Check, error) {
	text, err := expr.ParseString(args)
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
		line, _, _ := strings.Cut(text.Eval(compat.ExprContext(r)), "#")
		for _, domain := range apacheconf.Words(line) {
			if compat.InDomain(domain, name) {
				return auth.Granted
			}
		}
		return auth.Denied
	}, nil
}

// lookupTimeout bounds how long a request waits for the addresses of a name.
const lookupTimeout = 5 * time.Second

func parseForward(_ *compat.Cmd, args string) (auth.Check, error) {
	text, err := expr.ParseString(args)
	if err != nil {
		return nil, compat.Errorf("Cannot parse expression in require line: %v", err)
	}
	return func(r *compat.Request) auth.Result {
		ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
		defer cancel()
		client := r.RemoteAddr.Addr().Unmap()
		line, _, _ := strings.Cut(text.Eval(compat.ExprContext(r)), "#")
		for _, host := range apacheconf.Words(line) {
			ips, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
			for _, ip := range ips {
				if ip.Unmap() == client {
					return auth.Granted
				}
			}
		}
		return auth.Denied
	}, nil
}

func parseLocal(_ *compat.Cmd, args string) (auth.Check, error) {
	if strings.TrimSpace(args) != "" {
		return nil, compat.Errorf("'require local' does not take arguments")
	}
	return func(r *compat.Request) auth.Result {
		ip := r.RemoteAddr.Addr().Unmap()
		return granted(ip.IsLoopback() || ip == r.Conn.Local.Addr().Unmap())
	}, nil
}
