package vhost

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"understudy/apacheconf"
	"understudy/compat"
)

// complete fills in what hosts take from the main server, and looks whether
// what they name is there.
func (b *builder) complete(roots bool) error {
	for _, h := range b.AllHosts() {
		if h.AccessFiles == nil {
			h.AccessFiles = []string{".htaccess"}
			if h.Main != nil && h.Main.AccessFiles != nil {
				h.AccessFiles = h.Main.AccessFiles
			}
		}
	}
	b.nameMain()
	for _, h := range slices.Backward(b.Hosts) { // Apache's list of hosts is from the last to the first.
		inherit(h, b.Main)
		b.nameHost(h)
	}
	b.hostsDone = true
	if roots {
		b.checkDocumentRoots()
		b.tryDocumentRoots()
	}
	return nil
}

// inherit gives a virtual host what it did not say (ap_fixup_virtual_hosts).
func inherit(h, main *compat.Host) {
	h.Admin = cmp.Or(h.Admin, main.Admin)
	h.DocumentRoot = cmp.Or(h.DocumentRoot, main.DocumentRoot)
	h.ErrorLog = cmp.Or(h.ErrorLog, main.ErrorLog)
	if h.ErrorLogFormat == nil {
		h.ErrorLogFormat = main.ErrorLogFormat
	}
	h.Timeout = cmp.Or(h.Timeout, main.Timeout)
	h.KeepAlive = cmp.Or(h.KeepAlive, main.KeepAlive)
	h.KeepAliveTimeout = cmp.Or(h.KeepAliveTimeout, main.KeepAliveTimeout)
	h.MaxKeepAlive = cmp.Or(h.MaxKeepAlive, main.MaxKeepAlive)
	h.LimitLine = cmp.Or(h.LimitLine, main.LimitLine)
	h.LimitFields = cmp.Or(h.LimitFields, main.LimitFields)
	h.LimitFieldSize = cmp.Or(h.LimitFieldSize, main.LimitFieldSize)
	h.Protocol.Unsafe = cmp.Or(h.Protocol.Unsafe, main.Protocol.Unsafe)
	h.Protocol.RegisteredMethods = cmp.Or(h.Protocol.RegisteredMethods, main.Protocol.RegisteredMethods)
	h.Protocol.Require10 = cmp.Or(h.Protocol.Require10, main.Protocol.Require10)
	h.Trace = cmp.Or(h.Trace, main.Trace)
	h.EncodedSlashes = cmp.Or(h.EncodedSlashes, main.EncodedSlashes)
	h.MergeSlashes = cmp.Or(h.MergeSlashes, main.MergeSlashes)
	h.RecursionRedirects = cmp.Or(h.RecursionRedirects, main.RecursionRedirects)
	h.RecursionSubs = cmp.Or(h.RecursionSubs, main.RecursionSubs)
	h.StrictHostCheck = cmp.Or(h.StrictHostCheck, main.StrictHostCheck)
	h.MergeTrailers = cmp.Or(h.MergeTrailers, main.MergeTrailers)
	h.ProtocolsHonorOrder = cmp.Or(h.ProtocolsHonorOrder, main.ProtocolsHonorOrder)
	if h.Protocols == nil {
		h.Protocols = main.Protocols
	}
}

// nameMain finds a name for the main server where ServerName gives none, and
// says so (ap_get_local_host).
func (b *builder) nameMain() {
	if b.Main.Name != "" {
		return
	}
	name, quiet := b.localHost()
	b.Main.Name = name
	if quiet {
		return
	}
	b.Warn(apacheconf.Diagnostic{Bare: true, Message: fmt.Sprintf("AH00558: %s: Could not reliably determine the "+
		"server's fully qualified domain name, using %s. Set the 'ServerName' directive globally to suppress this message",
		b.Program, b.Main.Name)})
}

// localHost is the name of the machine. It is found quietly where its address
// leads to a name with a domain.
func (b *builder) localHost() (name string, quiet bool) {
	host, err := os.Hostname()
	if err != nil {
		return "127.0.0.1", false
	}
	ips, err := net.LookupIP(host)
	if err != nil || len(ips) == 0 {
		b.Warn(apacheconf.Diagnostic{Bare: true, Message: fmt.Sprintf(
			"AH00557: %s: apr_sockaddr_info_get() failed for %s", b.Program, host)})
		return "127.0.0.1", false
	}
	names, _ := net.LookupAddr(ips[0].String())
	if len(names) > 0 {
		if n := strings.TrimSuffix(names[0], "."); strings.Contains(n, ".") {
			return n, true
		}
	}
	if strings.Contains(host, ".") {
		return host, false
	}
	return ips[0].String(), false
}

// nameHost names a virtual host that has no ServerName: as the main server where
// it is for any address, else after its address (ap_fini_vhost_config).
func (b *builder) nameHost(h *compat.Host) {
	switch {
	case h.Name != "":
	case slices.ContainsFunc(h.Addresses, func(a compat.HostAddress) bool { return a.Host == "*" }):
		h.Name = b.Main.Name
	case len(h.Addresses) == 0:
		h.Name = "bogus_host_without_forward_dns"
	default:
		h.Name = b.nameOf(h.Addresses[0].Host)
	}
}

