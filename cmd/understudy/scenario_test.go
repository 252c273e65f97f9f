//go:build unix

package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

var (
	update = flag.Bool("update", false, "record the scenarios' responses from real Apache")
	apache = flag.String("apache", "/usr/sbin/apache2", "the real Apache, for -update and the live comparison")
)

const scenarioDir = "../../testdata/scenario"

// TestScenarios replays testdata/scenario/**.txtar: a configuration, files,
// requests, and the responses real Apache gave to them.
func TestScenarios(t *testing.T) {
	ours := buildBinary(t)
	replay(t, func(t *testing.T, path string, a *txtar.Archive) {
		if *update {
			record(t, path, a)
			return
		}
		compare(t, ours, a)
	})
}

// TestScenariosLive asks real Apache the same, where it is installed, so that
// a recording cannot be wrong for long.
func TestScenariosLive(t *testing.T) {
	if _, err := os.Stat(*apache); err != nil || testing.Short() {
		t.Skipf("no live comparison: %s is not installed, or -short", *apache)
	}
	replay(t, func(t *testing.T, _ string, a *txtar.Archive) {
		if note(a, "deviates") != "" {
			t.Skip("differs from Apache on purpose")
		}
		compare(t, *apache, a)
	})
}

func replay(t *testing.T, each func(*testing.T, string, *txtar.Archive)) {
	n := 0
	filepath.WalkDir(scenarioDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".txtar" {
			return err
		}
		n++
		name, _ := filepath.Rel(scenarioDir, strings.TrimSuffix(path, ".txtar"))
		t.Run(filepath.ToSlash(name), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if need := note(a, "needs"); need == "root" && os.Getuid() != 0 {
				t.Skip("needs root")
			} else if need == "slapd" {
				needSlapd(t)
			}
			each(t, path, a)
		})
		return nil
	})
	if n == 0 {
		t.Fatal("no scenario was found")
	}
}

