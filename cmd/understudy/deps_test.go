package main

import (
	"os/exec"
	"strings"
	"testing"
)

// layers says which packages of ours a package may import: those whose path
// begins with one of the words. The list of STYLE, as a test.
var layers = []struct {
	pkg  string // of the package, or of the folder with a slash at the end
	may  []string
	deny []string
}{
	{"apacheconf/pattern", nil, nil},
	{"apacheconf/", []string{"apacheconf/"}, nil},
	{"apacheconf", []string{"apacheconf/"}, nil},
	{"daemon", nil, nil},
	{"compat/internal/", []string{"compat", "apacheconf"}, []string{"compat/"}},
	{"compat/", []string{"compat", "apacheconf"}, []string{"compat/"}},
	{"compat", []string{"apacheconf"}, nil},
	{"wsgi", []string{"compat", "apacheconf", "daemon"}, []string{"compat/"}},
	{"vhost/wire", []string{"compat", "apacheconf"}, []string{"compat/"}},
	{"vhost", []string{"compat", "apacheconf", "vhost/wire"}, []string{"compat/"}},
	{"cmd/", []string{""}, nil},
}

// only says which packages a library may be imported by.
var only = map[string]string{
	"github.com/alecthomas/participle": "apacheconf",
	"github.com/dlclark/regexp2":       "apacheconf/pattern",
	"github.com/fsnotify/fsnotify":     "daemon",
}

func TestImportsGoOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f",
		"{{.ImportPath}} {{join .Imports \" \"}}", "understudy/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		pkg := strings.TrimPrefix(words[0], "understudy/")
		for _, imported := range words[1:] {
			if ours, ok := strings.CutPrefix(imported, "understudy/"); ok && !allowed(pkg, ours) {
				t.Errorf("%s imports %s", pkg, ours)
			}
			for lib, who := range only {
				if strings.HasPrefix(imported, lib) && !strings.HasPrefix(pkg, who) {
					t.Errorf("%s imports %s, which is for %s", pkg, imported, who)
				}
			}
		}
	}
}

func allowed(pkg, imported string) bool {
	for _, l := range layers {
		if pkg != l.pkg && !(strings.HasSuffix(l.pkg, "/") && strings.HasPrefix(pkg, l.pkg)) {
			continue
		}
		if strings.HasPrefix(imported, "compat/internal/") && strings.HasPrefix(pkg, "compat") {
			return true
		}
		for _, d := range l.deny {
			if strings.HasPrefix(imported, d) {
				return false
			}
		}
		for _, m := range l.may {
			if imported == m || m == "" || strings.HasPrefix(imported, strings.TrimSuffix(m, "/")+"/") {
				return true
			}
		}
		return false
	}
	return false
}
