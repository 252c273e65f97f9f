package vhost

import (
	"cmp"
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

// Read reports whether the main file was read.
func (s *Snapshot) Read() bool { return len(s.Build.Tree.Includes) > 0 }

// HostsComplete reports whether the build got as far as to know its hosts.
func (s *Snapshot) HostsComplete() bool { return s.builder != nil && s.builder.hostsDone }

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
		fmt.Fprintf(w, "%s(%d) %s\n", indent, in.Line, in.File)
	}
}

// A chain of -S: the hosts of an address, as Apache links them.
type dumpChain struct {
	address string
	hosts   []*compat.Host
}

// DumpHosts is -D DUMP_VHOSTS (dump_vhost_config).
func DumpHosts(w io.Writer, s *Snapshot) {
	fmt.Fprintln(w, "VirtualHost configuration:")
	for _, c := range dumpChains(s.Build.Hosts) {
		if len(c.hosts) == 1 {
			fmt.Fprintf(w, "%-22s %s (%s)\n", c.address, c.hosts[0].Name, c.hosts[0].Pos)
			continue
		}
		fmt.Fprintf(w, "%-22s is a NameVirtualHost\n", c.address)
		fmt.Fprintf(w, "%8s default server %s (%s)\n", "", c.hosts[0].Name, c.hosts[0].Pos)
		for _, h := range c.hosts {
			fmt.Fprintf(w, "%8s port %s ", "", dumpPort(c.address))
			fmt.Fprintf(w, "namevhost %s (%s)\n", h.Name, h.Pos)
			dumpAliases(w, h)
		}
	}
}

// dumpChains are the addresses in the order of ap_fini_vhost_config: hosts are
// taken from the last to the first, and each goes to the head of a list. Those of
// addresses are by hash; those of "*" come last.
func dumpChains(hosts []*compat.Host) []*dumpChain {
	var table [257][]*dumpChain
	for _, h := range slices.Backward(hosts) {
		for i, a := range h.Addresses {
			name, list := dumpAddress(a), &table[len(table)-1]
			if a.Host != "*" {
				list = &table[bucket(a.Host)]
			} else if i > 0 && h.Addresses[i-1].Host == "*" && h.Addresses[i-1].Port == a.Port {
				continue
			}
			at := slices.IndexFunc(*list, func(c *dumpChain) bool { return c.address == name })
			if at < 0 {
				at = 0
				*list = slices.Insert(*list, 0, &dumpChain{address: name})
			}
			c := (*list)[at]
			c.hosts = slices.Insert(c.hosts, 0, h)
		}
	}
	return slices.Concat(table[:]...)
}

// bucket is the place of an address in Apache's hash table (hash_inaddr).
func bucket(host string) int {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return 0
	}
	b := ip.AsSlice()
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
	fmt.Fprintf(w, "ServerRoot: %q\n", cmp.Or(b.Tree.RootText, b.Tree.Root))
	root := cmp.Or(b.Main.DocumentRoot, compat.DefaultDocumentRoot)
	if strings.HasSuffix(b.Core.DocumentRootText, "/") {
		root = strings.TrimSuffix(root, "/") + "/"
	}
	fmt.Fprintf(w, "Main DocumentRoot: %q\n", root)
	if l := b.Main.ErrorLog; l != nil {
		fmt.Fprintf(w, "Main ErrorLog: %q\n", cmp.Or(l.Path, l.Name))
	}
	dumpMutexes(w, b)
	fmt.Fprintf(w, "PidFile: %q\n", cmp.Or(b.Core.PidFile, defaultPidFile))
	for _, d := range b.Tree.Defines {
		if d.HasValue {
			fmt.Fprintf(w, "Define: %s=%s\n", d.Name, d.Value)
			continue
		}
		fmt.Fprintf(w, "Define: %s\n", d.Name)
	}
	dumpIdentity(w, b)
}

// What Debian compiles in.
const (
	defaultPidFile    = "/run/apache2.pid"
	defaultRuntimeDir = "/var/run/apache2"
)

// dumpMutexes is ap_dump_mutexes.
func dumpMutexes(w io.Writer, b *compat.Build) {
	for _, name := range b.MutexTypes() {
		if m, ok := b.Core.Mutexes[name]; ok {
			dumpMutex(w, name, m)
			continue
		}
		fmt.Fprintf(w, "Mutex %s: using_defaults\n", name)
	}
	m := b.Core.Mutexes["default"]
	m.Mechanism = cmp.Or(m.Mechanism, "default")
	m.Dir = cmp.Or(m.Dir, cmp.Or(b.Tree.RuntimeDir, defaultRuntimeDir)+"/")
	dumpMutex(w, "default", m)
}

func dumpMutex(w io.Writer, name string, m compat.Mutex) {
	omit := ""
	if m.OmitPID {
		omit = "[OmitPid]"
	}
	fmt.Fprintf(w, "Mutex %s: dir=\"%s\" mechanism=%s %s\n", name, m.Dir, m.Mechanism, omit)
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
