//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A browser keeps cookies and follows nothing.
type browser struct {
	*site
	client *http.Client
}

func (s *site) browse() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{s, &http.Client{Jar: jar, Timeout: 60 * time.Second, Transport: &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// ask sends a request, and wants a status and, in the body, a text.
func (b *browser) ask(method, path, kind, body string, status int, part string) string {
	b.t.Helper()
	r, _ := http.NewRequest(method, fmt.Sprintf("http://127.0.0.1:%d%s", b.port, path), strings.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != status || !strings.Contains(string(text), part) {
		b.t.Errorf("%s %s: got %d %.300q, want %d with %q; the log:\n%s", method, path, answer.StatusCode, text, status, part, b.log())
	}
	return string(text)
}

// debianModule skips a test that needs a Debian package for Python.
func debianModule(t *testing.T, file, name string) {
	if _, err := os.Stat(file); err != nil {
		t.Skipf("the Debian package %s is not installed", name)
	}
}

// owned gives what the application writes to the user it runs as.
func (s *site) owned(paths ...string) {
	if os.Getuid() != 0 {
		return
	}
	for _, p := range paths {
		if out, err := exec.Command("chown", "-R", "www-data", filepath.Join(s.root, p)).CombinedOutput(); err != nil {
			s.t.Fatalf("chown: %v: %s", err, out)
		}
	}
}

const djangoURLs = `from django.contrib import admin
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
import hashlib

@csrf_exempt
def upload(request):
    return HttpResponse(hashlib.md5(request.FILES["f"].read()).hexdigest())

urlpatterns = [path("admin/", admin.site.urls), path("upload", upload),
               path("", lambda request: HttpResponse("hello from " + request.META["mod_wsgi.process_group"]))]
`

// TestDjango serves a project made as Django's tutorial says.
func TestDjango(t *testing.T) {
	debianModule(t, "/usr/lib/python3/dist-packages/django/__init__.py", "python3-django")
	s := serveSite(t, `Alias /static/ /usr/lib/python3/dist-packages/django/contrib/admin/static/
<Directory /usr/lib/python3/dist-packages/django/contrib/admin/static>
    Require all granted
</Directory>
WSGIScriptAlias / {{ROOT}}/mysite/mysite/wsgi.py
WSGIDaemonProcess example.com python-path={{ROOT}}/mysite
WSGIProcessGroup example.com
<Directory {{ROOT}}/mysite/mysite>
<Files wsgi.py>
Require all granted
</Files>
</Directory>
`, nil)
	manage := func(args ...string) {
		t.Helper()
		cmd := exec.Command("/usr/bin/python3", args...)
		cmd.Dir = s.root
		cmd.Env = append(os.Environ(), "DJANGO_SUPERUSER_PASSWORD=pw")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v: %s", args, err, out)
		}
	}
	manage("-m", "django", "startproject", "mysite")
	s.write("mysite/mysite/urls.py", djangoURLs)
	settings, _ := os.ReadFile(filepath.Join(s.root, "mysite/mysite/settings.py"))
	s.write("mysite/mysite/settings.py", string(settings)+"\nALLOWED_HOSTS = ['*']\nSTATIC_URL = '/static/'\n")
	manage("mysite/manage.py", "migrate")
	manage("mysite/manage.py", "createsuperuser", "--noinput", "--username", "root", "--email", "a@b.test")
	s.owned("mysite")
	b := s.browse()
	b.ask("GET", "/", "", "", 200, "hello from example.com")
	b.ask("GET", "/static/admin/css/base.css", "", "", 200, "body")
	b.ask("GET", "/admin/", "", "", 302, "")
	token := regexp.MustCompile(`csrfmiddlewaretoken" value="([^"]*)"`).FindStringSubmatch(b.ask("GET", "/admin/login/", "", "", 200, "Log in"))
	if token == nil {
		t.Fatal("no token in the form")
	}
	form := url.Values{"csrfmiddlewaretoken": {token[1]}, "username": {"root"}, "password": {"pw"}, "next": {"/admin/"}}
	b.ask("POST", "/admin/login/?next=/admin/", "application/x-www-form-urlencoded", form.Encode(), 302, "")
	b.ask("GET", "/admin/auth/user/", "", "", 200, "a@b.test")
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, _ := w.CreateFormFile("f", "zeros")
	part.Write(make([]byte, 3<<20))
	w.Close()
	b.ask("POST", "/upload", w.FormDataContentType(), body.String(), 200, "d1dd210d6b1312cb342b56d02bd5e651")
}

const flaskApp = `from flask import Flask, Blueprint, Response, session, url_for
part = Blueprint("part", __name__)
@part.route("/page")
def page():
    return url_for("part.page")
application = Flask(__name__)
application.secret_key = "x"
application.register_blueprint(part, url_prefix="/part")
@application.route("/stream")
def stream():
    return Response(("line %d\n" % i for i in range(1000)), mimetype="text/plain")
@application.route("/count")
def count():
    session["n"] = session.get("n", 0) + 1
    return "visit %d" % session["n"]
`

// TestFlask serves an application below a mount: streaming, a session, and URLs
// that it makes itself.
func TestFlask(t *testing.T) {
	debianModule(t, "/usr/lib/python3/dist-packages/flask/__init__.py", "python3-flask")
	s := serveSite(t, `WSGIDaemonProcess yourapplication threads=5
WSGIScriptAlias /shop {{ROOT}}/app/yourapplication.wsgi
<Directory {{ROOT}}/app>
    WSGIProcessGroup yourapplication
    WSGIApplicationGroup %{GLOBAL}
    Require all granted
</Directory>
`, map[string]string{"app/yourapplication.wsgi": flaskApp})
	b := s.browse()
	b.ask("GET", "/shop/part/page", "", "", 200, "/shop/part/page")
	b.ask("GET", "/shop/stream", "", "", 200, "line 999\n")
	b.ask("GET", "/shop/count", "", "", 200, "visit 1")
	b.ask("GET", "/shop/count", "", "", 200, "visit 2")
	b.ask("GET", "/shop/nothing", "", "", 404, "Not Found")
}

const event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20240101T000000Z\r\n" +
	"DTSTART:20240101T100000Z\r\nSUMMARY:Tea\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// TestRadicale serves a CalDAV server.
func TestRadicale(t *testing.T) {
	debianModule(t, "/usr/lib/python3/dist-packages/radicale/__init__.py", "python3-radicale")
	s := serveSite(t, `WSGIDaemonProcess radicale threads=3
WSGIScriptAlias /dav {{ROOT}}/app/radicale.wsgi
<Directory {{ROOT}}/app>
    WSGIProcessGroup radicale
    WSGIApplicationGroup %{GLOBAL}
    WSGIPassAuthorization On
    AllowOverride None
    Require all granted
</Directory>
`, map[string]string{
		"app/radicale.wsgi": "import os\nos.environ['RADICALE_CONFIG'] = '{{ROOT}}/app/config'\nfrom radicale import application\n",
		"app/config":        "[auth]\ntype = none\n[rights]\ntype = authenticated\n[storage]\nfilesystem_folder = {{ROOT}}/data\n",
		"data/.keep":        "",
	})
	s.owned("data")
	b := s.browse()
	b.client.Transport = basic{"tea", "x"}
	b.ask("MKCALENDAR", "/dav/tea/c/", "", "", 201, "")
	b.ask("PUT", "/dav/tea/c/1.ics", "text/calendar", event, 201, "")
	b.ask("GET", "/dav/tea/c/1.ics", "", "", 200, "SUMMARY:Tea")
	b.ask("PROPFIND", "/dav/tea/c/", "application/xml", `<propfind xmlns="DAV:"><prop><resourcetype/></prop></propfind>`, 207, "/dav/tea/c/")
	b.ask("DELETE", "/dav/tea/c/1.ics", "", "", 200, "")
	b.ask("GET", "/dav/tea/c/1.ics", "", "", 404, "")
}

const graphiteSettings = `from local_settings import *
SECRET_KEY = "x"
STORAGE_DIR = WHISPER_DIR = "{{ROOT}}/data"
STANDARD_DIRS = [WHISPER_DIR]
LOG_DIR = "{{ROOT}}/data"
INDEX_FILE = "{{ROOT}}/data/index"
DATABASES = {"default": {"NAME": "{{ROOT}}/data/graphite.db", "ENGINE": "django.db.backends.sqlite3"}}
`

// TestGraphite serves graphite-web by the site that Debian packages with it, on
// another port, with its files in the test's directory.
func TestGraphite(t *testing.T) {
	const site = "/usr/share/graphite-web/apache2-graphite.conf"
	debianModule(t, site, "graphite-web")
	if os.Getuid() != 0 {
		t.Skip("needs root: it runs as a user of its own")
	}
	packaged, err := os.ReadFile(site)
	if err != nil {
		t.Fatal(err)
	}
	settings := t.TempDir()
	os.Chmod(filepath.Dir(settings), 0o755)
	os.Chmod(settings, 0o755)
	t.Setenv("PYTHONPATH", settings)
	t.Setenv("GRAPHITE_SETTINGS_MODULE", "test_settings")
	if err := os.WriteFile(filepath.Join(settings, "test_settings.py"),
		[]byte(strings.ReplaceAll(graphiteSettings, "{{ROOT}}", settings)), 0o644); err != nil {
		t.Fatal(err)
	}
	os.Mkdir(filepath.Join(settings, "data"), 0o755)
	run := func(program string, args ...string) {
		t.Helper()
		if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %q: %v: %s", program, args, err, out)
		}
	}
	run("/usr/bin/graphite-manage", "migrate", "--noinput")
	run("/usr/bin/python3", "-c", "import sys, time, whisper; whisper.create(sys.argv[1], [(60, 60)]); whisper.update(sys.argv[1], 7.5, time.time() - 60)",
		filepath.Join(settings, "data", "tea.wsp"))
	run("chown", "-R", "_graphite:_graphite", filepath.Join(settings, "data"))
	s := serveSite(t, `Define APACHE_LOG_DIR {{ROOT}}
LogFormat "%h %u %t \"%r\" %>s" combined
<Directory /usr/share>
    Require all granted
</Directory>
`+strings.Replace(string(packaged), "*:80", "*:{{PORT}}", 1), nil)
	b := s.browse()
	b.ask("GET", "/", "", "", 200, "<title>Graphite Browser</title>")
	b.ask("GET", "/metrics/find?query=*", "", "", 200, `"id": "tea"`)
	b.ask("GET", "/render?target=tea&from=-10min&format=json", "", "", 200, "[7.5, ")
	b.ask("GET", "/static/js/composer.js", "", "", 200, "function")
	b.ask("GET", "/static/none", "", "", 404, "was not found on this server")
}

// A basic transport says who it is.
type basic struct{ user, password string }

func (a basic) RoundTrip(r *http.Request) (*http.Response, error) {
	r.SetBasicAuth(a.user, a.password)
	return http.DefaultTransport.RoundTrip(r)
}

// python27 is a copy of a Python 2.7 that every user may run, "" if there is
// none.
func python27(t *testing.T, root string) string {
	if _, err := os.Stat("/usr/bin/python2.7"); err == nil {
		return "/usr"
	}
	home, _ := os.UserHomeDir()
	found, _ := filepath.Glob(home + "/.pyenv/versions/2.7*")
	if len(found) == 0 {
		return ""
	}
	to := filepath.Join(root, "python27")
	for _, dir := range []string{"bin", "lib"} { // Names of the same files: nothing is copied.
		os.MkdirAll(to, 0o755)
		if exec.Command("cp", "-al", filepath.Join(found[0], dir), to).Run() != nil {
			if out, err := exec.Command("cp", "-a", filepath.Join(found[0], dir), to).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
	}
	return to
}

// TestTwoPythons serves a plain application for Python 2.7 beside one for
// Python 3 that asks mod_wsgi about itself.
func TestTwoPythons(t *testing.T) {
	dir := t.TempDir()
	os.Chmod(filepath.Dir(dir), 0o755)
	os.Chmod(dir, 0o755)
	home := python27(t, dir)
	if home == "" {
		t.Skip("no Python 2.7 was found")
	}
	t.Setenv("LD_LIBRARY_PATH", filepath.Join(home, "lib")) // The copy looks for its library where it came from.
	s := serveSite(t, `LogLevel info
WSGIDaemonProcess old python-home=`+home+` threads=2
WSGIDaemonProcess new processes=2
WSGIScriptAlias /old {{ROOT}}/app/old.wsgi process-group=old
WSGIScriptAlias /new {{ROOT}}/app/new.wsgi process-group=new
<WSGIInterpreterOptions process-group=new application-group=%{RESOURCE}>
</WSGIInterpreterOptions>
<WSGIInterpreterOptions process-group=new>
    WSGISwitchInterval 0.25
    WSGIRestrictStdin On
    WSGIPythonPath {{ROOT}}/lib
</WSGIInterpreterOptions>
<Directory {{ROOT}}/app>
    Require all granted
</Directory>
`, map[string]string{"lib/beside.py": "x = 7\n",
		"app/old.wsgi": `import sys, StringIO
def application(environ, start_response):
    print >> environ["wsgi.errors"], "from the old one"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [u"%d.%d %s" .encode("ascii") % (sys.version_info[0], sys.version_info[1], type(environ["PATH_INFO"]).__name__)]
`,
		"app/new.wsgi": `import sys, mod_wsgi, beside
def application(environ, start_response):
    try:
        stdin = sys.stdin.read()
    except OSError as e:
        stdin = str(e)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("%d %s %d %s %s" % (sys.version_info[0], sys.getswitchinterval(), beside.x, stdin, mod_wsgi.process_group)).encode()]
`})
	b := s.browse()
	b.ask("GET", "/old", "", "", 200, "2.7 str")
	b.ask("GET", "/new", "", "", 200, "3 0.25 7 sys.stdin access restricted by mod_wsgi new")
	for _, want := range []string{"from the old one", "WSGI daemon process 'old' runs on Python 2.7", "WSGI daemon process 'new' runs on Python 3"} {
		s.until(want, func() bool { return strings.Contains(s.log(), want) })
	}
}
