// Package proxyftp is mod_proxy_ftp: it gets files, and lists directories, of
// servers that speak FTP.
//
// A request is a session of its own (session.go): it logs in, changes to the
// directory one part of the path after the other, opens a connection for the
// data (data.go), and asks for a file or a listing, of which it makes a page
// (listing.go). The client for FTP is ours: the pages show what the server says
// on its control connection, which the libraries there are keep to themselves.
//
// Deviations: the address in an answer to PASV does not count, only the port: a
// server could have others connected to. In active mode the port is a free one,
// where Apache takes that of the control connection, which fails. HEAD is answered
// as GET without a body, where Apache answers 500.
package proxyftp

import (
	"cmp"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_ftp.
var Module = compat.Module{
	Name: "proxy_ftp_module",
	File: "mod_proxy_ftp.c",
	Directives: []compat.Directive{
		slot.Flag("ProxyFtpListOnWildcard", both, func(c *config) **bool { return &c.list },
			"Whether wildcard characters in a path cause mod_proxy_ftp to list the files instead of trying to get them. Defaults to on."),
		slot.Flag("ProxyFtpEscapeWildcards", both, func(c *config) **bool { return &c.escape },
			"Whether the proxy should escape wildcards in paths before sending them to the FTP server.  Defaults to on, but most FTP servers will need it turned off if you need to manage paths that contain wildcard characters."),
		slot.Directive("ProxyFtpDirCharset", compat.Take1, both, func(c *compat.Cmd, conf *config) error {
			conf.charset = c.Arg(0)
			return nil
		}, "Define the character set for proxied FTP listings"),
	},
}

const both = compat.Server | compat.Access

var _ = upstream.Register(upstream.Scheme{
	Module: "proxy_ftp_module",
	Order:  0,
	Canon:  canon,
	Handle: handle,
})

var slot = compat.NewSlot[config]()

// A config is what is said of FTP at a place.
type config struct {
	list, escape *bool // nil: on
	charset      string
}

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	return config{cmp.Or(over.list, base.list), cmp.Or(over.escape, base.escape), cmp.Or(over.charset, base.charset)}
}

func on(p *bool) bool { return p == nil || *p }

// canon makes "ftp:rest" the canonical file name of r (proxy_ftp_canon).
func canon(r *compat.Request, url string) compat.Status {
	rest, ok := upstream.CutScheme(url, "ftp")
	if !ok {
		return compat.Declined
	}
	loc := upstream.CanonNetloc(rest, upstream.DefaultPort("ftp"))
	if loc.Err != "" {
		return 400
	}
	path, parameters, _ := strings.Cut(loc.Path, ";")
	if !r.Forward && !r.Notes.Has("proxy-nocanon") {
		var ok bool
		if path, ok = upstream.EncodePath(path, r.Host.EncodedSlashes == "nodecode"); !ok {
			return 400
		}
	}
	if !sayable(path) || !upstream.Visible(path) || !upstream.Visible(parameters) || !sayable(parameters) {
		return 400
	}
	r.Filename = "proxy:ftp://" + loc.Authority + "/" + path
	if parameters != "" {
		r.Filename += ";" + parameters
	}
	return compat.OK
}

// sayable reports whether a part of a URL can stand in a command: decoded, it has
// no line ends and is ASCII (ftp_check_string).
func sayable(s string) bool {
	s = compat.Unescape(s)
	for i := range len(s) {
		if c := s[i]; c == '\r' || c == '\n' || c == 0 || c >= 0x80 {
			return false
		}
	}
	return true
}

// wildcards are what servers expand in a path; a backslash keeps them from it.
const wildcards = "*?[{~"

// quoted is path with its wildcards escaped (ftp_escape_globbingchars).
func (c *config) quoted(path string) string {
	if !on(c.escape) || !strings.ContainsAny(path, wildcards) {
		return path
	}
	b := make([]byte, 0, 2*len(path))
	for i := range len(path) {
		if strings.IndexByte(wildcards, path[i]) >= 0 {
			b = append(b, '\\')
		}
		b = append(b, path[i])
	}
	return string(b)
}

// isPattern reports whether path has a wildcard that is not escaped
// (ftp_check_globbingchars).
func isPattern(path string) bool {
	for i := 0; i < len(path); i++ {
		if path[i] == '\\' {
			i++
		}
		if i < len(path) && strings.IndexByte(wildcards, path[i]) >= 0 {
			return true
		}
	}
	return false
}
