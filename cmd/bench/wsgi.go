//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A wsgiWorkload is what is asked of an application, and by how many
// connections at once. All contenders run it in two processes of 15 threads,
// Apache and Understudy in embedded mode too.
type wsgiWorkload struct {
	name, title string
	path        string
	upload      int // bytes that are sent
	connections int
	size        int           // of the answer's body; -1: that of a number
	share       int           // requests of a round are the flag's by this
	needs       string        // a module that the system's Python has to have
	embedded    bool          // outside of any daemon group
	ideal       float64       // requests a second that the threads allow
	pace        float64       // of Apache's rate; 0: as fast as the connections can
	sleep       time.Duration // what each request takes at least
}

var wsgiWorkloads = []wsgiWorkload{
	{name: "wsgi", title: "WSGI hello world", path: "/hello", connections: 32, size: 12, share: 1},
	{name: "wsgi-paced", title: "WSGI hello world at half of Apache's rate", path: "/hello", connections: 32, size: 12, share: 4, pace: 0.5},
	{name: "wsgi-100k", title: "WSGI answer of 100 KiB", path: "/100k", connections: 32, size: 102400, share: 4},
	{name: "wsgi-upload", title: "upload of 1 MiB", path: "/upload", upload: 1 << 20, connections: 8, size: 7, share: 20},
	{name: "wsgi-file", title: "10 MiB by wsgi.file_wrapper", path: "/file", connections: 8, size: 10 << 20, share: 100},
	{name: "wsgi-flask", title: "Flask hello world", path: "/flask/hello", connections: 32, size: 12, share: 4, needs: "flask"},
	{name: "wsgi-sleep", title: "50 ms of sleep, 30 threads", path: "/sleep", connections: 200, size: 12, share: 10, ideal: 600},
	{name: "wsgi-embedded", title: "WSGI hello world in embedded mode", path: "/embedded", connections: 32, size: 12, share: 2, embedded: true},
}

const benchApp = `import os, time
HERE = os.path.dirname(os.path.abspath(__file__))
LARGE = b"x" * 102400

def application(environ, start_response):
    path = environ["PATH_INFO"] or environ["SCRIPT_NAME"]
    kind, body = "text/plain", b"Hello World\n"
    if path == "/100k":
        body = LARGE
    elif path == "/sleep":
        time.sleep(0.05)
    elif path == "/upload":
        n, read = 0, environ["wsgi.input"].read
        while True:
            data = read(65536)
            if not data:
                break
            n += len(data)
        body = str(n).encode()
    elif path == "/file":
        name = os.path.join(HERE, "10m.bin")
        start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(os.path.getsize(name)))])
        return environ["wsgi.file_wrapper"](open(name, "rb"), 65536)
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
`

const flaskApp = `from flask import Flask
app = application = Flask(__name__)

@app.route("/hello")
@app.route("/flask/hello")
def hello():
    return "Hello World\n"
`

