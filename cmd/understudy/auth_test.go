//go:build unix

package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

var (
	authSeed  = flag.Uint64("auth.seed", 0, "seed of TestAuthTrees; 0: the time")
	authTrees = flag.Int("auth.trees", 40, "how many trees TestAuthTrees makes")
)

// authCommon is what the trees of TestAuthTrees refer to.
const authCommon = `LogLevel warn authz_core:debug
SetEnvIf X-Go 1 GO
<AuthnProviderAlias file other>
AuthUserFile {{ROOT}}/others
</AuthnProviderAlias>
<AuthzProviderAlias user isalice alice>
</AuthzProviderAlias>
<AuthzProviderAlias ip here "127.0.0.1 10.0.0.1">
</AuthzProviderAlias>
`

// Passwords are "alice", "bob" and "carol".
const (
	authUsers  = "alice:{SHA}UisnajVr3zkBPfq+os1D4UHsyeg=\nbob:{SHA}SBgazSKz7a68ikR4aKfffOYpkgo=\n"
	authOthers = "carol:{SHA}KLkrVu5kuS67cthl8XLvAMcI34M=\nbob:{SHA}KLkrVu5kuS67cthl8XLvAMcI34M=\n"
	authGroups = "staff: alice carol\nempty:\n"
)

// TestAuthTrees asks real Apache and us the same about random configurations.
func TestAuthTrees(t *testing.T) {
	if _, err := os.Stat(*apache); err != nil || testing.Short() {
		t.Skipf("no comparison: %s is not installed, or -short", *apache)
	}
	seed := *authSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("go test ./cmd/understudy -run TestAuthTrees -auth.trees %d -auth.seed %d", *authTrees, seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	a := &txtar.Archive{Comment: []byte("modules: authn_file authz_user authz_groupfile auth_basic")}
	methods := rnd.IntN(2) == 0 // With it, Apache checks sub-requests more often.
	if methods {
		a.Comment = append(a.Comment, " allowmethods"...)
	}
	add := func(name, text string) {
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
	}
	add("users", authUsers)
	add("others", authOthers)
	add("groups", authGroups)
	conf := authCommon
	said := make([]string, *authTrees) // by tree, for the report
	for i := range said {
		s := &treeScribe{rnd: rnd, name: fmt.Sprintf("t%d", i), methods: methods}
		text, htaccess := s.tree()
		for _, name := range []string{"x.txt", "index.html", "s/y.txt", "s/index.html"} {
			add("htdocs/"+s.name+"/"+name, name+"\n")
		}
		conf += text
		said[i] = text
		for name, text := range htaccess {
			add(name, text)
			said[i] += "--- " + name + "\n" + text
		}
	}
	add("httpd.conf", conf)
	asked := askTrees(rnd, len(said))
	want := startScenario(t, *apache, a).answers(t, asked)
	got := startScenario(t, buildBinary(t), a).answers(t, asked)
	for i, tree := range said {
		for j, request := range asked[i] {
			if got[i][j] != want[i][j] {
				t.Errorf("%s\n%sgot:\n%s\nApache:\n%s", tree, request, got[i][j], want[i][j])
				break // The others of a tree are mostly the same.
			}
		}
	}
}

// askTrees makes requests for each tree.
func askTrees(rnd *rand.Rand, trees int) [][]string {
	one := func(of ...string) string { return of[rnd.IntN(len(of))] }
	asked := make([][]string, trees)
	for i := range asked {
		for range 16 {
			var b strings.Builder
			fmt.Fprintf(&b, "%s /t%d%s HTTP/1.1\nHost: localhost\nConnection: close\n",
				one("GET", "GET", "GET", "POST", "HEAD", "OPTIONS", "FOO"), i,
				one("/", "/x.txt", "/s/", "/s/y.txt", "/s", "/nope"))
			// alice:alice bob:bob carol:carol alice:bob ghost:x :
			if user := one("", "YWxpY2U6YWxpY2U=", "Ym9iOmJvYg==", "Y2Fyb2w6Y2Fyb2w=", "YWxpY2U6Ym9i", "Z2hvc3Q6eA==", "Og=="); user != "" {
				b.WriteString("Authorization: Basic " + user + "\n")
			}
			b.WriteString(one("", "X-Go: 1\n") + "\n")
			asked[i] = append(asked[i], b.String())
		}
	}
	return asked
}

// answers are, for each request, the status line, what the answer says of
// methods and realms, and what the error log says.
func (s *scenario) answers(t *testing.T, asked [][]string) [][]string {
	log, err := os.Open(filepath.Join(s.root, "error.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	buffer := make([]byte, 1<<20)
	all := make([][]string, len(asked))
	for i := range asked {
		for _, request := range asked[i] {
			log.Seek(0, 2)
			var b strings.Builder
			for line := range strings.Lines(s.ask(t, []byte(request))) {
				if strings.HasPrefix(line, "HTTP/") || strings.HasPrefix(line, "Www-Auth") || strings.HasPrefix(line, "Allow:") {
					b.WriteString(line)
				}
			}
			n, _ := log.Read(buffer)
			for line := range strings.Lines(s.mask(string(buffer[:n]))) {
				if i := strings.Index(line, "[client "); i >= 0 {
					b.WriteString(logPlace.ReplaceAllString(logFrame.ReplaceAllString(line, "$1 "), ""))
				}
			}
			all[i] = append(all[i], b.String())
		}
	}
	return all
}

// logPlace is what we say of a line and Apache does not.
var logPlace = regexp.MustCompile(`(?m) \({{ROOT}}/[^ ()]+:\d+\)$`)

// logFrame is a line of the error log up to its text, with the module in it.
var logFrame = regexp.MustCompile(`^\[[^]]*\] (\[[^]]*\]) .*\[client [^]]*\] `)
