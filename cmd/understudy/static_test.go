//go:build unix

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/vhost"
	"understudy/vhost/wire"
)

// staticConf is what Debian's configuration comes to for a static file.
const staticConf = `LoadModule mpm_event_module m
LoadModule authz_core_module m
LoadModule authz_host_module m
LoadModule authn_core_module m
LoadModule access_compat_module m
LoadModule alias_module m
LoadModule dir_module m
LoadModule mime_module m
LoadModule env_module m
LoadModule setenvif_module m
ServerName localhost
Listen 127.0.0.1:80
ErrorLog error.log
TypesConfig mime.types
LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" combined
CustomLog access.log combined
MaxKeepAliveRequests 0
DocumentRoot {{ROOT}}
<Directory />
	Options FollowSymLinks
	AllowOverride None
	Require all denied
</Directory>
<Directory {{ROOT}}>
	Options Indexes FollowSymLinks
	AllowOverride {{OVERRIDE}}
	Require all granted
</Directory>
<FilesMatch "^\.ht">
	Require all denied
</FilesMatch>
`

// serveStatic serves files of so many bytes, and is asked over a connection to
// it.
func serveStatic(tb testing.TB, override string, sizes ...int) net.Conn {
	return serveModules(tb, modules, strings.ReplaceAll(staticConf, "{{OVERRIDE}}", override), sizes...)
}

// serveModules is serveStatic with modules and a configuration, in which {{ROOT}}
// is the directory of the files.
func serveModules(tb testing.TB, modules []*compat.Module, text string, sizes ...int) net.Conn {
	root := tb.TempDir()
	old := time.Now().Add(-time.Hour)
	for _, size := range sizes {
		path := filepath.Join(root, "htdocs", "a", "b", fmt.Sprintf("%d.html", size))
		os.MkdirAll(filepath.Dir(path), 0o755)
		os.WriteFile(path, bytes.Repeat([]byte("x"), size), 0o644)
		os.Chtimes(path, old, old)
	}
	os.WriteFile(filepath.Join(root, "mime.types"), []byte("text/html html\n"), 0o644)
	conf := filepath.Join(root, "httpd.conf")
	os.WriteFile(conf, []byte(strings.ReplaceAll(text, "{{ROOT}}", root+"/htdocs")), 0o644)
	tree, err := apacheconf.Load(apacheconf.Options{Root: root, File: conf, Program: "apache2", Modules: vhost.NewCatalog(modules)})
	if err != nil {
		tb.Fatal(err)
	}
	snap, err := vhost.Build(vhost.Options{Tree: tree, Modules: modules, Program: "apache2", Serving: true})
	if err != nil {
		tb.Fatal(err)
	}
	logs := openLogs(tb, snap)
	handler := &vhost.Server{}
	handler.Swap(snap)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	server := &wire.Server{Handler: handler}
	go server.Serve(l)
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close(); l.Close(); logs() })
	return c
}

func openLogs(tb testing.TB, snap *vhost.Snapshot) (closeAll func()) {
	var files []*os.File
	for _, l := range snap.Build.Logs {
		f, err := os.OpenFile(l.Path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
		if err != nil {
			tb.Fatal(err)
		}
		l.Use(f)
		files = append(files, f)
	}
	return func() {
		for _, f := range files {
			f.Close()
		}
	}
}

// asker returns a function that has size bytes sent, over and over.
func asker(tb testing.TB, c net.Conn, size int) func() {
	request := fmt.Appendf(nil, "GET /a/b/%d.html HTTP/1.1\r\nHost: www.example.com\r\nConnection: keep-alive\r\n"+
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"+
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n"+
		"Accept-Encoding: gzip, deflate\r\nReferer: http://www.example.com/\r\nUpgrade-Insecure-Requests: 1\r\n\r\n", size)
	answer := make([]byte, 64<<10)
	read := func(enough func(n int, piece []byte) bool) {
		for n := 0; ; {
			got, err := c.Read(answer)
			if err != nil {
				tb.Fatal(err)
			}
			if n += got; enough(n, answer[:got]) {
				return
			}
		}
	}
	length := 0
	ask := func() {
		if _, err := c.Write(request); err != nil {
			tb.Fatal(err)
		}
		read(func(n int, _ []byte) bool { return n >= length })
	}
	c.Write(request)
	read(func(n int, piece []byte) bool {
		if length == 0 {
			head := bytes.Index(piece, []byte("\r\n\r\n"))
			if !bytes.HasPrefix(piece, []byte("HTTP/1.1 200 ")) || head < 0 {
				tb.Fatalf("got %.500q", piece)
			}
			length = head + 4 + size
		}
		return n >= length
	})
	return ask
}

// A static file that was asked for before costs no memory, from the first byte
// of the request to the line in the log.
func TestStaticFileDoesNotAllocate(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until the files count as settled")
	}
	sizes := []int{1 << 10, 100 << 10}
	conns := map[string]net.Conn{"None": serveStatic(t, "None", sizes...), "All": serveStatic(t, "All", sizes...)}
	time.Sleep(2100 * time.Millisecond)
	for override, c := range conns {
		for _, size := range sizes {
			ask := asker(t, c, size)
			for range 200 { // Until the log is busy, too.
				ask()
			}
			if n := testing.AllocsPerRun(300, ask); n != 0 && !raceEnabled {
				t.Errorf("AllowOverride %s: a file of %d bytes costs %v allocations", override, size, n)
			}
		}
	}
}

// An answer is made once where all who had a say in it repeat themselves, and
// every time where one does not.
func TestAnswerIsMadeOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until the files count as settled")
	}
	var made atomic.Int64
	count := compat.Run(compat.Fixups, func(r *compat.Request) compat.Status {
		made.Add(1)
		return compat.Declined
	})
	for _, tt := range []struct {
		hook compat.Hook
		want int64
	}{{count.Repeats(), 0}, {count, 20}} {
		counter := &compat.Module{Name: "counter_module", File: "mod_counter.c", Hooks: []compat.Hook{tt.hook}}
		text := "LoadModule counter_module m\n" + strings.ReplaceAll(staticConf, "{{OVERRIDE}}", "All")
		c := serveModules(t, append(slices.Clone(modules), counter), text, 1<<10)
		time.Sleep(2100 * time.Millisecond)
		ask := asker(t, c, 1<<10)
		for range 5 {
			ask()
		}
		made.Store(0)
		for range 20 {
			ask()
		}
		if n := made.Load(); n != tt.want {
			t.Errorf("the answer was made %d times of 20, want %d", n, tt.want)
		}
	}
}

func BenchmarkStaticFile(b *testing.B) {
	for _, override := range []string{"None", "All"} {
		b.Run(strings.ToLower(override), func(b *testing.B) {
			c := serveStatic(b, override, 1<<10)
			time.Sleep(2100 * time.Millisecond)
			ask := asker(b, c, 1<<10)
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}
