package main

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"understudy/compat"
	"understudy/compat/known"
	"understudy/vhost"
)

// TestEveryDirective holds our tables to the list of every directive that
// Apache 2.4 and mod_wsgi have: its name, how many words it takes, where it may
// stand, and the text behind its arity.
func TestEveryDirective(t *testing.T) {
	have := tables()
	seen := map[string]bool{}
	for _, row := range directiveList(t) {
		name := row["name"]
		if row["kind"] == "section" {
			name = "<" + name
		}
		name = strings.ToLower(name) // The manual has other capitals than the tables.
		seen[name] = true
		if row["args_how"] == "" && known.Elsewhere(name) != "" {
			continue // Of another system, or another version: it has a hint.
		}
		for _, d := range find(have, row["module"], name) {
			if d == nil {
				t.Errorf("%s: %s is not known", row["module"], name)
				continue
			}
			compareDirective(t, row["module"], d, row)
		}
	}
	for module, directives := range have {
		for name := range directives {
			// The list has one row for a directive and a section of one name.
			bare := strings.TrimPrefix(name, "<")
			if !seen[bare] && !seen["<"+bare] && !beyond[module] {
				t.Errorf("%s: %s is not in the list", module, name)
			}
		}
	}
}

// beyond are modules that the list has not.
var beyond = map[string]bool{"php_module": true, "php5_module": true, "php7_module": true, "zstd_module": true,
	"case_filter_module": true, "case_filter_in_module": true}

// find are the directives called name of the module that the manual names.
// What it calls core is in several modules, and what all processing modules have
// in each of them.
func find(have map[string]map[string]*compat.Directive, module, name string) []*compat.Directive {
	switch module {
	case "core":
		return []*compat.Directive{cmp.Or(have["core_module"][name], have["http_module"][name])}
	case "mpm_common":
		return []*compat.Directive{cmp.Or(have["mpm_event_module"][name], have["core_module"][name])}
	case "event", "prefork":
		return []*compat.Directive{have["mpm_"+module+"_module"][name]}
	case "mod_ldap":
		module = "util_ldap"
	case "mod_dav_fs":
		return []*compat.Directive{cmp.Or(have["dav_fs_module"][name], have["dav_module"][name])}
	}
	for _, m := range modules {
		if m.File == module+".c" {
			return []*compat.Directive{have[m.Name][name]}
		}
	}
	return []*compat.Directive{nil}
}

// ours are directives that we take in more forms than Apache, as README says.
var ours = []string{"WSGIPythonPath", "WSGIPythonEggs"}

func compareDirective(t *testing.T, module string, d *compat.Directive, row map[string]string) {
	t.Helper()
	if how := row["args_how"]; how != "" && d.Args != known.Arity(how) && !slices.Contains(ours, d.Name) {
		t.Errorf("%s: %s takes %v, want %s", module, d.Name, d.Args, how)
	}
	// The list has no bit for <Proxy>.
	if bits := row["allowed_bits"]; bits != "" && d.Where&^compat.Proxy != known.Place(bits) {
		t.Errorf("%s: %s may stand at %b, want %b (%s)", module, d.Name, d.Where, known.Place(bits), bits)
	}
	first, _, _ := strings.Cut(d.Help, "\n")
	if help := row["help"]; help != "" && strings.TrimSpace(first) != help {
		t.Errorf("%s: %s has the text %q, want %q", module, d.Name, d.Help, help)
	}
}

func tables() map[string]map[string]*compat.Directive {
	all := map[string]map[string]*compat.Directive{}
	for _, m := range modules {
		all[m.Name] = map[string]*compat.Directive{}
		for i := range m.Directives {
			all[m.Name][strings.ToLower(m.Directives[i].Name)] = &m.Directives[i]
		}
	}
	return all
}

// Whatever has no effect says why.
func TestEveryDirectiveWithoutEffectSaysWhy(t *testing.T) {
	for _, m := range modules {
		for _, d := range m.Directives {
			if (d.Effect == compat.Inert) != (d.Note != "") {
				t.Errorf("%s of %s: effect %d, note %q", d.Name, m.Name, d.Effect, d.Note)
			}
		}
	}
}

// TestListsDirectivesAsApache compares -L with that of the Apache that is
// installed, with every module it has of ours: which directives there are, where
// they may stand, and what is said of them.
func TestListsDirectivesAsApache(t *testing.T) {
	apache, err := exec.LookPath("/usr/sbin/apache2")
	if err != nil {
		t.Skip("no Apache here to compare with: ", err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "all.conf")
	if err := os.WriteFile(file, []byte(loadAll()), 0o644); err != nil {
		t.Fatal(err)
	}
	theirs, err := exec.Command(apache, "-d", dir, "-f", file, "-L").Output()
	if err != nil {
		t.Fatal(err)
	}
	o := &options{name: "apache2", root: dir, file: file}
	o.defaults()
	snap, err := load(o)
	if err != nil {
		t.Fatal(err)
	}
	var ours strings.Builder
	vhost.DumpDirectives(&ours, snap)
	have := listed(ours.String())
	for name, text := range listed(string(theirs)) {
		if have[name] != text {
			t.Errorf("%s: got %q, want %q", name, have[name], text)
		}
	}
}

// loadAll loads the modules that are installed and of which we have the
// directives.
func loadAll() string {
	var b strings.Builder
	b.WriteString("ServerName x\nErrorLog /dev/null\n")
	var last []string
	for _, m := range modules {
		path := "/usr/lib/apache2/modules/mod_" + strings.TrimSuffix(m.Name, "_module") + ".so"
		if _, err := os.Stat(path); err != nil || m.Static || m.Name == "mpm_worker_module" || m.Name == "mpm_prefork_module" {
			continue
		}
		line := fmt.Sprintf("LoadModule %s %s\n", m.Name, path)
		if base, _, _ := strings.Cut(m.Name, "_"); m.Name != base+"_module" || base == "authn" || base == "ssl" {
			last = append(last, line) // What it needs comes before.
			continue
		}
		b.WriteString(line)
	}
	return b.String() + strings.Join(last, "")
}

// listed are the entries of -L by their first line.
func listed(text string) map[string]string {
	all := map[string]string{}
	name := ""
	for line := range strings.Lines(text) {
		if m := entryLine.FindString(line); m != "" {
			name = m
		}
		all[name] += line
	}
	return all
}

var entryLine = regexp.MustCompile(`(?m)^<?\w+ \(\w+\.c\)$`)

// directiveList reads the list, which is kept beside the repository.
func directiveList(t *testing.T) []map[string]string {
	f, err := os.Open("../../../shared/directives.tsv")
	if err != nil {
		t.Skip("no list of directives here: ", err)
	}
	defer f.Close()
	var rows []map[string]string
	var header []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		if header == nil {
			header = fields
			continue
		}
		row := map[string]string{}
		for i, f := range fields {
			row[header[i]] = f
		}
		rows = append(rows, row)
	}
	if lines.Err() != nil || len(rows) == 0 {
		t.Fatal("list of directives: ", lines.Err(), len(rows))
	}
	return rows
}
