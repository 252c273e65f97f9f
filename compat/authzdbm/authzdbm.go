// Package authzdbm is mod_authz_dbm: Require dbm-group and dbm-file-group, by a
// DBM file of users and their groups.
//
// Deviations: a file is read as a whole when it has changed.
package authzdbm

import (
	"slices"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/dbm"
)

const (
	module = "authz_dbm_module"
	short  = "authz_dbm"
)

// Module is mod_authz_dbm.
var Module = compat.Module{
	Name: module,
	File: "mod_authz_dbm.c",
	Directives: []compat.Directive{
		slot.Directive("AuthDBMGroupFile", compat.Take1, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
			conf.file = c.Path(c.Arg(0))
			return nil
		}, "database file containing group names and member user IDs"),
		slot.Text("AuthzDBMType", compat.AuthConfig, func(c *config) *string { return &c.kind },
			"what type of DBM file the group file is"),
	},
}

func init() {
	auth.Register(
		auth.Provider{Name: "dbm-group", Module: module, Parse: parseGroup},
		auth.Provider{Name: "dbm-file-group", Module: module, Parse: parseFileGroup},
	)
}

var slot = compat.NewSlot[config]()

// A config is what one section says. It takes the place of what was said
// outside, even where it says less.
type config struct{ file, kind string }

// Merge puts over in the place of c, as Apache does for want of a merge
// function.
func (c config) Merge(over config) config { return over }

// codes are the numbers of the messages of a provider.
type codes struct{ noFile, unknown, unmet string }

// groups are the groups of r's user: under "user:realm" or "user", and where
// that has colons, between the first and the second (get_dbm_grp). Where there
// are none, result is what that comes to.
func groups(r *compat.Request, n codes, unreadable auth.Result) (of []string, result auth.Result) {
	c := slot.Of(r)
	if c == nil || c.file == "" {
		r.Logf(short, compat.LevelError, nil, "%s: No group file was specified in the configuration", n.noFile)
		return nil, auth.Denied
	}
	kind := c.kind
	if kind == "" {
		kind = "default"
	}
	f, err := dbm.Open(kind, c.file)
	if err != nil {
		r.Logf(short, compat.LevelError, err, "AH01799: could not open dbm (type %s) group access file: %s", kind, c.file)
		return nil, unreadable
	}
	value, ok := f.Get(r.User + ":" + auth.QuotedName(r))
	if !ok {
		value, ok = f.Get(r.User)
	}
	if !ok {
		r.Logf(short, compat.LevelError, nil, "%s: Authorization of user %s to access %s failed, reason: "+
			"user doesn't appear in DBM group file (%s).", n.unknown, r.User, r.Path, c.file)
		return nil, auth.Denied
	}
	if _, behind, found := strings.Cut(value, ":"); found {
		value, _, _ = strings.Cut(behind, ":")
	}
	return split(value), auth.Granted
}

// split are the names in a list (ap_getword): commas that follow each other
// count as one, and what is empty at its end as nothing.
func split(list string) []string {
	var names []string
	for list != "" {
		var name string
		name, list, _ = strings.Cut(list, ",")
		names = append(names, name)
		list = strings.TrimLeft(list, ",")
	}
	return names
}

func unmet(r *compat.Request, n codes) auth.Result {
	r.Logf(short, compat.LevelError, nil, "%s: Authorization of user %s to access %s failed, reason: "+
		"user is not part of the 'require'ed group(s).", n.unmet, r.User, r.Path)
	return auth.Denied
}

func parseGroup(c *compat.Cmd, args string) (auth.Check, error) {
	text, err := c.ExprText(args)
	if err != nil {
		return nil, compat.Errorf("Cannot parse expression in require line: %v", err)
	}
	n := codes{"AH01798", "AH01800", "AH01801"}
	return func(r *compat.Request) auth.Result {
		if !r.HasUser {
			return auth.DeniedNoUser
		}
		own, result := groups(r, n, auth.Failed)
		if result != auth.Granted {
			return result
		}
		for _, name := range strings.Fields(text.Eval(compat.ExprContext(r))) {
			if slices.Contains(own, name) {
				return auth.Granted
			}
		}
		return unmet(r, n)
	}, nil
}

func parseFileGroup(*compat.Cmd, string) (auth.Check, error) {
	n := codes{"AH01802", "AH01804", "AH01805"}
	return func(r *compat.Request) auth.Result {
		if !r.HasUser {
			return auth.DeniedNoUser
		}
		own, result := groups(r, n, auth.Denied)
		if result != auth.Granted {
			return result
		}
		if name, ok := auth.FileOwner(r, true); ok && slices.Contains(own, name) {
			return auth.Granted
		}
		return unmet(r, n)
	}, nil
}
