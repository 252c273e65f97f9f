// Package proxybalancer is mod_proxy_balancer: URLs of the form balancer://name,
// whose members mod_proxy collects and package upstream elects, and the handler
// balancer-manager (manager.go), which shows and changes them.
//
// What happened to members outlasts a reload where they are defined as before:
// those in error stay so. With BalancerPersist what the manager changed does
// too (keep.go).
//
// Deviations: BalancerPersist keeps nothing over a restart of the server.
package proxybalancer

import (
	"crypto/rand"
	"fmt"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_balancer. It has no directives.
var Module = compat.Module{
	Name:  "proxy_balancer_module",
	File:  "mod_proxy_balancer.c",
	Hooks: []compat.Hook{compat.Run(compat.Handler, manage)},
	Init:  complete,
}

var _ = upstream.Register(upstream.Scheme{
	Module: "proxy_balancer_module",
	Order:  -10,
	Canon:  canon,
})

// canon checks the URL; its path is made canonical as the member's scheme has it,
// when one is elected (proxy_balancer_canon).
func canon(r *compat.Request, url string) compat.Status {
	rest, ok := upstream.CutScheme(url, "balancer")
	if !ok {
		return compat.Declined
	}
	loc := upstream.CanonNetloc(rest, 0)
	if loc.Err != "" {
		r.Logf("proxy_balancer", compat.LevelError, nil, "AH01157: error parsing URL %s: %s", rest, loc.Err)
		return 400
	}
	r.Filename = "proxy:" + upstream.BalancerPrefix + loc.Authority + "/" + loc.Path
	return compat.OK
}

// complete gives balancers the method they elect by.
func complete(b *compat.Build) error {
	b.Succeed(func(old *compat.Build) { keep(old, b) })
	if b.Loaded("slotmem_shm_module") == nil {
		return compat.Refuse("AH01177: Failed to lookup provider 'shm' for 'slotmem': is mod_slotmem_shm loaded??\n" +
			"AH00020: Configuration Failed, exiting")
	}
	for _, h := range b.AllHosts() {
		s := upstream.ServerSlot.In(h.Section.Vector)
		if s == nil {
			continue
		}
		for _, bal := range s.Balancers {
			bal.Reserve()
			if bal.Nonce == nil {
				nonce := newNonce()
				bal.Nonce = &nonce
			}
			if bal.Method != nil {
				continue
			}
			if bal.Method = upstream.MethodOf(b, "byrequests"); bal.Method == nil {
				return compat.Refuse("AH02432: Cannot find LB Method: byrequests\n" +
					"AH01183: Cannot share balancer\nAH00020: Configuration Failed, exiting")
			}
			bal.MethodName = "byrequests"
		}
	}
	return nil
}

// newNonce is a random UUID: who changes a balancer must have been shown it.
func newNonce() string {
	var u [16]byte
	rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
