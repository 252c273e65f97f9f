//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// logPrograms write what they read to a file, each started in another way.
const logPrograms = `-- keep --
#!/bin/sh
exec cat >> "$1"
-- a b/keep --
#!/bin/sh
exec cat >> "$2"
-- htdocs/index.html --
hello
-- httpd.conf --
LogLevel core:info
ErrorLog "|{{ROOT}}/keep {{ROOT}}/errors.out"
CustomLog "|{{ROOT}}/keep {{ROOT}}/direct.out" "%r"
CustomLog "||'{{ROOT}}/a b/keep' 'x y' {{ROOT}}/quoted.out" "%r"
CustomLog "|$while read -r l; do echo \"shell: $l\" >> {{ROOT}}/shell.out; done" "%r"
`

// TestLogPrograms looks for what was logged in the files of programs that logs go
// to, rotatelogs among them where it is installed.
func TestLogPrograms(t *testing.T) {
	for name, binary := range withApache(t) {
		t.Run(name, func(t *testing.T) {
			wants := map[string]string{"errors.out": "AH00128: File does not exist:", "direct.out": "GET /nowhere HTTP/1.1\n",
				"quoted.out": "GET /nowhere HTTP/1.1\n", "shell.out": "shell: GET /nowhere HTTP/1.1\n"}
			site := logPrograms
			if tool, err := exec.LookPath("rotatelogs"); err == nil {
				site += fmt.Sprintf("CustomLog \"|$%s -n 2 -e {{ROOT}}/rotated.out 1K >> {{ROOT}}/echoed.out\" \"%%r %%{X}i\"\n", tool)
				wants["rotated.out"], wants["echoed.out"] = "GET", "GET"
			}
			s := startScenario(t, binary, txtar.Parse([]byte(site)))
			ask := func() {
				s.ask(t, []byte("GET /nowhere HTTP/1.1\nHost: localhost\nX: "+strings.Repeat("x", 1100)+"\nConnection: close\n\n"))
			}
			ask()
			for file, want := range wants {
				eventually(t, filepath.Join(s.root, file), want)
			}
			if wants["rotated.out"] != "" {
				ask() // The first file is full.
				eventually(t, filepath.Join(s.root, "rotated.out.1"), "GET")
			}
		})
	}
}

