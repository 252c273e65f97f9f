//go:build unix

package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// tutorial is a site as tutorials of 2010 have it, for httpd 2.2.
const tutorial = `AddDefaultCharset UTF-8
<VirtualHost *:{{PORT}}>
	# mod_wsgi indico

	ErrorLog {{ROOT}}/error.log
        LogLevel warn
	
	Alias /indico/images "{{HOME}}/indico/cds-indico/indico/htdocs/images"
	Alias /indico/css "{{HOME}}/indico/cds-indico/indico/htdocs/css"
	Alias /indico/js "{{HOME}}/indico/cds-indico/indico/htdocs/js"
	Alias /indico/ihelp "{{HOME}}/indico/cds-indico/indico/htdocs/ihelp"

	WSGIDaemonProcess WSGIDAEMON processes=5 threads=1 inactivity-timeout=3600 maximum-requests=10000 \
		python-eggs={{HOME}}/indico/tmp/egg-cache

	WSGIScriptAlias /indico "{{HOME}}/indico/cds-indico/indico/htdocs/index.wsgi"
	
	<Directory "{{HOME}}/indico/cds-indico/indico">
	    WSGIProcessGroup WSGIDAEMON
	    WSGIApplicationGroup %{GLOBAL}
	    AllowOverride None
	    Options None
	    Order deny,allow
	    Allow from all
	</Directory>
</VirtualHost>
`

// indexWSGI runs under Python 2.7 and 3.
const indexWSGI = `import os
import sys
import time

def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.5)
    body = "%d %s %s %s" % (os.getpid(), environ["mod_wsgi.process_group"], environ["PATH_INFO"],
                            os.environ.get("PYTHON_EGG_CACHE"))
    start_response("200 OK", [("Content-Type", "text/html")])
    return [body.encode("utf-8")]
`

func tutorialFiles(home string) map[string]string {
	htdocs := home + "/indico/cds-indico/indico/htdocs/"
	return map[string]string{htdocs + "index.wsgi": indexWSGI, htdocs + "css/a.css": "p{}", htdocs + "images/a.txt": "image"}
}

// TestTutorialSite serves the site in a tree of the 2.2 kind: a main file that
// includes sites-enabled/, in which the site is a link without suffix.
func TestTutorialSite(t *testing.T) {
	for _, name := range []string{"indico.conf", "indico"} {
		t.Run(name, func(t *testing.T) {
			s := serveSite(t, "Include {{ROOT}}/sites-enabled/\n", withSite(tutorialFiles("home"), name))
			if status, body := s.get("/indico/css/a.css"); status != 200 || body != "p{}" {
				t.Errorf("a static file: got %d %q", status, body)
			}
			pids := s.together("/indico/slow", 5)
			if len(pids) != 5 {
				t.Errorf("five requests at once were answered by %d processes, want 5", len(pids))
			}
			status, body := s.get("/indico/x")
			if want := " WSGIDAEMON /x " + s.root + "/home/indico/tmp/egg-cache"; status != 200 || !strings.HasSuffix(body, want) {
				t.Errorf("got %d %q, want it to end in %q; the log:\n%s", status, body, want, s.log())
			}
		})
	}
}

func withSite(files map[string]string, name string) map[string]string {
	files["sites-available/"+name] = strings.ReplaceAll(tutorial, "{{HOME}}", "{{ROOT}}/home")
	files["sites-enabled/"+name] = files["sites-available/"+name]
	return files
}

// together asks n times at once and returns the first words of the answers.
func (s *site) together(path string, n int) []string {
	var mu sync.Mutex
	var words []string
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			status, body := s.get(path)
			word, _, _ := strings.Cut(body, " ")
			mu.Lock()
			defer mu.Unlock()
			if status == http.StatusOK && !slices.Contains(words, word) {
				words = append(words, word)
			}
		})
	}
	group.Wait()
	return words
}

// TestTutorialOnDebian: on a tree that denies everything at first, "Allow from
// all" lifts nothing, as in real Apache; the log says which line denied.
func TestTutorialOnDebian(t *testing.T) {
	s := serveSite(t, "<Directory />\nRequire all denied\n</Directory>\nLogLevel authz_core:debug\n"+
		strings.Replace(strings.ReplaceAll(tutorial, "{{HOME}}", "{{ROOT}}/home"), "LogLevel warn", "LogLevel warn authz_core:debug", 1),
		tutorialFiles("home"))
	if status, _ := s.get("/indico"); status != 403 {
		t.Errorf("got %d, want 403", status)
	}
	log := s.log()
	if !strings.Contains(log, "AH01630: client denied by server configuration: "+s.root+"/home/indico/cds-indico/indico/htdocs/index.wsgi") {
		t.Errorf("no AH01630 in the log:\n%s", log)
	}
	if !strings.Contains(log, "Require all denied") || !strings.Contains(log, s.root+"/httpd.conf:") {
		t.Errorf("the log does not say which line denied:\n%s", log)
	}
}

