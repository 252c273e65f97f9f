//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"understudy/compat/check"
)

// recorded are the outputs that a case of testdata/check has, and the words of
// the commands that print them.
var recorded = []struct {
	name  string
	words []string
}{
	{"check", []string{"check"}},
	{"check -v", []string{"check", "-v"}},
	{"modules", []string{"modules"}},
	{"apache2 -t", nil},
}

// TestCheck compares what is said of the trees in testdata/check with what was
// recorded there (-update records it anew). $ROOT stands for the tree's place.
func TestCheck(t *testing.T) {
	cases, _ := filepath.Glob("../../testdata/check/*.txtar")
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			root, want := lay(t, archive)
			for _, r := range recorded {
				got := strings.ReplaceAll(runOn(t, root, r.words), root, "$ROOT")
				if *update {
					archive.Files = append(archive.Files, txtar.File{Name: r.name, Data: []byte(got)})
				} else if got != want[r.name] {
					t.Errorf("%s: got\n%s\nwant\n%s", r.name, got, want[r.name])
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// lay writes the files of a case, and takes the outputs off the archive.
func lay(t *testing.T, a *txtar.Archive) (root string, outputs map[string]string) {
	root, outputs = t.TempDir(), map[string]string{}
	var files []txtar.File
	for _, f := range a.Files {
		if !isRecorded(f.Name) {
			files = append(files, f)
			path := filepath.Join(root, f.Name)
			os.MkdirAll(filepath.Dir(path), 0o755)
			if err := os.WriteFile(path, bytes.ReplaceAll(f.Data, []byte("$ROOT"), []byte(root)), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		outputs[f.Name] = string(f.Data)
	}
	a.Files = files
	return root, outputs
}

func isRecorded(name string) bool {
	for _, r := range recorded {
		if r.name == name {
			return true
		}
	}
	return false
}

// runOn runs a command of understudy, or apache2 -t, on the tree in root, and
// returns what it printed and its exit code.
func runOn(t *testing.T, root string, words []string) string {
	binary := buildBinary(t)
	cmd := exec.Command(binary, "-t", "-d", root, "-f", "httpd.conf")
	if words != nil {
		cmd = exec.Command(binary)
		cmd.Args = append(append([]string{"understudy"}, words...), "-f", "httpd.conf", root)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out) + err.Error() + "\n"
	}
	return string(out)
}

// The JSON form has the fields that programs read, and no arguments: there are
// passwords among them.
func TestCheckJSON(t *testing.T) {
	root := t.TempDir()
	conf := "LoadModule mpm_event_module x.so\nLoadModule authnz_fcgi_module x.so\nServerName x\nErrorLog " + root + "/log\n" +
		"StartServers 1\nDefine S geheim\nNonsense geheim\n"
	if err := os.WriteFile(filepath.Join(root, "httpd.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := checkCommand([]string{"understudy", "check", "--json", "-f", "httpd.conf", root}, &out); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if strings.Contains(out.String(), "geheim") {
		t.Errorf("arguments are printed: %s", out.String())
	}
	var r check.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Files) != 1 || len(r.Files[0].Lines) != 7 || len(r.Errors) != 1 || r.Unchanged {
		t.Fatalf("got %s", out.String())
	}
	want := []check.Line{
		{Line: 1, Directive: "LoadModule", Module: "so_module", Effect: check.Obeyed},
		{Line: 5, Directive: "StartServers", Module: "mpm_event_module", Effect: check.None,
			Note: "one process serves all connections, with as many threads as it needs"},
		{Line: 7, Directive: "Nonsense", Effect: check.Refused, Note: "Invalid command 'Nonsense', perhaps misspelled or " +
			"defined by a module not included in the server configuration"},
	}
	for i, n := range []int{0, 4, 6} {
		if r.Files[0].Lines[n] != want[i] {
			t.Errorf("line %d: got %+v, want %+v", n, r.Files[0].Lines[n], want[i])
		}
	}
}

// The bundled tree runs as it is: its variables are where apache2ctl looks.
func TestCheckTakesVariables(t *testing.T) {
	cmd := exec.Command(buildBinary(t), "check", "../../testdata/trees/debian")
	cmd.Args[0] = "understudy"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "APACHE_VAR_DIR=" + t.TempDir()}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "\nThis tree will run unchanged.\n") {
		t.Errorf("%v:\n%s", err, out)
	}
}
