package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// Who asks again gets what he would get of a server that remembers no answers:
// the requests of all scenarios, several times each. Many servers at once wait
// until their files have been left alone for long enough.
func TestScenariosRepeated(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: takes minutes")
	}
	ours := buildBinary(t)
	var group []*askedAgain
	replay(t, func(t *testing.T, path string, a *txtar.Archive) {
		if note(a, "needs") == "" {
			group = append(group, &askedAgain{name: filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path), archive: a})
		}
	})
	for list := range slices.Chunk(group, 24) {
		t.Run("", func(t *testing.T) {
			for _, r := range list {
				r.start(t, ours)
			}
			time.Sleep(2100 * time.Millisecond)
			for _, r := range list {
				t.Run(r.name, r.compare)
			}
		})
	}
}

// An askedAgain is a scenario on a server that remembers answers, and on one that
// does not.
type askedAgain struct {
	name             string
	archive          *txtar.Archive
	remembers, other *scenario
}

func (r *askedAgain) start(t *testing.T, binary string) {
	r.remembers, r.other = layScenario(t, r.archive), layScenario(t, r.archive)
	path := filepath.Join(r.other.root, "httpd.conf")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte("EnableMMAP Off\n"), text...), 0o644); err != nil {
		t.Fatal(err)
	}
	startServer(t, binary, r.remembers.root, r.remembers.port)
	startServer(t, binary, r.other.root, r.other.port)
}

// timesAsked is so often that an answer is remembered, and given again.
const timesAsked = 4

// volatile is what differs from one answer to the next.
var volatile = regexp.MustCompile(`(?m)^(Date|Expires|Age|Set-Cookie|WWW-Authenticate|X-.*(Time|Duration|Load|ID|Unique)[^:]*): .*\n`)

func (r *askedAgain) compare(t *testing.T) {
	for _, f := range r.archive.Files {
		if f.Name != "request" {
			continue
		}
		times := 1
		if bytes.HasPrefix(f.Data, []byte("GET ")) || bytes.HasPrefix(f.Data, []byte("HEAD ")) {
			times = timesAsked
		}
		for range times {
			got, want := r.remembers.ask(t, f.Data), r.other.ask(t, f.Data)
			got, want = volatile.ReplaceAllString(without(r.archive, got), ""), volatile.ReplaceAllString(without(r.archive, want), "")
			if got != want {
				t.Fatalf("request:\n%sgot:\n%s\nwant:\n%s", f.Data, got, want)
			}
		}
	}
	compareLogs(t, r.remembers, r.other)
}

// clock is what changes in logs all the time.
var clock = regexp.MustCompile(`\[[^]]*\d\d:\d\d:\d\d[^]]*\]|\bpid \d+|:tid \d+|127\.0\.0\.1:\d+|\d+\.\d{3,}|\d{4,}`)