// TestImportFailure: the page is a 500, and the log names interpreter, script
// and what is missing.
func TestImportFailure(t *testing.T) {
	files := tutorialFiles("home")
	for name := range files {
		if strings.HasSuffix(name, ".wsgi") {
			files[name] = "import no_such_module_anywhere\n"
		}
	}
	s := serveSite(t, strings.ReplaceAll(tutorial, "{{HOME}}", "{{ROOT}}/home"), files)
	if status, body := s.get("/indico"); status != 500 || !strings.Contains(body, "Internal Server Error") {
		t.Errorf("got %d %q", status, body)
	}
	for _, want := range []string{"no_such_module_anywhere", "Traceback (most recent call last):", "index.wsgi", "python"} {
		if !strings.Contains(s.log(), want) {
			t.Errorf("the log does not say %q:\n%s", want, s.log())
		}
	}
}

// TestPythonPath: a list over continuation lines.
func TestPythonPath(t *testing.T) {
	s := serveSite(t, grantAll+`WSGIDaemonProcess g processes=1 threads=2 \
	python-path={{ROOT}}/a:{{ROOT}}/b:\
{{ROOT}}/c
WSGIScriptAlias /app {{ROOT}}/app/app.wsgi process-group=g application-group=%{GLOBAL}
<Directory {{ROOT}}/app>
Require all granted
</Directory>
`, map[string]string{"a/one.py": "x = 1\n", "b/two.py": "x = 2\n", "c/three.py": "x = 3\n", "app/app.wsgi": `import one, two, three
def application(environ, start_response):
    start_response("200 OK", [])
    return [("%d%d%d" % (one.x, two.x, three.x)).encode("ascii")]
`})
	if status, body := s.get("/app"); status != 200 || body != "123" {
		t.Errorf("got %d %q; the log:\n%s", status, body, s.log())
	}
}

// TestWindowsForm: WSGIPythonPath "a";"b", which Apache refuses, is taken as a
// list, with a warning; without a daemon group the application runs "embedded".
func TestWindowsForm(t *testing.T) {
	s := serveSite(t, grantAll+`WSGIPythonPath "{{ROOT}}/a";"{{ROOT}}/b"
WSGIPythonEggs "{{ROOT}}/eggs"
WSGIScriptAlias /app {{ROOT}}/app/app.wsgi
<Directory {{ROOT}}/app>
Require all granted
</Directory>
`, map[string]string{"a/one.py": "x = 1\n", "b/two.py": "x = 2\n", "app/app.wsgi": `import os, one, two
def application(environ, start_response):
    start_response("200 OK", [])
    return [("%d%d %r %s" % (one.x, two.x, environ["mod_wsgi.process_group"], os.environ["PYTHON_EGG_CACHE"])).encode("ascii")]
`})
	if status, body := s.get("/app"); status != 200 || body != "12 '' "+s.root+"/eggs" {
		t.Errorf("got %d %q; the log:\n%s", status, body, s.log())
	}
	out, err := exec.Command(buildBinary(t), "-d", s.root, "-f", "httpd.conf", "-t").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "WSGIPythonPath") {
		t.Errorf("-t: %v, got %q, want a warning", err, out)
	}
}

// TestAdminWalk: a2enmod, a2ensite, apache2ctl and a request, on a copy of the
// bundled tree.
func TestAdminWalk(t *testing.T) {
	program := buildBinary(t)
	bin := t.TempDir()
	for p := filepath.Dir(bin); p != "/" && p != os.TempDir(); p = filepath.Dir(p) {
		os.Chmod(p, 0o755)
	}
	os.Chmod(bin, 0o755)
	for _, name := range []string{"apache2", "apache2ctl", "a2ensite", "a2enmod", "a2dissite"} {
		if err := os.Symlink(program, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("cp", "-a", "../../testdata/trees/debian", bin+"/tree").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	port := freePort(t)
	env := append(os.Environ(), "APACHE_CONFDIR="+bin+"/tree", "APACHE_VAR_DIR="+bin+"/var", "APACHE_STATE_DIRECTORY="+bin+"/state",
		fmt.Sprintf("APACHE_PORT=%d", port))
	run := func(name string, args ...string) string {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Env = env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s %v: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	os.WriteFile(bin+"/tree/sites-available/extra.conf", fmt.Appendf(nil,
		"<VirtualHost *:%d>\nServerName extra.example\nRedirect / http://example.com/\n</VirtualHost>\n", port), 0o644)
	run("a2enmod", "-q", "rewrite")
	run("apache2ctl", "start")
	t.Cleanup(func() { run("apache2ctl", "stop") })
	s := &site{t: t, root: bin, port: port}
	s.until("the site", func() bool { status, _ := s.get("/"); return status == 200 })
	if out := run("a2ensite", "extra"); !strings.Contains(out, "Enabling site extra.") {
		t.Errorf("a2ensite: %q", out)
	}
	run("apache2ctl", "graceful")
	s.until("the new site", func() bool {
		r, err := http.NewRequest("GET", fmt.Sprintf("http://127.0.0.1:%d/x", port), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "extra.example"
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.Header.Get("Location") == "http://example.com/x"
	})
}
