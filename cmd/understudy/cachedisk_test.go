//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// cacheSite keeps answers in CacheRoot. The one who reads them has no files.
const cacheSite = `modules: cache cache_disk headers
-- httpd.conf --
CacheRoot %s
CacheEnable disk /
CacheHeader On
CacheIgnoreNoLastMod On
Header set Cache-Control "max-age=1000"
<Location /varies.txt>
Header merge Vary Accept-Language
</Location>
`

const cacheFiles = `-- htdocs/a.txt --
what was kept
-- htdocs/varies.txt --
of a language
`

// TestCacheDiskExchange has one server answer with what the other kept, and
// htcacheclean list it.
func TestCacheDiskExchange(t *testing.T) {
	servers := withApache(t)
	if servers["apache"] == "" {
		t.Skip("Apache is not installed, or -short")
	}
	asks := []string{"GET /a.txt HTTP/1.1", "GET /varies.txt HTTP/1.1\nAccept-Language: de", "GET /varies.txt HTTP/1.1\nAccept-Language: en"}
	for writer, reader := range map[string]string{"apache": "understudy", "understudy": "apache"} {
		t.Run(writer+" to "+reader, func(t *testing.T) {
			root := t.TempDir()
			os.Chmod(root, 0o777)
			site := fmt.Sprintf(cacheSite, root)
			from := startScenario(t, servers[writer], txtar.Parse([]byte(site+cacheFiles)))
			to := startScenario(t, servers[reader], txtar.Parse([]byte(site)))
			for _, ask := range asks[:2] {
				if got := cacheAnswer(t, from, ask); got.verdict != "MISS" {
					t.Errorf("%s: %s at once", ask, got.verdict)
				}
				if got, want := cacheAnswer(t, to, ask), cacheAnswer(t, from, ask); want.verdict != "HIT" || got != want {
					t.Errorf("%s: got %q, want %q", ask, got, want)
				}
			}
			if got := cacheAnswer(t, to, asks[2]); got.status == "200" {
				t.Errorf("%s: got %q, which is of another language", asks[2], got)
			}
			tool, err := exec.LookPath("htcacheclean")
			if err != nil {
				t.Skip("htcacheclean is not installed")
			}
			out, err := exec.Command(tool, "-a", "-p", root).CombinedOutput()
			lines := strings.Fields(string(out))
			slices.Sort(lines)
			if want := []string{"http://localhost:8123/a.txt?", "http://localhost:8123/varies.txt?"}; err != nil || !slices.Equal(lines, want) {
				t.Errorf("htcacheclean: %v, %q, want %q", err, out, want)
			}
		})
	}
}

// A cachedAnswer is what an answer said that may come from the cache.
type cachedAnswer struct{ status, verdict, etag, body string }

func cacheAnswer(t *testing.T, s *scenario, ask string) (a cachedAnswer) {
	head, body, _ := strings.Cut(s.ask(t, []byte(ask+"\nHost: localhost:8123\nConnection: close\n\n")), "\n\n")
	a.body = body
	for i, line := range strings.Split(head, "\n") {
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case i == 0:
			_, a.status, _ = strings.Cut(line, " ")
			a.status, _, _ = strings.Cut(a.status, " ")
		case name == "X-Cache":
			a.verdict, _, _ = strings.Cut(value, " ")
		case strings.EqualFold(name, "ETag"):
			a.etag = value
		}
	}
	return a
}
