//go:build unix

package main

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

var (
	authSeed  = flag.Uint64("auth.seed", 0, "seed of TestAuthTrees; 0: the time")
	authTrees = flag.Int("auth.trees", 40, "how many trees TestAuthTrees makes")
	authKeep  = flag.Bool("auth.keep", false, "keep what TestAuthTrees asks, and Apache's answers, in testdata/authtree")
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
// A seed that differed is kept with -auth.keep, to be replayed for ever.
func TestAuthTrees(t *testing.T) {
	if _, err := os.Stat(*apache); err != nil || testing.Short() {
		t.Skipf("no comparison: %s is not installed, or -short", *apache)
	}
	seed := *authSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("go test ./cmd/understudy -run 'TestAuthTrees$' -auth.trees %d -auth.seed %d", *authTrees, seed)
	f := plant(seed, *authTrees)
	want := startScenario(t, *apache, f.archive).answers(t, f.asked)
	if *authKeep {
		f.keep(t, fmt.Sprintf("%d-%d", seed, *authTrees), want)
	}
	f.compare(t, want, startScenario(t, buildBinary(t), f.archive).answers(t, f.asked))
}

// A forest is random configurations, one a tree, and what is asked of each.
type forest struct {
	archive *txtar.Archive
	said    []string // by tree, for the report
	asked   [][]string
}

// plant makes a forest, always the same of a seed.
func plant(seed uint64, trees int) *forest {
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
	said := make([]string, trees)
	for i := range said {
		s := &treeScribe{rnd: rnd, name: fmt.Sprintf("t%d", i), methods: methods}
		text, htaccess := s.tree()
		for _, name := range []string{"x.txt", "index.html", "s/y.txt", "s/index.html"} {
			add("htdocs/"+s.name+"/"+name, name+"\n")
		}
		conf += text
		said[i] = text
		for _, name := range slices.Sorted(maps.Keys(htaccess)) {
			add(name, htaccess[name])
			said[i] += "--- " + name + "\n" + htaccess[name]
		}
	}
	add("httpd.conf", conf)
	return &forest{a, said, askTrees(rnd, trees)}
}

// compare reports the first answer of each tree that is another than Apache's.
func (f *forest) compare(t *testing.T, want, got [][]string) {
	t.Helper()
	for i, tree := range f.said {
		for j, request := range f.asked[i] {
			if got[i][j] != want[i][j] {
				t.Errorf("%s\n%sgot:\n%s\nApache:\n%s", tree, request, got[i][j], want[i][j])
				break // The others of a tree are mostly the same.
			}
		}
	}
}

const authTreeDir = "../../testdata/authtree"

// keep writes a forest down, with the answers.
func (f *forest) keep(t *testing.T, name string, answers [][]string) {
	a := &txtar.Archive{Comment: f.archive.Comment, Files: slices.Clone(f.archive.Files)}
	for i := range f.asked {
		for j, request := range f.asked[i] {
			a.Files = append(a.Files, txtar.File{Name: fmt.Sprintf("request %d", i), Data: []byte(request)},
				txtar.File{Name: "answer", Data: []byte(answers[i][j])})
		}
	}
	os.MkdirAll(authTreeDir, 0o755)
	if err := os.WriteFile(filepath.Join(authTreeDir, name+".txtar"), txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestAuthTreesKept asks us what real Apache was asked, and wants its answers.
func TestAuthTreesKept(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join(authTreeDir, "*.txtar"))
	if len(paths) == 0 {
		t.Fatal("there are none")
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			f, want := readForest(t, path)
			f.compare(t, want, startScenario(t, buildBinary(t), f.archive).answers(t, f.asked))
		})
	}
}

// readForest reads what keep wrote.
func readForest(t *testing.T, path string) (f *forest, want [][]string) {
	all, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f = &forest{archive: &txtar.Archive{Comment: all.Comment}}
	for _, file := range all.Files {
		var tree int
		switch n, _ := fmt.Sscanf(file.Name, "request %d", &tree); {
		case n == 1:
			for len(f.asked) <= tree {
				f.asked, want = append(f.asked, nil), append(want, nil)
				f.said = append(f.said, fmt.Sprintf("tree %d of %s", len(f.said), path))
			}
			f.asked[tree] = append(f.asked[tree], string(file.Data))
		case file.Name == "answer":
			last := len(want) - 1
			want[last] = append(want[last], string(file.Data))
		default:
			f.archive.Files = append(f.archive.Files, file)
		}
	}
	return f, want
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
	s.ask(t, []byte("HEAD / HTTP/1.0\n\n")) // Ports are bound before logs are opened.
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
