package vhost

import (
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// Alone reports whether what hosts, <VirtualHost> sections, say concerns nobody but
// themselves: all their directives are of modules that say so of themselves.
func (s *Snapshot) Alone(hosts []*apacheconf.Node) bool {
	for _, n := range hosts {
		for _, r := range s.builder.rows[strings.ToLower(n.Name)] {
			if !r.module.Alone || slices.Contains(r.module.Beyond, r.Name) {
				return false
			}
		}
		if !s.Alone(n.Children) {
			return false
		}
	}
	return true
}

// Graft is s with the hosts of part instead of those numbered at, counted from 0.
// part was built of the same configuration without the other hosts, and all its
// hosts are [Snapshot.Alone]. The others stay as they are: they belong to the build
// they were made in, whose main server says the same.
func (s *Snapshot) Graft(part *Snapshot, at []int) *Snapshot {
	b := part.Build
	hosts := slices.Clone(s.Build.Hosts)
	for i, h := range b.Hosts {
		h.Index = at[i] + 1
		hosts[at[i]] = h
	}
	b.Hosts = hosts
	have := map[string]bool{}
	for _, l := range b.Logs {
		have[l.Key] = true
	}
	for _, l := range s.Build.Logs {
		if !have[l.Key] {
			b.Logs = append(b.Logs, l)
		}
	}
	part.addresses = indexAddresses(b)
	return part
}

// Transported are the addresses of hosts that speak something below HTTP, as TLS;
// the main server has the empty one.
func (s *Snapshot) Transported() map[compat.HostAddress]bool {
	found := map[compat.HostAddress]bool{}
	for _, h := range s.Build.AllHosts() {
		if h.Transport == nil {
			continue
		}
		if !h.Virtual {
			found[compat.HostAddress{}] = true
		}
		for _, a := range h.Addresses {
			found[compat.HostAddress{Host: a.Host, Port: a.Port}] = true
		}
	}
	return found
}