// measureWSGI runs the workloads of WSGI, or the one that is asked for.
func measureWSGI(root string) error {
	for name, text := range map[string]string{"app.wsgi": benchApp, "flask.wsgi": flaskApp} {
		if err := os.WriteFile(filepath.Join(root, "app", name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(root, "app", "10m.bin"), make([]byte, 10<<20), 0o644); err != nil {
		return err
	}
	for _, w := range wsgiWorkloads {
		if !wanted(w.name) {
			continue
		}
		if w.needs != "" && exec.Command("/usr/bin/python3", "-c", "import "+w.needs).Run() != nil {
			fmt.Printf("(%s: /usr/bin/python3 has no module %s: not measured)\n\n", w.title, w.needs)
			continue
		}
		if err := w.measure(root); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	if wanted("wsgi-reload") {
		return measureReload(root)
	}
	return nil
}

// measure runs w on every contender, rounds in turn, and prints the table.
func (w wsgiWorkload) measure(root string) error {
	var running []*contender
	defer func() {
		for _, c := range running {
			c.stopAll()
		}
	}()
	for _, c := range wsgiContenders(root, w) {
		if err := c.start(); err != nil {
			return err
		}
		running = append(running, c)
		if r := w.load(c.port, 2*w.connections, 0); r.failed > 0 {
			time.Sleep(time.Second) // The processes may have been starting.
			if r = w.load(c.port, 2*w.connections, 0); r.failed > w.connections {
				return fmt.Errorf("%s: %d of %d requests failed", c.name, r.failed, 2*w.connections)
			}
		}
	}
	rate := 0.0
	if w.pace > 0 {
		rate = w.load(running[0].port, *requests/w.share, 0).rate() * w.pace
	}
	runs := map[string][]run{}
	for range *rounds {
		for _, c := range running {
			before := c.cpu()
			r, err := w.round(c, rate)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			r.cpu = c.cpu() - before
			runs[c.name] = append(runs[c.name], r)
		}
	}
	w.print(running, runs)
	return nil
}

// count is how many requests a round of w has.
func (w wsgiWorkload) count() int { return max(*requests/w.share, w.connections) }

func (w wsgiWorkload) round(c *contender, rate float64) (run, error) {
	if w.tool() == "wrk" {
		return loadWrk(fmt.Sprintf("http://127.0.0.1:%d%s", c.port, w.path), w.connections)
	}
	return w.load(c.port, w.count(), rate), nil
}

func (w wsgiWorkload) print(running []*contender, runs map[string][]run) {
	fmt.Printf("%s (%d connections, %s)\n", w.title, w.connections, rounded(w.tool(), w.count()))
	fmt.Printf("  %-12s %14s %7s %12s %10s %10s %7s\n", "", "CPU µs/request", "ratio", "requests/s", "p50 ms", "p99 ms", "errors")
	base := 0.0
	for _, c := range running {
		rs := runs[c.name]
		cpu := medianOf(rs, run.cost)
		if base == 0 {
			base = cpu
		}
		rate := medianOf(rs, run.rate)
		fmt.Printf("  %-12s %14.1f %7.2f %12.0f %10.2f %10.2f %7d", c.name, cpu, cpu/base, rate,
			medianOf(rs, func(r run) float64 { return 1000 * r.p50.Seconds() }),
			medianOf(rs, func(r run) float64 { return 1000 * r.p99.Seconds() }), errorsOf(rs))
		if w.ideal > 0 {
			fmt.Printf("   %.0f %% of the ideal", 100*rate/w.ideal)
		}
		fmt.Println()
	}
	fmt.Println()
}

// wsgiContenders are Apache first, whose cost the ratios are of.
func wsgiContenders(root string, w wsgiWorkload) []*contender {
	var all []*contender
	path, _ := filepath.Abs(*binary)
	for _, s := range []struct{ name, program string }{{"apache", "/usr/sbin/apache2"}, {"understudy", path}} {
		if _, err := exec.LookPath(s.program); err != nil {
			fmt.Printf("(%s is not installed: not measured)\n", s.name)
			continue
		}
		c := &contender{name: s.name, port: freePort()}
		c.argv = []string{s.program, "-d", root, "-f", writeWSGI(root, c), "-DFOREGROUND"}
		all = append(all, c)
	}
	if w.embedded {
		return all
	}
	_, noUWSGI := exec.LookPath("uwsgi")
	if _, err := os.Stat("/usr/sbin/nginx"); err != nil || noUWSGI != nil {
		fmt.Println("(nginx with uWSGI is not installed: not measured)")
		return all
	}
	port := freePort()
	return append(all, &contender{name: "nginx+uwsgi", port: port, argv: []string{"/bin/sh", writeUWSGI(root, port, w.needs == "flask")}})
}

// stopAll stops a contender and what it has started.
func (c *contender) stopAll() {
	pid := c.cmd.Process.Pid
	c.stop()
	syscall.Kill(-pid, syscall.SIGKILL)
}

func writeWSGI(root string, c *contender) string {
	path := writeApache(root, c, false)
	b, _ := os.ReadFile(path)
	text := string(b)
	text = text[:strings.Index(text, "WSGIScriptAlias")] + fmt.Sprintf(`WSGIScriptAlias /embedded %[1]s/app/hello.wsgi application-group=%%{GLOBAL}
WSGIScriptAlias /flask %[1]s/app/flask.wsgi process-group=hello application-group=flask
WSGIScriptAlias / %[1]s/app/app.wsgi process-group=hello application-group=%%{GLOBAL}
`, root)
	os.WriteFile(path, []byte(text), 0o644)
	return path
}

// writeUWSGI makes a script that starts uWSGI and nginx in front of it.
func writeUWSGI(root string, port int, flask bool) string {
	dir := filepath.Join(root, "uwsgi")
	os.MkdirAll(dir, 0o755)
	app := "app.wsgi"
	if flask {
		app = "flask.wsgi"
	}
	conf := filepath.Join(dir, "nginx.conf")
	os.WriteFile(conf, fmt.Appendf(nil, `daemon off;
worker_processes auto;
user root;
pid %[2]s/nginx.pid;
error_log %[2]s/error.log;
events { worker_connections 768; }
http {
	access_log %[2]s/access.log;
	keepalive_requests 1000000;
	client_max_body_size 10m;
	server {
		listen 127.0.0.1:%[1]d;
		location / { include /etc/nginx/uwsgi_params; uwsgi_pass unix:%[2]s/sock; }
	}
}
`, port, dir), 0o644)
	script := filepath.Join(dir, "run.sh")
	os.WriteFile(script, fmt.Appendf(nil, `uwsgi --plugins python3 --master --die-on-term --processes 2 --threads 15 --socket %[1]s/sock --listen 1000 \
	--wsgi-file %[2]s/app/%[3]s --disable-logging --logto %[1]s/uwsgi.log &
exec /usr/sbin/nginx -c %[1]s/nginx.conf
`, dir, root, app), 0o644)
	return script
}
