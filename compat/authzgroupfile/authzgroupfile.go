// Package authzgroupfile is mod_authz_groupfile: Require group and file-group,
// by a text file of groups and their members.
package authzgroupfile

import (
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/textfile"
)

const module = "authz_groupfile_module"

// Module is mod_authz_groupfile.
var Module = compat.Module{
	Name:  module,
	File:  "mod_authz_groupfile.c",
	Alone: true,
	Directives: []compat.Directive{
		slot.Directive("AuthGroupFile", compat.Take1, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
			conf.file = c.Path(c.Arg(0))
			c.TryRead(conf.file)
			return nil
		}, "text file containing group names and member user IDs"),
	},
}

func init() {
	auth.Register(
		auth.Provider{Name: "group", Module: module, Parse: parseGroup},
		auth.Provider{Name: "file-group", Module: module, Parse: parseFileGroup},
	)
}

var slot = compat.NewSlot[config]()

type config struct{ file string }

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	if over.file == "" {
		return base
	}
	return over
}

// groups are the groups of each user.
type groups map[string][]string

var files = textfile.New(func(lines []string) *groups {
	of := groups{}
	for _, line := range lines {
		if line == "" || line[0] == '#' {
			continue
		}
		name, members, _ := strings.Cut(line, ":")
		name = strings.TrimRight(name, " \t\v\f\r")
		for _, m := range apacheconf.Words(members) {
			of[m] = append(of[m], name)
		}
	}
	return &of
})

// ofUser are the groups of r's user; nil, with the reason logged, if there are
// none. The codes are those of Apache's messages.
func ofUser(r *compat.Request, noFile, unreadable, none string, level compat.Level) []string {
	c := slot.Of(r)
	if c == nil || c.file == "" {
		r.Logf("authz_groupfile", compat.LevelError, nil, "%s: No group file was specified in the configuration", noFile)
		return nil
	}
	all, err := files.Read(c.file)
	if err != nil {
		r.Logf("authz_groupfile", compat.LevelError, err, "%s: Could not open group file: %s", unreadable, c.file)
		return nil
	}
	found := (*all)[r.User]
	if found == nil {
		r.Logf("authz_groupfile", level, nil, "%s: Authorization of user %s to access %s failed, reason: user doesn't appear "+
			"in group file (%s).", none, r.User, r.Path, c.file)
	}
	return found
}

func parseGroup(c *compat.Cmd, args string) (auth.Check, error) {
	text, err := c.ExprText(args)
	if err != nil {
		return nil, compat.Errorf("Cannot parse expression in require line: %v", err)
	}
	return func(r *compat.Request) auth.Result {
		if !r.HasUser {
			return auth.DeniedNoUser
		}
		own := ofUser(r, "AH01664", "AH01665", "AH01666", compat.LevelInfo)
		if own == nil {
			return auth.Denied
		}
		for _, name := range auth.Words(text.Eval(compat.ExprContext(r))) {
			if slices.Contains(own, name) {
				return auth.Granted
			}
		}
		r.Logf("authz_groupfile", compat.LevelDebug, nil, "AH01667: Authorization of user %s to access %s failed, reason: "+
			"user is not part of the 'require'ed group(s).", r.User, r.Path)
		return auth.Denied
	}, nil
}

func parseFileGroup(*compat.Cmd, string) (auth.Check, error) {
	return func(r *compat.Request) auth.Result {
		if !r.HasUser {
			return auth.DeniedNoUser
		}
		own := ofUser(r, "AH01668", "AH01669", "AH01670", compat.LevelError)
		if own == nil {
			return auth.Denied
		}
		name, ok := auth.FileOwner(r, true)
		if ok && slices.Contains(own, name) {
			return auth.Granted
		}
		r.Logf("authz_groupfile", compat.LevelDebug, nil, "AH01671: Authorization of user %s to access %s failed, reason: "+
			"user is not part of the 'require'ed file group.", r.User, r.Path)
		return auth.Denied
	}, nil
}
