// Package alias is mod_alias: Alias, which maps URLs to files, and Redirect,
// which sends clients elsewhere.
//
// What stands at server level is kept in lists that are walked in the order of
// the file, a virtual host's before the main server's, while URLs are
// translated; all Redirects before any Alias. What stands in a section is obeyed
// there: an Alias while URLs are translated, for <Location> is known by then, a
// Redirect both then and once more at fixups.
package alias

import (
	"cmp"
	"slices"

	"understudy/apacheconf/expr"
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// Module is mod_alias.
var Module = compat.Module{
	Name:  "alias_module",
	File:  "mod_alias.c",
	Alone: true,
	Directives: []compat.Directive{
		slot.Directive("Alias", compat.Take12, compat.Server|compat.Access, addAlias(""),
			"a fakename and a realname, or a realname in a Location"),
		slot.Directive("ScriptAlias", compat.Take12, compat.Server|compat.Access, addAlias("cgi-script"),
			"a fakename and a realname, or a realname in a Location"),
		slot.Directive("Redirect", compat.Take123, compat.FileInfo, addRedirect(302, false),
			"an optional status, then document to be redirected and destination URL"),
		slot.Directive("AliasMatch", compat.Take2, compat.Server, addAliasMatch(""),
			"a regular expression and a filename"),
		slot.Directive("ScriptAliasMatch", compat.Take2, compat.Server, addAliasMatch("cgi-script"),
			"a regular expression and a filename"),
		slot.Directive("RedirectMatch", compat.Take23, compat.FileInfo, addRedirect(302, true),
			"an optional status, then a regular expression and destination URL"),
		slot.Directive("RedirectTemp", compat.Take2, compat.FileInfo, addRedirect(302, false),
			"a document to be redirected, then the destination URL"),
		slot.Directive("RedirectPermanent", compat.Take2, compat.FileInfo, addRedirect(301, false),
			"a document to be redirected, then the destination URL"),
		slot.Flag("RedirectRelative", compat.FileInfo, func(c *config) **bool { return &c.relative },
			"Set to ON to allow relative redirect targets to be issued as-is"),
		slot.Flag("AliasPreservePath", compat.FileInfo, func(c *config) **bool { return &c.preserve },
			"Set to ON to map the full path after the fakename to the realname."),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Translate, translate).Repeats(),
		slot.On(compat.Fixups, fixup).Repeats(),
	},
}

var slot = compat.NewSlot[config]()

type config struct {
	aliases   []entry // at server level
	redirects []entry
	inner     []entry // Redirects of sections
	here      *expressed
	gone      *expressed
	relative  *bool
	preserve  *bool
}

// An entry is one line with a path or a pattern to compare with.
type entry struct {
	fake    string
	match   *pattern.Pattern // instead of fake
	real    string           // "": none, for statuses that are no redirection
	handler string
	status  int
}

// An expressed is an Alias or Redirect without a path of its own, in <Location>
// and its like.
type expressed struct {
	to      *expr.Text // nil: a status that has no target
	fake    string     // the path of the section
	handler string
	status  int
}

// Merge puts what over says before what base says.
func (base config) Merge(over config) config {
	return config{
		aliases:   before(over.aliases, base.aliases),
		redirects: before(over.redirects, base.redirects),
		inner:     before(over.inner, base.inner),
		here:      cmp.Or(over.here, base.here),
		gone:      cmp.Or(over.gone, base.gone),
		relative:  cmp.Or(over.relative, base.relative),
		preserve:  cmp.Or(over.preserve, base.preserve),
	}
}

func before(over, base []entry) []entry {
	switch {
	case len(over) == 0:
		return base
	case len(base) == 0:
		return over
	}
	return slices.Concat(over, base)
}

// matches reports how many bytes of path the prefix fake covers, 0 if it does
// not: whole components, and any number of slashes equals any other
// (alias_matches).
func matches(path, fake string) int {
	p, f := 0, 0
	for f < len(fake) {
		if fake[f] != '/' {
			if p == len(path) || path[p] != fake[f] {
				return 0
			}
			p, f = p+1, f+1
			continue
		}
		if p == len(path) || path[p] != '/' {
			return 0
		}
		f, p = slashes(fake, f), slashes(path, p)
	}
	if f > 0 && fake[f-1] != '/' && p < len(path) && path[p] != '/' {
		return 0
	}
	return p
}

// slashes is where the run of slashes at i in s ends.
func slashes(s string, i int) int {
	for i < len(s) && s[i] == '/' {
		i++
	}
	return i
}