// note is the rest of the line of a's comment that begins with "key:".
func note(a *txtar.Archive, key string) string {
	for line := range strings.Lines(string(a.Comment)) {
		if v, ok := strings.CutPrefix(line, key+":"); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// without leaves out the fields that a's "ignore:" line names: those that depend
// on how fast a program writes.
func without(a *txtar.Archive, answer string) string {
	for _, name := range strings.Fields(note(a, "ignore")) {
		answer = regexp.MustCompile("(?m)^"+name+": .*\n").ReplaceAllString(answer, "")
	}
	return answer
}

func compare(t *testing.T, binary string, a *txtar.Archive) {
	s := startScenario(t, binary, a)
	var request []byte
	for _, f := range a.Files {
		switch f.Name {
		case "request":
			request = f.Data
		case "response":
			if got, want := without(a, s.ask(t, request)), without(a, string(f.Data)); got != want {
				t.Errorf("request:\n%sgot:\n%s\nwant:\n%s", request, got, want)
			}
		case "log":
			s.expectLog(t, string(f.Data))
		}
	}
}

func record(t *testing.T, path string, a *txtar.Archive) {
	if note(a, "deviates") != "" {
		t.Skip("differs from Apache on purpose: written by hand")
	}
	s := startScenario(t, *apache, a)
	var kept []txtar.File
	for _, f := range a.Files {
		if f.Name == "response" {
			continue
		}
		kept = append(kept, f)
		if f.Name == "request" {
			kept = append(kept, txtar.File{Name: "response", Data: []byte(s.ask(t, f.Data))})
		}
		if f.Name == "log" {
			s.expectLog(t, string(f.Data))
		}
	}
	a.Files = kept
	if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A scenario is a server that was started for one file.
type scenario struct {
	root  string
	port  int
	token string // of the lock that was made last
	// Addresses of the directory, of those that need one.
	ldap, ldaps string
	fcgi        string // and of the FastCGI authorizer
}

// preamble comes before each scenario's httpd.conf; the modules are those a
// fresh Debian enables and the scenario's own "modules:" line names.
const preamble = `LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
%sServerName localhost
Listen 127.0.0.1:{{PORT}}
PidFile {{ROOT}}/httpd.pid
DefaultRuntimeDir {{ROOT}}
ErrorLog {{ROOT}}/error.log
DocumentRoot {{ROOT}}/htdocs
<Directory />
AllowOverride None
</Directory>
%s
`

var scenarioModules = strings.Fields(`authz_core authz_host authn_core access_compat
	alias dir mime env setenvif`)

func startScenario(t *testing.T, binary string, a *txtar.Archive) *scenario {
	s := layScenario(t, a)
	startServer(t, binary, s.root, s.port)
	return s
}

// layScenario writes the files of a scenario.
func layScenario(t *testing.T, a *txtar.Archive) *scenario {
	s := &scenario{root: t.TempDir(), port: freePort(t)}
	os.Chmod(filepath.Dir(s.root), 0o755) // the server's user must get there
	os.Chmod(s.root, 0o755)
	var load strings.Builder
	for _, m := range append(scenarioModules, strings.Fields(note(a, "modules"))...) {
		fmt.Fprintf(&load, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", m, m)
	}
	identity := ""
	if os.Getuid() == 0 {
		identity = "User www-data\nGroup www-data"
	}
	if note(a, "needs") == "slapd" {
		s.ldap, s.ldaps = fmt.Sprintf("127.0.0.1:%d", freePort(t)), fmt.Sprintf("127.0.0.1:%d", freePort(t))
	}
	if note(a, "needs") == "authorizer" {
		s.fcgi = startAuthorizer(t)
	}
	s.write(t, "mime.types", "text/html html\ntext/plain txt\ntext/css css\nimage/png png\n")
	os.Mkdir(filepath.Join(s.root, "htdocs"), 0o755)
	for _, f := range a.Files {
		switch f.Name {
		case "request", "response", "log":
		case "httpd.conf":
			s.write(t, f.Name, fmt.Sprintf(preamble, load.String(), identity)+string(f.Data))
		default:
			s.write(t, f.Name, string(f.Data))
		}
	}
	if note(a, "writable") != "" {
		s.giveAway(t)
	}
	if s.ldap != "" {
		startSlapd(t, s.root, s.ldap, s.ldaps)
	}
	return s
}

// fixed is the modification time of every file of a scenario.
var fixed = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)

func (s *scenario) write(t *testing.T, name, text string) {
	path := filepath.Join(s.root, name)
	os.MkdirAll(filepath.Dir(path), 0o755)
	mode := os.FileMode(0o644)
	if strings.HasPrefix(text, "#!") {
		mode = 0o755
	}
	if err := os.WriteFile(path, []byte(s.fill(text)), mode); err != nil {
		t.Fatal(err)
	}
	os.Chtimes(path, fixed, fixed)
}

func (s *scenario) fill(text string) string {
	return strings.NewReplacer("{{ROOT}}", s.root, "{{PORT}}", fmt.Sprint(s.port), "{{TOKEN}}", s.token,
		"{{LDAP}}", s.ldap, "{{LDAPS}}", s.ldaps, "{{FCGI}}", s.fcgi).Replace(text)
}

func (s *scenario) mask(text string) string {
	if s.ldap != "" {
		text = strings.ReplaceAll(text, s.ldap, "{{LDAP}}")
	}
	if s.fcgi != "" {
		text = strings.ReplaceAll(text, s.fcgi, "{{FCGI}}")
	}
	text = strings.NewReplacer(s.root, "{{ROOT}}", fmt.Sprint(s.port), "{{PORT}}").Replace(text)
	return lastModified.ReplaceAllStringFunc(text, func(line string) string {
		at, err := http.ParseTime(strings.TrimPrefix(line, "Last-Modified: "))
		if age := time.Since(at); err == nil && age > -time.Minute && age < time.Minute {
			return "Last-Modified: {{NOW}}"
		}
		return line
	})
}

var lastModified = regexp.MustCompile(`(?m)^Last-Modified: .* GMT`)

// ask sends a request whose lines end in LF in the file and in CRLF on the
// wire, and returns all that comes back: status lines as they are, header
// fields sorted and without Date and Server, bodies without their framing.
func (s *scenario) ask(t *testing.T, request []byte) string {
	raw := bytes.ReplaceAll([]byte(s.fill(string(request))), []byte("\n"), []byte("\r\n"))
	return s.maskDAV(s.mask(readResponses(t, s.port, raw)))
}

// expectLog wants each line of text somewhere in the error log.
func (s *scenario) expectLog(t *testing.T, text string) {
	deadline := time.Now().Add(2 * time.Second)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		for {
			log, _ := os.ReadFile(filepath.Join(s.root, "error.log"))
			if strings.Contains(s.mask(string(log)), line) {
				break
			}
			if time.Now().After(deadline) {
				t.Errorf("error log: no %q in\n%s", line, s.mask(string(log)))
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}
