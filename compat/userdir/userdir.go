// Package userdir is mod_userdir: it maps /~user to a directory of that user.
package userdir

import (
	"cmp"
	"os"
	"os/user"
	"path"
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// Module is mod_userdir.
var Module = compat.Module{
	Name:  "userdir_module",
	File:  "mod_userdir.c",
	Alone: true,
	Directives: []compat.Directive{
		dir.Directive("UserDir", compat.RawArgs, compat.Server, set,
			"the public subdirectory in users' home directories, or 'disabled', or "+
				"'disabled username username...', or 'enabled username username...'"),
	},
	Hooks: []compat.Hook{dir.On(compat.Translate, translate)},
}

var dir = compat.NewSlot[config]()

type config struct {
	disabled          *bool  // all users, but those who are enabled
	dirs              string // words as written; "": none
	enabled, excluded []string
}

// Merge takes the users of the inner place alone.
func (base config) Merge(over config) config {
	return config{cmp.Or(over.disabled, base.disabled), cmp.Or(over.dirs, base.dirs), over.enabled, over.excluded}
}

// MergeServer is Merge.
func (base config) MergeServer(over config) config { return base.Merge(over) }

// set is set_user_dir.
func set(c *compat.Cmd, conf *config) error {
	keyword, users := apacheconf.Word(c.Raw)
	on, off := true, false
	list := &conf.enabled
	switch compat.Lower(keyword) {
	case "":
		return compat.Errorf("UserDir requires an argument.")
	case "disable", "disabled":
		if users == "" {
			conf.disabled = &on
			return nil
		}
		list = &conf.excluded
	case "enable", "enabled":
		if users == "" {
			conf.disabled = &off
			return nil
		}
	default:
		conf.dirs = c.Raw
		return nil
	}
	*list = append(*list, apacheconf.Words(users)...)
	return nil
}

// has reports whether a user is in a list, whose names are those of a table of
// Apache's and compare in any case.
func has(list []string, name string) bool {
	return slices.ContainsFunc(list, func(u string) bool { return strings.EqualFold(u, name) })
}

// translate is translate_userdir.
func translate(r *compat.Request, c *config) compat.Status {
	rest, ok := strings.CutPrefix(r.Path, "/~")
	if !ok || c.dirs == "" {
		return compat.Declined
	}
	name, tail, slash := strings.Cut(rest, "/")
	if slash {
		tail = "/" + strings.TrimLeft(tail, "/")
	}
	// Apache looks one character too far for "." and "..".
	if name == "" || len(name) > 1 && (name[1:] == "." || name[1:] == "..") {
		return compat.Declined
	}
	if has(c.excluded, name) || c.disabled != nil && *c.disabled && !has(c.enabled, name) {
		return compat.Declined
	}
	words := apacheconf.Words(c.dirs)
	for i, word := range words {
		base, location := place(word, name, tail)
		if location != "" {
			r.Out.Set("Location", location)
			return 302
		}
		if base == "" {
			continue
		}
		if _, err := os.Stat(base); err != nil && i < len(words)-1 {
			continue
		}
		r.Filename = base + tail
		r.ContextPrefix, r.ContextRoot = strings.TrimSuffix(r.Path, tail), base
		r.Notes.Set("mod_userdir_user", name)
		return compat.OK
	}
	return compat.Declined
}

// place is what a word of UserDir makes of a user: a directory, or where to
// redirect to; neither if there is no such user.
func place(word, name, tail string) (base, location string) {
	absolute := path.IsAbs(word)
	prefix, rest, star := strings.Cut(word, "*")
	if star {
		rest = strings.TrimLeft(rest, "*")
	} else {
		rest = word
	}
	switch {
	case star && strings.Contains(prefix, ":") && !absolute:
		return "", prefix + name + tail // Without the rest, though there may be one.
	case star && (rest == "" || absolute):
		return prefix + name + rest, ""
	case absolute && !star:
		return word + "/" + name, ""
	}
	u, err := user.Lookup(name)
	if err != nil || u.HomeDir == "" {
		return "", ""
	}
	return u.HomeDir + "/" + rest, ""
}