// compareLogs compares what was written to logs beside the error log.
func compareLogs(t *testing.T, a, b *scenario) {
	t.Helper()
	logs, _ := filepath.Glob(filepath.Join(a.root, "*log*"))
	for _, path := range logs {
		name := filepath.Base(path)
		read := func(s *scenario) string {
			text, _ := os.ReadFile(filepath.Join(s.root, name))
			return clock.ReplaceAllString(s.mask(string(text)), "N")
		}
		if name == "error.log" || strings.Contains(name, "forensic") {
			continue
		}
		deadline := time.Now().Add(2 * time.Second)
		for read(a) != read(b) && time.Now().Before(deadline) {
			time.Sleep(50 * time.Millisecond)
		}
		if got, want := read(a), read(b); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

// changing is a tree whose answers depend on much, below one host that remembers
// them and one that does not.
const changing = `modules: rewrite negotiation autoindex headers deflate filter vhost_alias authz_host
-- httpd.conf --
AddOutputFilterByType DEFLATE text/html
AddLanguage en .en
AddLanguage de .de
RewriteEngine On
RewriteMap words txt:{{ROOT}}/words
RewriteRule ^/word/(.*) /${words:$1|one}.html
RewriteCond {{ROOT}}/closed -f
RewriteRule ^/shop - [F]
<Directory {{ROOT}}/htdocs>
Options Indexes MultiViews FollowSymLinks
AllowOverride All
Require all granted
DirectoryIndex index.html
IndexOptions FancyIndexing
</Directory>
<VirtualHost *:{{PORT}}>
ServerName remembers
RewriteOptions Inherit
RewriteEngine On
</VirtualHost>
<VirtualHost *:{{PORT}}>
ServerName plain
RewriteOptions Inherit
RewriteEngine On
EnableMMAP Off
</VirtualHost>
-- words --
a one
-- htdocs/one.html --
one
-- htdocs/two.html --
two
-- htdocs/page.html.en --
page
-- htdocs/list/a.txt --
a
-- htdocs/list/b.txt --
b
-- htdocs/deep/1/2/3/.htaccess --
RewriteEngine On
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule ^ front.html
-- htdocs/deep/1/2/3/front.html --
front
-- htdocs/deep/1/2/3/file.html --
file
-- htdocs/index/index.html --
index
`

// Whatever changes, the next answer shows it.
func TestAnswersChange(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: files must have been left alone for a while, again and again")
	}
	s := startScenario(t, buildBinary(t), txtar.Parse([]byte(changing)))
	in := func(name string) string { return filepath.Join(s.root, name) }
	write := func(name, text string) func() error {
		return func() error { return os.WriteFile(in(name), []byte(text), 0o644) }
	}
	urls := []string{"/one.html", "/none.html", "/word/a", "/shop", "/page", "/list/", "/deep/1/2/3/x/y", "/deep/1/2/3/file.html", "/index/", "/link.html"}
	for _, change := range []struct {
		name string
		do   func() error
	}{
		{"nothing", func() error { return nil }},
		{"a file written", write("htdocs/one.html", "ONE")},
		{"a file made", write("htdocs/none.html", "there")},
		{"a file replaced", func() error { return os.Rename(in("htdocs/two.html"), in("htdocs/one.html")) }},
		{"a map", write("words", "a none\n")},
		{"a file a condition asks for", write("closed", "")},
		{"a variant", write("htdocs/page.html.de", "Seite")},
		{"an entry", write("htdocs/list/c.txt", "c")},
		{"an entry's length", write("htdocs/list/a.txt", "aaaaaaaaaaaaaaaaaaaa")},
		{"an entry gone", func() error { return os.Remove(in("htdocs/list/b.txt")) }},
		{".htaccess on the way", write("htdocs/deep/1/.htaccess", "Header set X-Way 1\n")},
		{".htaccess changed", write("htdocs/deep/1/2/3/.htaccess", "ErrorDocument 404 gone\n")},
		{".htaccess gone", func() error { return os.Remove(in("htdocs/deep/1/2/3/.htaccess")) }},
		{"a file where a rule led", write("htdocs/deep/1/2/3/x", "x")},
		{"a directory renamed", func() error { return os.Rename(in("htdocs/deep"), in("htdocs/deeper")) }},
		{"and another in its place", func() error { return os.Symlink("deeper", in("htdocs/deep")) }},
		{"the index gone", func() error { return os.Remove(in("htdocs/index/index.html")) }},
		{"a link", func() error { return os.Symlink("none.html", in("htdocs/link.html")) }},
		{"a link that leads elsewhere", func() error {
			return errors.Join(os.Symlink("page.html.de", in("htdocs/l")), os.Rename(in("htdocs/l"), in("htdocs/link.html")))
		}},
		{"another name of a file", func() error {
			return errors.Join(os.Link(in("htdocs/page.html.de"), in("other")), os.WriteFile(in("other"), []byte("anders"), 0o644))
		}},
		{"a mode", func() error { return os.Chmod(in("htdocs/page.html.de"), 0o600) }},
	} {
		time.Sleep(2200 * time.Millisecond)
		for range timesAsked {
			for _, url := range urls {
				s.fetch(t, "remembers", url)
			}
		}
		if err := change.do(); err != nil {
			t.Fatal(change.name, err)
		}
		for _, url := range urls {
			for i := range 2 {
				if got, want := s.fetch(t, "remembers", url), s.fetch(t, "plain", url); got != want {
					t.Fatalf("%s: %s, %d: got\n%s\nwant\n%s", change.name, url, i, got, want)
				}
			}
		}
	}
}

// fetch asks host for url, and answers without what always differs.
func (s *scenario) fetch(t *testing.T, host, url string) string {
	t.Helper()
	answer := readResponses(t, s.port, []byte("GET "+url+" HTTP/1.1\r\nHost: "+host+"\r\nAccept-Language: de\r\nConnection: close\r\n\r\n"))
	return strings.ReplaceAll(volatile.ReplaceAllString(answer, ""), host, "HOST")
}
