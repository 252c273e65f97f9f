package proxybalancer

import (
	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// keep gives the balancers of a new configuration what is known of those of the
// old one that have the same name on the same host.
func keep(old, fresh *compat.Build) {
	before := map[string]*upstream.Balancer{}
	each(old, func(key string, _ *upstream.Server, b *upstream.Balancer) { before[key] = b })
	each(fresh, func(key string, s *upstream.Server, b *upstream.Balancer) {
		if was := before[key]; was != nil && was != b {
			b.Keep(was, s.Persist != nil && *s.Persist)
		}
	})
}

func each(b *compat.Build, visit func(string, *upstream.Server, *upstream.Balancer)) {
	for _, h := range b.AllHosts() {
		s := upstream.ServerSlot.In(h.Section.Vector)
		if s == nil {
			continue
		}
		for _, bal := range s.Balancers {
			address := ""
			if len(h.Addresses) > 0 {
				address = h.Addresses[0].Text
			}
			visit(h.Name+" "+address+" "+bal.Name, s, bal)
		}
	}
}
