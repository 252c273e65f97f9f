// Package speling is mod_speling: it redirects from a name that is not there to
// the one that was meant.
package speling

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"understudy/compat"
)

// Module is mod_speling.
var Module = compat.Module{
	Name:  "speling_module",
	File:  "mod_speling.c",
	Alone: true,
	Directives: []compat.Directive{
		dir.Flag("CheckSpelling", compat.Options, func(c *config) **bool { return &c.on },
			"whether or not to fix miscapitalized/misspelled requests"),
		dir.Flag("CheckCaseOnly", compat.Options, func(c *config) **bool { return &c.caseOnly },
			"whether or not to fix only miscapitalized requests"),
		dir.Flag("CheckBasenameMatch", compat.Options, func(c *config) **bool { return &c.basename },
			"whether or not to fix files with the same base name"),
	},
	Hooks: []compat.Hook{dir.On(compat.Fixups, check).Repeats().Last()},
}

var dir = compat.NewSlot[config]()

type config struct{ on, caseOnly, basename *bool }

// Merge takes what is said further inside, all of it: the module has no merge.
func (config) Merge(over config) config { return over }

// maxEntries bounds how much of a directory is looked at.
const maxEntries = 100_000

// A candidate is a name that may have been meant.
type candidate struct {
	name    string
	quality int
}

// check looks for what was meant (check_speling).
func check(r *compat.Request, c *config) compat.Status {
	if c.on == nil || !*c.on || r.Method != "GET" && r.Method != "HEAD" || r.Info != nil || r.Main != nil ||
		strings.HasPrefix(r.Filename, "proxy:") || r.Path == "/" {
		return compat.Declined
	}
	slash := strings.LastIndexByte(r.Filename, '/')
	if slash < 0 {
		return compat.Declined
	}
	bad := r.Filename[slash+1:]
	url, found := strings.CutSuffix(r.Path, bad+r.PathInfo)
	if !found {
		return compat.Declined
	}
	r.Saw(r.Filename[:slash+1])
	names, ok := entries(r.Filename[:slash+1])
	if !ok {
		return compat.Declined
	}
	if slices.Contains(names, bad) {
		return compat.OK // It is there, and cannot be opened: a broken link perhaps.
	}
	list := c.candidates(bad, names)
	if len(list) == 0 {
		return compat.OK
	}
	if list[0].quality != veryDifferent && (len(list) == 1 || list[0].quality != list[1].quality) {
		return redirect(r, url+list[0].name)
	}
	return choices(r, url, list)
}

// entries are the names in a directory as the system lists them.
func entries(dir string) ([]string, bool) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	names, err := f.Readdirnames(maxEntries)
	if err != nil && len(names) == 0 {
		if info, err := f.Stat(); err != nil || !info.IsDir() {
			return nil, false
		}
	}
	return append([]string{".", ".."}, names...), true
}

// candidates are the names that are near enough, the nearest first.
func (c *config) candidates(bad string, names []string) []candidate {
	var list []candidate
	for _, name := range names {
		switch q := distance(bad, name); {
		case q == miscapitalized:
			list = append(list, candidate{name, q})
		case (c.caseOnly == nil || !*c.caseOnly) && q != veryDifferent:
			list = append(list, candidate{name, q})
		case (c.basename == nil || *c.basename) && sameBase(bad, name):
			list = append(list, candidate{name, veryDifferent})
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return a.quality - b.quality })
	return list
}

func sameBase(a, b string) bool {
	a, _, _ = strings.Cut(a, ".")
	b, _, _ = strings.Cut(b, ".")
	return len(a) == len(b) && equal(a, b)
}

func query(r *compat.Request) string {
	if r.HasQuery {
		return "?" + r.Query
	}
	return ""
}

func redirect(r *compat.Request, path string) compat.Status {
	uri := compat.EscapePath(path+r.PathInfo) + query(r)
	r.Out.Set("Location", compat.ConstructURL(r, uri))
	if ref, ok := r.In.Lookup("Referer"); ok {
		r.Logf("speling", compat.LevelInfo, nil, "AH03224: Fixed spelling: %s to %s from %s", r.Path, uri, ref)
	} else {
		r.Logf("speling", compat.LevelInfo, nil, "AH03225: Fixed spelling: %s to %s", r.Path, uri)
	}
	return 301
}

// choices answers with a list of what may have been meant.
func choices(r *compat.Request, url string, list []candidate) compat.Status {
	var text, variants strings.Builder
	text.WriteString("The document name you requested (<code>" + compat.EscapeHTML(r.Path) +
		"</code>) could not be found on this server.\n" +
		"However, we found documents with names similar to the one you requested.<p>Available documents:\n<ul>\n")
	for i, v := range list {
		uri := url + v.name + r.PathInfo + query(r)
		if i > 0 {
			variants.WriteByte(',')
		}
		variants.WriteString(`"` + compat.EscapePath(uri) + `";"` + reasons[v.quality] + `"`)
		text.WriteString(`<li><a href="` + compat.EscapePath(uri) + `">` + compat.EscapeHTML(uri) + "</a> (" + reasons[v.quality] + ")\n")
		if i > 0 && i < len(list)-1 && v.quality != veryDifferent && list[i+1].quality == veryDifferent {
			text.WriteString("</ul>\nFurthermore, the following related documents were found:\n<ul>\n")
		}
	}
	text.WriteString("</ul>\n")
	from := ""
	code := "AH03227"
	if ref, ok := r.In.Lookup("Referer"); ok {
		text.WriteString("Please consider informing the owner of the referring page <tt>" + compat.EscapeHTML(ref) +
			"</tt> about the broken link.\n")
		code, from = "AH03226", " from "+ref
	}
	r.Notes.Set("variant-list", text.String())
	if before, ok := r.Env.Lookup("VARIANTS"); ok {
		r.Env.Set("VARIANTS", before+", "+variants.String())
	} else {
		r.Env.Set("VARIANTS", variants.String())
	}
	r.Logf("speling", compat.LevelInfo, nil, code+": Spelling fix: %s: "+strconv.Itoa(len(list))+" candidates%s", r.Path, from)
	return 300
}
