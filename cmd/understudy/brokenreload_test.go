//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// TestBrokenReload puts each tree of testdata/broken that -t refuses into the place
// of the configuration of a running server: its sites answer as before, and the log
// names file, line and reason.
func TestBrokenReload(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join(brokenDir, "*.txtar"))
	if len(paths) == 0 {
		t.Fatal("no tree was found")
	}
	base := layBroken(t, txtar.Parse([]byte("-- httpd.conf --\nInclude live.conf\n-- live.conf --\nInclude good.conf\n"+
		"-- good.conf --\nInclude pre.conf\n"+hostText(0, 0)+hostText(1, 3)+hostText(2, 5)+"-- a/index.html --\na\n"+
		"-- b/index.html --\nb\n")))
	s := &site{t: t, root: base.root, port: base.port}
	for _, name := range []string{"a/index.html", "b/index.html"} { // The tag of a file that was just written is weak.
		os.Chtimes(filepath.Join(s.root, name), time.Time{}, time.Now().Add(-time.Hour))
	}
	s.cmd = startServer(t, buildBinary(t), s.root, s.port)
	inForce := func() int { return strings.Count(s.log(), "resuming normal operations") }
	s.until("the start", func() bool { return inForce() == 1 })
	answers := s.askAll(3)
	for i, path := range paths {
		if testing.Short() && i%8 != 0 {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			says, own := part(a, "expect")
			if !own {
				says, _ = part(a, "apache")
			}
			if !strings.HasPrefix(says, "exit 1\n") {
				t.Skip("nothing keeps it from serving")
			}
			broken := layBroken(t, a)
			s.t = t
			before := len(s.log())
			s.replace(fmt.Sprintf("ServerRoot %s\nInclude httpd.conf\n", broken.root))
			taken := false
			s.until("a refusal", func() bool {
				log, _ := os.ReadFile(filepath.Join(broken.root, "error.log"))
				taken = strings.Contains(string(log), "resuming normal operations")
				return taken || strings.Contains(s.log()[before:], "the one in force stays")
			})
			if want := note(a, "reload") == "taken"; taken != want {
				t.Errorf("taken into force: %v, want %v", taken, want)
			}
			if !taken {
				said := s.log()[before:]
				wants := reasonAndPlace(says)
				if own, ok := part(a, "reload"); ok {
					wants = strings.Split(strings.TrimSpace(own), "\n")
				}
				for _, want := range wants {
					want = broken.fill(want)
					if !strings.Contains(said, want) {
						t.Errorf("the log does not say %q:\n%s", want, said)
					}
				}
				if got := s.askAll(3); got != answers {
					t.Errorf("the sites answer\n%s\nbefore\n%s", got, answers)
				}
			}
			known := inForce()
			s.replace("Include good.conf\n")
			s.until("a good configuration", func() bool { return inForce() > known })
		})
	}
}

// replace puts a text into the place of live.conf, whole.
func (s *site) replace(text string) {
	s.write("live.new", text)
	if err := os.Rename(filepath.Join(s.root, "live.new"), filepath.Join(s.root, "live.conf")); err != nil {
		s.t.Fatal(err)
	}
}

var placeOfError = regexp.MustCompile(`[sS]yntax error on line (\d+) of ([^ :]+):`)

// unescape undoes what Apache's standard error does to its lines, and its log does not.
var unescape = strings.NewReplacer(`\xef\xbb\xbf`, "\xef\xbb\xbf", `\xff\xfe`, "\xff\xfe", `\n`, "\n", `\t`, "\t")

// reasonAndPlace is the last line of what -t says and the line and file that it
// names.
func reasonAndPlace(says string) []string {
	lines := strings.Split(strings.TrimSpace(says), "\n")
	reason := lines[len(lines)-1]
	reason = unescape.Replace(strings.TrimPrefix(reason, "apache2: "))
	wants := []string{reason}
	if places := placeOfError.FindAllStringSubmatchIndex(says, -1); places != nil {
		last := places[len(places)-1]
		wants = append(wants, says[last[0]+1:last[1]])
		if end := strings.LastIndex(reason, says[last[0]:last[1]]); end >= 0 {
			wants[0] = strings.TrimSpace(reason[end+last[1]-last[0]:])
		}
	}
	return wants
}