// TestSyslog looks at what syslog is told: each line with the severity of its
// level, and without the time.
func TestSyslog(t *testing.T) {
	logger, err := exec.LookPath("logger")
	if err != nil {
		t.Skip("logger is not installed")
	}
	dir := t.TempDir()
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "log"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	script := fmt.Sprintf("#!/bin/sh\nexec %s -u %s/log \"$@\"\n", logger, dir)
	if err := os.WriteFile(filepath.Join(dir, "logger"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	s := startScenario(t, buildBinary(t), txtar.Parse([]byte("-- httpd.conf --\nLogLevel core:info\nErrorLog syslog:user:site\n")))
	s.ask(t, []byte("GET /nowhere HTTP/1.1\nHost: localhost\nConnection: close\n\n"))
	wants := []string{"<13>", "site: [mpm_event:notice] [pid ", "<14>", "site: [core:info] [pid ", "AH00128: File does not exist: "}
	var got strings.Builder
	socket.SetReadDeadline(time.Now().Add(5 * time.Second))
	missing := func(want string) bool { return !strings.Contains(got.String(), want) }
	for line := make([]byte, 8192); slices.ContainsFunc(wants, missing); {
		n, err := socket.Read(line)
		if err != nil {
			t.Fatalf("got %q, want %q in it", got.String(), wants)
		}
		got.Write(append(line[:n:n], '\n'))
	}
}

// eventually waits for a file that has text in it.
func eventually(t *testing.T, path, text string) {
	t.Helper()
	var got []byte
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got, _ = os.ReadFile(path); strings.Contains(string(got), text) {
			return
		}
	}
	t.Errorf("%s: got %q, want %q in it", filepath.Base(path), got, text)
}

// errorLogs is a configuration of which each line of the error log is known.
const errorLogs = `modules: log_debug
-- htdocs/quiet/x --
-- htdocs/loud/x --
-- htdocs/.htaccess --
-- httpd.conf --
LogLevel crit
ErrorLogFormat "[%l] [%m] [%E] %M, of %{Referer}i %{WHO}e [%v] [%V] %{NONE}e[never]"
ErrorLogFormat request "[request] of %{Referer}i at [%v]"
SetEnvIf Referer (.*) WHO=$1!
<Location /loud>
LogLevel authz_core:debug core:info
</Location>
<Location /loud/but>
LogLevel core:error
</Location>
<If "%{QUERY_STRING} == 'info'">
LogLevel core:info
</If>
LogMessage "of all"
<Location /said>
LogLevel log_debug:info
LogMessage "said of %{REQUEST_URI}"
</Location>
`

// TestErrorLogLines compares the error log line by line, in a form of its own, of
// places with levels of their own.
func TestErrorLogLines(t *testing.T) {
	want := []string{
		"[request] of r1 at [localhost]",
		"[debug] [authz_core] AH01628: authorization result: granted (no directives), of r1 r1! [localhost] [localhost]",
		"[info] [core] AH00128: File does not exist: {{ROOT}}/htdocs/loud/no, of r1 r1! [localhost] [localhost]",
		"[request] of r2 at [localhost]",
		"[debug] [authz_core] AH01628: authorization result: granted (no directives), of r2 r2! [localhost] [localhost]",
		"[request] of r3 at [localhost]",
		"[info] [core] AH00128: File does not exist: {{ROOT}}/htdocs/quiet/no, of r3 r3! [localhost] [localhost]",
		"[request] of r5 at [localhost]",
		"[info] [log_debug] of all, of r5 r5! [localhost] [localhost]",
		"[info] [log_debug] said of /said/no, of r5 r5! [localhost] [localhost]",
		"[request] of r6 at [localhost]",
		"[debug] [authz_core] AH01628: authorization result: granted (no directives), of r6 r6! [localhost] [localhost]",
		"[info] [core] AH00128: File does not exist: {{ROOT}}/htdocs/loud/last, of r6 r6! [localhost] [localhost]",
	}
	for name, binary := range withApache(t) {
		t.Run(name, func(t *testing.T) {
			s := startScenario(t, binary, txtar.Parse([]byte(errorLogs)))
			for i, path := range []string{"/quiet/no", "/loud/no", "/loud/but/no", "/quiet/no?info", "/quiet/no?else", "/said/no", "/loud/last"} {
				s.ask(t, []byte(fmt.Sprintf("GET %s HTTP/1.1\nHost: LocalHost\nReferer: r%d\nConnection: close\n\n", path, i)))
			}
			eventually(t, filepath.Join(s.root, "error.log"), "loud/last")
			var got []string
			for line := range strings.Lines(s.mask(s.logged())) {
				if line = strings.TrimSpace(line); strings.HasPrefix(line, "[") && !strings.Contains(line, "pid ") && !strings.Contains(line, "mpm_event") && !strings.Contains(line, "Command line") {
					got = append(got, line)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// dumped is all that goes over a connection.
const dumped = `modules: dumpio
-- htdocs/a.txt --
some text
-- httpd.conf --
LogLevel dumpio:trace7
DumpIOInput On
DumpIOOutput On
`

// TestDumpIO looks for the request and the answer in the error log.
func TestDumpIO(t *testing.T) {
	for name, binary := range withApache(t) {
		t.Run(name, func(t *testing.T) {
			s := startScenario(t, binary, txtar.Parse([]byte(dumped)))
			s.ask(t, []byte("GET /a.txt HTTP/1.1\nHost: localhost\nX: 1\nConnection: close\n\n"))
			for _, want := range []string{"GET /a.txt HTTP/1.1\\r\\n", "HTTP/1.1 200 OK\\r\\n", "some text\\n"} {
				eventually(t, filepath.Join(s.root, "error.log"), want)
			}
			for _, want := range []string{"dumpio_in (data-", "dumpio_out (data-", "[dumpio:trace7]"} {
				eventually(t, filepath.Join(s.root, "error.log"), want)
			}
		})
	}
}