// nameOf is the name that an address leads to.
func (b *builder) nameOf(address string) string {
	names, err := net.LookupAddr(address)
	if err == nil && len(names) > 0 {
		return strings.TrimSuffix(names[0], ".")
	}
	b.Warn(apacheconf.Diagnostic{Bare: true, Module: "core", Level: "error", Message: resolverText(err) + fmt.Sprintf(
		"AH00549: Failed to resolve server name for %s (check DNS) -- or specify an explicit ServerName", address)})
	return "bogus_host_without_reverse_dns"
}

const product = "Apache/" + apacheconf.Version

// banner makes the Server header (ap_set_server_banner via ServerTokens).
func (b *builder) banner() {
	b.Core.Description = strings.Join(append([]string{product + " (Understudy)"}, b.Core.Components...), " ")
	switch b.Core.Tokens {
	case "prod":
		b.Core.Banner = "Apache"
	case "major":
		b.Core.Banner = "Apache/2"
	case "minor":
		b.Core.Banner = "Apache/2.4"
	case "min":
		b.Core.Banner = product
	case "os":
		b.Core.Banner = product + " (Understudy)"
	default:
		b.Core.Banner = b.Core.Description
	}
}

// checkDocumentRoots warns of those of virtual hosts that are not there.
func (b *builder) checkDocumentRoots() {
	for _, h := range b.Hosts {
		if h.DocumentRoot == "" || h.DocumentRoot == b.Main.DocumentRoot {
			continue
		}
		if info, err := os.Stat(h.DocumentRoot); err != nil || !info.IsDir() {
			b.Warn(apacheconf.Diagnostic{Bare: true, Pos: h.Pos,
				Message: fmt.Sprintf("AH00112: Warning: DocumentRoot [%s] does not exist", h.DocumentRoot)})
		}
	}
}

// tryDocumentRoots has it looked at whether the server gets to what is below
// those that are there. A host whose root is somebody else's answers anyway.
func (b *builder) tryDocumentRoots() {
	seen := map[string]bool{}
	for _, h := range b.AllHosts() {
		root := h.DocumentRoot
		if root == "" || seen[root] || answersElsewhere(b.Build, h) {
			continue
		}
		seen[root] = true
		b.Try(b.Place(h, "DocumentRoot"), func(t *compat.Trial) error {
			if err := t.Server.Enter(root); err != nil {
				return compat.Errorf("DocumentRoot cannot be used by the server: %v", err)
			}
			return nil
		})
	}
}

// mappers are the directives that may answer "/" without DocumentRoot.
var mappers = []string{"Alias", "AliasMatch", "ScriptAlias", "ScriptAliasMatch", "WSGIScriptAlias", "WSGIScriptAliasMatch",
	"ProxyPass", "ProxyPassMatch", "Redirect", "RedirectMatch", "RedirectPermanent", "RedirectTemp", "RewriteRule", "SetHandler",
	"VirtualDocumentRoot", "VirtualDocumentRootIP"}

func answersElsewhere(b *compat.Build, h *compat.Host) bool {
	_, ok := b.Find(h, func(n *apacheconf.Node) bool {
		return slices.ContainsFunc(mappers, n.Is)
	})
	return ok
}

// checkLogs looks whether the directories of logs are there, as ap_open_logs'
// check_config does even with -t.
func (b *builder) checkLogs() error {
	var problems []string
	seen := map[*compat.LogFile]bool{}
	for _, h := range b.AllHosts() {
		l := h.ErrorLog
		if l == nil || l.Path == "" || seen[l] && h.Virtual && l == b.Main.ErrorLog {
			continue
		}
		seen[l] = true
		dir := filepath.Dir(l.Path)
		errno := noDirectory(dir)
		if errno == 0 {
			continue
		}
		where := "main error log"
		if h.Virtual {
			where = fmt.Sprintf("error log of vhost defined at %s", h.Pos)
		}
		problems = append(problems, fmt.Sprintf("(%d)%s: AH02291: Cannot access directory '%s/' for %s",
			int(errno), apacheconf.Strerror(errno), strings.TrimSuffix(dir, "/"), where))
	}
	for _, l := range b.Logs {
		if l.Path == "" || l.Error {
			continue
		}
		if errno := noDirectory(filepath.Dir(l.Path)); errno != 0 {
			problems = append(problems, fmt.Sprintf("(%d)%s: AH02297: Cannot access directory '%s/' for log file '%s' defined at %s",
				int(errno), apacheconf.Strerror(errno), strings.TrimSuffix(filepath.Dir(l.Path), "/"), l.Name, l.Pos))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	problems = append(problems, "AH00014: Configuration check failed")
	return compat.Refuse("%s", strings.Join(problems, "\n"))
}

// noDirectory is why dir cannot be used as a directory; 0 if it can.
func noDirectory(dir string) syscall.Errno {
	info, err := os.Stat(dir)
	if err == nil {
		if info.IsDir() {
			return 0
		}
		return syscall.ENOTDIR
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	if errors.Is(err, fs.ErrNotExist) {
		return syscall.ENOENT
	}
	return syscall.EIO
}
