// Package allowmethods is mod_allowmethods: the methods that a place takes.
package allowmethods

import (
	"slices"
	"strings"

	"understudy/compat"
)

// Module is mod_allowmethods.
var Module = compat.Module{
	Name:       "allowmethods_module",
	File:       "mod_allowmethods.c",
	Alone:      true,
	ChecksAnew: true,
	Directives: []compat.Directive{
		slot.Directive("AllowMethods", compat.TakeArgv, compat.Access, set, "only allow specific methods"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.AccessCheck, check).Repeats().ReallyFirst(),
	},
}

var slot = compat.NewSlot[config]()

type config struct {
	said    bool
	methods []string // none: all
}

// Merge lets over win.
func (base config) Merge(over config) config {
	if over.said {
		return over
	}
	return base
}

// known are the methods that Apache has a number for.
var known = strings.Fields("GET HEAD PUT POST DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK " +
	"UNLOCK VERSION-CONTROL CHECKOUT UNCHECKOUT CHECKIN UPDATE LABEL REPORT MKWORKSPACE MKACTIVITY BASELINE-CONTROL MERGE")

func set(c *compat.Cmd, conf *config) error {
	switch {
	case len(c.Words) == 0:
		return compat.Errorf("AllowMethods: No method or 'reset' keyword given")
	case len(c.Words) == 1 && strings.EqualFold(c.Words[0], "reset"):
		*conf = config{said: true}
		return nil
	}
	for _, m := range c.Words {
		if !slices.Contains(known, m) {
			return compat.Errorf("AllowMethods: Invalid Method '%s'", m)
		}
		if m == "GET" || m == "HEAD" { // One and the same to Apache.
			conf.methods = append(conf.methods, "GET", "HEAD")
			continue
		}
		conf.methods = append(conf.methods, m)
	}
	conf.said = true
	return nil
}

// check is am_check_access.
func check(r *compat.Request, c *config) compat.Status {
	if len(c.methods) == 0 {
		return compat.Declined
	}
	if slices.Contains(c.methods, r.Method) {
		return compat.Declined
	}
	name := r.Filename
	if name == "" {
		name = "uri " + r.Path
	}
	r.Logf("allowmethods", compat.LevelError, nil, "AH01623: client method denied by server configuration: '%s' to %s", r.Method, name)
	return 405
}
