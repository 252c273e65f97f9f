// Package proxyexpress is mod_proxy_express: a DBM file says which worker is
// asked for which host.
package proxyexpress

import (
	"cmp"

	"understudy/compat"
	"understudy/compat/internal/dbm"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_express.
var Module = compat.Module{
	Name:       "proxy_express_module",
	File:       "mod_proxy_express.c",
	ServerOnly: true,
	Directives: []compat.Directive{
		slot.Flag("ProxyExpressEnable", compat.FileInfo, func(c *config) **bool { return &c.enabled },
			"Enable the ProxyExpress functionality"),
		slot.Directive("ProxyExpressDBMFile", compat.Take1, compat.FileInfo, func(c *compat.Cmd, conf *config) error {
			conf.file = c.Path(c.Arg(0))
			return nil
		}, "Location of ProxyExpressDBMFile file"),
		slot.Text("ProxyExpressDBMType", compat.FileInfo, func(c *config) *string { return &c.kind },
			"Type of ProxyExpressDBMFile file"),
	},
	Hooks: []compat.Hook{slot.On(compat.Fixups, find).First()},
}

var slot = compat.NewSlot[config]()

type config struct {
	enabled    *bool
	file, kind string
}

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	return config{cmp.Or(over.enabled, base.enabled), cmp.Or(over.file, base.file), cmp.Or(over.kind, base.kind)}
}

// find looks up the host of r, as what is said for its server asks for
// (xlate_name).
func find(r *compat.Request, _ *config) compat.Status {
	c := slot.OfServer(r.Host)
	if c == nil || c.enabled == nil || !*c.enabled || c.file == "" || r.Proxied {
		return compat.Declined
	}
	f, err := dbm.Open(cmp.Or(c.kind, "default"), c.file)
	if err != nil {
		r.Logf("proxy_express", compat.LevelError, err, "AH10276: The '%s' file '%s' could not be loaded",
			cmp.Or(c.kind, "default"), c.file)
		return compat.Declined
	}
	worker, ok := f.Get(compat.ServerName(r))
	if !ok {
		return compat.Declined
	}
	r.Filename, r.Handler, r.Proxied = "proxy:"+worker+r.Path, "proxy-server", true
	r.Notes.Set(upstream.ExpressNote, worker)
	return upstream.ServerOf(r).Site.Canon(r)
}
