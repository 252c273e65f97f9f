// Package known knows the modules that exist and are not implemented: what
// they are called, and the directives they have. A configuration that loads
// one is read and checked as Apache would; the module is named once at start.
// What of it guards access refuses the start instead, and a handler of such a
// module answers 500 rather than let the source of a script out.
package known

import (
	_ "embed"
	"fmt"
	"strings"

	"understudy/compat"
)

// The tables: FILE, IDENTIFIER of every module there is, and MODULE, NAME,
// args_how, req_override, help of every directive; \n in a help begins a line.
var (
	//go:embed modules.tsv
	moduleRows string
	//go:embed directives.tsv
	directiveRows string
)

// Modules are the modules that are not among implemented.
func Modules(implemented []*compat.Module) []*compat.Module {
	have := map[string]bool{}
	for _, m := range implemented {
		have[m.Name] = true
	}
	byFile := map[string]*compat.Module{}
	var all []*compat.Module
	for _, f := range rows(moduleRows) {
		if have[f[1]] {
			continue
		}
		m := &compat.Module{Name: f[1], File: f[0], Silent: silent[f[1]], ServerOnly: serverOnly[f[1]],
			Unsupported: !silent[f[1]], ChecksAnew: f[1] == "lua_module"}
		if names := handlers[f[1]]; names != nil {
			m.Hooks = []compat.Hook{refuseHandlers(names)}
		}
		byFile[f[0]] = m
		all = append(all, m)
	}
	for _, f := range rows(directiveRows) {
		if m := byFile[f[0]+".c"]; m != nil {
			m.Directives = append(m.Directives, row(f))
		}
	}
	return all
}

// Directives counts the directives of the table, for the support table.
func Directives() map[string]int {
	n := map[string]int{}
	for _, f := range rows(directiveRows) {
		n[f[0]+".c"]++
	}
	return n
}

func rows(table string) [][]string {
	var all [][]string
	for line := range strings.Lines(table) {
		all = append(all, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return all
}

func row(f []string) compat.Directive {
	d := compat.Directive{Name: f[1], Args: Arity(f[2]), Where: Place(f[3]), Help: strings.ReplaceAll(f[4], `\n`, "\n"),
		Slot: -1, Effect: compat.NotYet, Set: func(*compat.Cmd, any) error { return nil }}
	if guards, ok := guarding[f[1]]; ok {
		d.Set = func(c *compat.Cmd, _ any) error {
			if !guards(c) {
				return nil
			}
			return fmt.Errorf("%s guards who may see what, and is not yet supported by Understudy: "+
				"not starting rather than letting everybody in", c.Name)
		}
	}
	return d
}

// Arity is the arity that Apache calls how: "TAKE1".
func Arity(how string) compat.Arity { return arities[how] }

var arities = map[string]compat.Arity{
	"NO_ARGS": compat.NoArgs, "RAW_ARGS": compat.RawArgs, "TAKE1": compat.Take1,
	"TAKE2": compat.Take2, "TAKE12": compat.Take12, "TAKE3": compat.Take3,
	"TAKE13": compat.Take13, "TAKE23": compat.Take23, "TAKE123": compat.Take123,
	"TAKE_ARGV": compat.TakeArgv, "ITERATE": compat.Iterate,
	"ITERATE2": compat.Iterate2, "FLAG": compat.Flag,
}

var places = map[string]compat.Place{
	"RSRC_CONF": compat.Server, "ACCESS_CONF": compat.Access, "EXEC_ON_READ": compat.OnRead,
	"FileInfo": compat.FileInfo, "AuthConfig": compat.AuthConfig, "Options": compat.Options,
	"Limit": compat.Limit, "Indexes": compat.Indexes,
}

// Place is where a directive with these bits of Apache's may stand:
// "RSRC_CONF|FileInfo".
func Place(bits string) compat.Place {
	var p compat.Place
	for b := range strings.SplitSeq(bits, "|") {
		p |= places[b]
	}
	return p
}

// refuseHandlers answers 500 where one of names was set to answer.
func refuseHandlers(names []string) compat.Hook {
	return compat.Run(compat.Handler, func(r *compat.Request) compat.Status {
		for _, n := range names {
			if r.Handler == n || strings.HasSuffix(n, ":") && strings.HasPrefix(r.Handler, n) {
				r.Logf("core", compat.LevelError, nil,
					"handler %q is not yet supported by Understudy: %s", r.Handler, r.Filename)
				return 500
			}
		}
		return compat.Declined
	})
}
