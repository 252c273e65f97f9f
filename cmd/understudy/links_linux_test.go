package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestSwappedLinks swaps files and directories with links to what is secret
// while they are asked for. Where links may not be followed, or not to files of
// others, nobody gets to see what they lead to. (Apache looks before it opens,
// and says that this is no protection.)
func TestSwappedLinks(t *testing.T) {
	for name, options := range map[string]string{"none": "-FollowSymLinks", "owner": "-FollowSymLinks +SymLinksIfOwnerMatch"} {
		t.Run(name, func(t *testing.T) {
			if name == "owner" && os.Getuid() != 0 {
				t.Skip("needs root, for files of somebody else")
			}
			s := serveSite(t, `LoadModule autoindex_module modules/mod_autoindex.so
<Directory {{ROOT}}>
Require all granted
</Directory>
<Directory {{ROOT}}/htdocs>
Options +Indexes `+options+`
</Directory>
`, map[string]string{"secret/file.txt": "SECRET", "secret/SECRET.txt": "SECRET", "htdocs/dir/file.txt": "public", "htdocs/file.txt": "public",
				"htdocs/own.txt": "public"})
			in := func(name string) string { return filepath.Join(s.root, name) }
			links := map[string]string{"htdocs/dir.link": "secret", "htdocs/file.txt.link": "secret/file.txt"}
			for link, target := range links {
				if err := os.Symlink(in(target), in(link)); err != nil {
					t.Fatal(err)
				}
				if name == "owner" {
					if err := os.Lchown(in(link), 1234, 1234); err != nil {
						t.Fatal(err)
					}
				}
			}
			done := make(chan struct{})
			var swaps sync.WaitGroup
			for _, name := range []string{"htdocs/dir", "htdocs/file.txt"} {
				swaps.Go(func() {
					for {
						for _, move := range [][2]string{{name, name + ".real"}, {name + ".link", name}, {name, name + ".link"}, {name + ".real", name}} {
							if err := os.Rename(in(move[0]), in(move[1])); err != nil {
								t.Error(err)
								return
							}
						}
						select {
						case <-done:
							return
						default:
						}
					}
				})
			}
			var readers sync.WaitGroup
			for _, path := range []string{"/dir/file.txt", "/file.txt", "/dir/", "/dir/file.txt"} {
				readers.Go(func() {
					served := 0
					for i := 0; i < 1500 && (served < 20 || i < 400); i++ {
						_, body := s.get(path)
						if strings.Contains(body, "SECRET") {
							t.Errorf("%s leads to what is secret", path)
							return
						}
						if strings.Contains(body, "public") || strings.Contains(body, "file.txt") {
							served++
						}
					}
					if served == 0 {
						t.Errorf("%s was never served", path)
					}
				})
			}
			readers.Wait()
			close(done)
			swaps.Wait()
		})
	}
}

// TestLinksOfTheSameOwner follows a link that leads to a file of its owner, and
// one in the middle of the path.
func TestLinksOfTheSameOwner(t *testing.T) {
	s := serveSite(t, `<Directory {{ROOT}}>
Require all granted
Options -FollowSymLinks +SymLinksIfOwnerMatch
</Directory>
`, map[string]string{"other/file.txt": "other"})
	for link, target := range map[string]string{"htdocs/link": "../other", "htdocs/file.txt": s.root + "/other/file.txt"} {
		if err := os.Symlink(target, filepath.Join(s.root, link)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		for _, path := range []string{"/link/file.txt", "/file.txt"} {
			if status, body := s.get(path); status != 200 || body != "other" {
				t.Errorf("%s: got %d, %q", path, status, body)
			}
		}
	}
}
