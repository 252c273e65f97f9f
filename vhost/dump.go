package vhost

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"understudy/compat"
)

// DumpModules is -M.
func DumpModules(w io.Writer, s *Snapshot) {
	fmt.Fprintln(w, "Loaded Modules:")
	for _, m := range s.Build.Tree.Modules {
		how := "shared"
		if m.Static {
			how = "static"
		}
		fmt.Fprintf(w, " %s (%s)\n", m.Identifier, how)
	}
}

// DumpIncludes is -D DUMP_INCLUDES.
func DumpIncludes(w io.Writer, s *Snapshot) {
	fmt.Fprintln(w, "Included configuration files:")
	for _, in := range s.Build.Tree.Includes {
		indent := strings.Repeat("  ", in.Depth+1)
		if in.From == nil {
			fmt.Fprintf(w, "%s(*) %s\n", indent, in.File)
			continue
		}
		fmt.Fprintf(w, "%s(%d) %s\n", indent, in.From.Line, in.File)
	}
}

// DumpHosts is -D DUMP_VHOSTS (ap_vhost_iterate_given_conn's dump_vhost_config).
func DumpHosts(w io.Writer, s *Snapshot) {
	fmt.Fprintln(w, "VirtualHost configuration:")
	type group struct {
		address string
		hosts   []*compat.Host
	}
	var concrete, star []*group
	for _, h := range s.Build.Hosts {
		for _, a := range h.Addresses {
			to := &concrete
			if a.Host == "*" {
				to = &star
			}
			name := dumpAddress(a)
			i := slices.IndexFunc(*to, func(g *group) bool { return g.address == name })
			if i < 0 {
				i = len(*to)
				*to = append(*to, &group{address: name})
			}
			(*to)[i].hosts = append((*to)[i].hosts, h)
		}
	}
	slices.SortStableFunc(concrete, func(a, b *group) int { return bucket(a.address) - bucket(b.address) })
	for _, g := range append(concrete, star...) {
		if len(g.hosts) == 1 {
			fmt.Fprintf(w, "%-22s %s (%s)\n", g.address, g.hosts[0].Name, g.hosts[0].Pos)
			continue
		}
		fmt.Fprintf(w, "%-22s is a NameVirtualHost\n", g.address)
		fmt.Fprintf(w, "%8s default server %s (%s)\n", "", g.hosts[0].Name, g.hosts[0].Pos)
		for _, h := range g.hosts {
			fmt.Fprintf(w, "%8s port %s ", "", dumpPort(g.address))
			fmt.Fprintf(w, "namevhost %s (%s)\n", h.Name, h.Pos)
			dumpAliases(w, h)
		}
	}
}

// bucket is the place of an address in Apache's hash table of addresses, whose
// order -S has (hash_inaddr).
func bucket(address string) int {
	ip, err := netip.ParseAddrPort(address)
	if err != nil {
		return 0
	}
	b := ip.Addr().AsSlice()
	key := binary.LittleEndian.Uint32(b[len(b)-4:])
	key ^= key >> 16
	return int((key>>8 ^ key) % 256)
}

func dumpAddress(a compat.HostAddress) string {
	host := a.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if a.Port == 0 {
		return host + ":*"
	}
	return host + ":" + strconv.Itoa(a.Port)
}

func dumpPort(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

func dumpAliases(w io.Writer, h *compat.Host) {
	for _, wild := range []bool{false, true} {
		for _, a := range h.Aliases {
			if strings.ContainsAny(a, "*?") != wild {
				continue
			}
			kind := "alias"
			if wild {
				kind = "wild alias"
			}
			fmt.Fprintf(w, "%16s %s %s\n", "", kind, a)
		}
	}
}

// DumpSettings is -D DUMP_RUN_CFG.
func DumpSettings(w io.Writer, s *Snapshot) {
	b := s.Build
	fmt.Fprintf(w, "ServerRoot: %q\n", b.Tree.Root)
	root := b.Main.DocumentRoot
	if root == "" {
		root = compat.DefaultDocumentRoot
	}
	fmt.Fprintf(w, "Main DocumentRoot: %q\n", root)
	if l := b.Main.ErrorLog; l != nil {
		name := l.Path
		if name == "" {
			name = l.Name
		}
		fmt.Fprintf(w, "Main ErrorLog: %q\n", name)
	}
	for _, m := range mutexes(b) {
		fmt.Fprintf(w, "Mutex %s: using_defaults\n", m)
	}
	fmt.Fprintf(w, "Mutex default: dir=\"%s/\" mechanism=default \n", strings.TrimSuffix(runtimeDir(b), "/"))
	fmt.Fprintf(w, "PidFile: %q\n", b.Core.PidFile)
	for _, d := range b.Tree.Defines {
		if d.HasValue {
			fmt.Fprintf(w, "Define: %s=%s\n", d.Name, d.Value)
			continue
		}
		fmt.Fprintf(w, "Define: %s\n", d.Name)
	}
	dumpIdentity(w, b)
}

func runtimeDir(b *compat.Build) string { return strings.TrimSuffix(b.RuntimePath("."), "/.") }

// mutexes are those Apache's modules register.
func mutexes(b *compat.Build) []string {
	var names []string
	for _, m := range []struct{ module, mutex string }{
		{"watchdog_module", "watchdog-callback"}, {"ssl_module", "ssl-cache"}, {"ssl_module", "ssl-stapling"},
		{"ssl_module", "ssl-stapling-refresh"}, {"rewrite_module", "rewrite-map"}, {"proxy_module", "proxy"},
		{"auth_digest_module", "authdigest-client"}, {"auth_digest_module", "authdigest-opaque"},
		{"ldap_module", "ldap-cache"}, {"authn_socache_module", "authn-socache"}, {"proxy_balancer_module", "proxy-balancer-shm"},
	} {
		if b.Loaded(m.module) != nil {
			names = append(names, m.mutex)
		}
	}
	return names
}

func dumpIdentity(w io.Writer, b *compat.Build) {
	uid, gid := b.Core.User, b.Core.Group
	fmt.Fprintf(w, "User: name=%q id=%s\n", orUnset(uid), userID(uid))
	fmt.Fprintf(w, "Group: name=%q id=%s\n", orUnset(gid), groupID(gid))
}

func orUnset(name string) string {
	if name == "" {
		return "#-1"
	}
	return name
}

func userID(name string) string {
	if n, ok := strings.CutPrefix(name, "#"); ok {
		return n
	}
	if u, err := user.Lookup(name); err == nil {
		return u.Uid
	}
	return "4294967295"
}

func groupID(name string) string {
	if n, ok := strings.CutPrefix(name, "#"); ok {
		return n
	}
	if g, err := user.LookupGroup(name); err == nil {
		return g.Gid
	}
	return "4294967295"
}

// DumpDirectives is -L: the modules are in the order in which they were loaded.
func DumpDirectives(w io.Writer, s *Snapshot) {
	for _, loaded := range s.Build.Tree.Modules {
		m := s.Build.Loaded(loaded.Identifier)
		if m == nil {
			continue
		}
		for i := range m.Directives {
			d := &m.Directives[i]
			fmt.Fprintf(w, "%s (%s)\n\t%s\n\tAllowed in *.conf %s\n", d.Name, m.File, d.Help, d.Where.Describe(m.ServerOnly))
			if o := d.Where.Overrides(); o != "" {
				fmt.Fprintf(w, "\twhen AllowOverride %s\n", o)
			}
		}
	}
}
