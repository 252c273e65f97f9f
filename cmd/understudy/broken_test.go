//go:build unix

package main

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

const brokenDir = "../../testdata/broken"

// TestBroken has -t look at testdata/broken/*.txtar: trees with something wrong,
// or that only look so (testdata/broken/README.md). With -update it asks real
// Apache for what it says of each.
func TestBroken(t *testing.T) {
	ours := buildBinary(t)
	paths, _ := filepath.Glob(filepath.Join(brokenDir, "*.txtar"))
	if len(paths) == 0 {
		t.Fatal("no tree was found")
	}
	turns := make(chan struct{}, max(2, runtime.NumCPU()))
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			turns <- struct{}{}
			defer func() { <-turns }()
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b := layBroken(t, a)
			if *update {
				b.record(t, ours, path, a)
				return
			}
			b.judge(t, ours, a)
		})
	}
}

// A brokenTree is one that was laid out below root.
type brokenTree struct {
	root        string
	port, taken int
}

// layBroken writes the files of a and does what its "setup" says.
func layBroken(t *testing.T, a *txtar.Archive) *brokenTree {
	b := &brokenTree{root: t.TempDir(), port: freePort(t)}
	if note(a, "needs") == "root" && os.Getuid() != 0 {
		t.Skip("needs root")
	}
	os.Chmod(filepath.Dir(b.root), 0o755)
	os.Chmod(b.root, 0o755)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	b.taken = l.Addr().(*net.TCPAddr).Port
	b.lay(t, a)
	return b
}

// lay writes the files, those that every tree has too.
func (b *brokenTree) lay(t *testing.T, a *txtar.Archive) {
	b.write(t, "mime.types", "text/html html\n")
	b.write(t, "htdocs/index.html", "index")
	b.write(t, "pre.conf", b.pre(a))
	for _, f := range a.Files {
		switch f.Name {
		case "apache", "expect", "setup", "reload":
		default:
			b.write(t, f.Name, string(f.Data))
		}
	}
	for _, f := range a.Files {
		if f.Name == "setup" {
			for line := range strings.Lines(string(f.Data)) {
				b.setUp(t, strings.Fields(b.fill(line)))
			}
		}
	}
}

var brokenModules = strings.Fields(`mpm_event authz_core authz_host authz_user authz_groupfile authn_core authn_file
	auth_basic alias dir mime env setenvif headers rewrite ssl socache_shmcb proxy proxy_http proxy_balancer slotmem_shm
	lbmethod_byrequests expires deflate filter autoindex negotiation include macro cgid status wsgi`)

// pre is the file that every main file includes first. A line "without: names"
// leaves modules out.
func (b *brokenTree) pre(a *txtar.Archive) string {
	var s strings.Builder
	out := " " + note(a, "without") + " "
	for _, m := range brokenModules {
		if !strings.Contains(out, " "+m+" ") {
			fmt.Fprintf(&s, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", m, m)
		}
	}
	s.WriteString("ServerName localhost\nListen 127.0.0.1:{{PORT}}\nPidFile {{ROOT}}/httpd.pid\nDefaultRuntimeDir {{ROOT}}\n" +
		"ErrorLog {{ROOT}}/error.log\nScriptSock {{ROOT}}/cgisock\nTypesConfig {{ROOT}}/mime.types\nDocumentRoot {{ROOT}}/htdocs\n")
	if os.Getuid() == 0 {
		s.WriteString("User www-data\nGroup www-data\n")
	}
	s.WriteString("<Directory {{ROOT}}/htdocs>\nRequire all granted\nAllowOverride All\n</Directory>\n")
	return s.String()
}

func (b *brokenTree) write(t *testing.T, name, text string) {
	path := filepath.Join(b.root, name)
	os.MkdirAll(filepath.Dir(path), 0o755)
	mode := os.FileMode(0o644)
	if strings.HasPrefix(text, "#!") {
		mode = 0o755
	}
	if err := os.WriteFile(path, []byte(b.fill(text)), mode); err != nil {
		t.Fatal(err)
	}
}

func (b *brokenTree) fill(text string) string {
	text, _, _ = strings.Cut(text, "{{END}}")
	text = strings.NewReplacer("{{ROOT}}", b.root, "{{PORT}}", fmt.Sprint(b.port), "{{TAKEN}}", fmt.Sprint(b.taken),
		`{{NUL}}`, "\x00", `{{CR}}`, "\r", `{{BOM}}`, "\xef\xbb\xbf", `{{BAD}}`, "\xff\xfe").Replace(text)
	return many.ReplaceAllStringFunc(text, func(s string) string {
		m := many.FindStringSubmatch(s)
		n := 0
		fmt.Sscan(m[1], &n)
		return strings.Repeat(strings.ReplaceAll(m[2], `\n`, "\n"), n)
	})
}

// many is text that is repeated.
var many = regexp.MustCompile(`\{\{([0-9]+) x (.*?)\}\}`)

// setUp is a line of "setup": what a txtar file cannot say.
func (b *brokenTree) setUp(t *testing.T, words []string) {
	if len(words) < 2 {
		return
	}
	path := func(i int) string { return filepath.Join(b.root, words[i]) }
	var err error
	switch words[0] {
	case "chmod":
		var mode uint32
		fmt.Sscanf(words[1], "%o", &mode)
		err = os.Chmod(path(2), os.FileMode(mode))
		t.Cleanup(func() { os.Chmod(path(2), 0o755) })
	case "mkdir":
		err = os.MkdirAll(path(1), 0o755)
	case "fifo":
		err = syscall.Mkfifo(path(1), 0o644)
	case "link":
		err = os.Symlink(words[1], path(2))
	case "chain": // of links
		for i := range 50 {
			os.Symlink(fmt.Sprintf("%s%d", words[1], i+1), path(1)+fmt.Sprint(i))
		}
	case "cert": // NAME.pem and NAME.key; "expired" may follow
		b.makeCert(t, words[1], len(words) > 2)
	default:
		t.Fatalf("setup does not know %q", words[0])
	}
	if err != nil {
		t.Fatal(err)
	}
}

// makeCert makes a certificate for localhost that signs itself, and its key.
func (b *brokenTree) makeCert(t *testing.T, name string, expired bool) {
	cert, key := newCertificate(t, nil, nil, func(c *x509.Certificate) {
		if expired {
			c.NotBefore, c.NotAfter = time.Now().Add(-96*time.Hour), time.Now().Add(-24*time.Hour)
		}
	}).texts(t)
	b.write(t, name+".pem", cert)
	b.write(t, name+".key", key)
}

// part is a file of a tree; ok tells whether there is one.
func part(a *txtar.Archive, name string) (string, bool) {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}

// test runs -t and returns its exit code and what it says.
func (b *brokenTree) test(binary string) string {
	cmd := exec.Command(binary, "-t", "-D", "VERIFY", "-d", b.root, "-f", "httpd.conf")
	out, _ := cmd.CombinedOutput()
	return fmt.Sprintf("exit %d\n%s", cmd.ProcessState.ExitCode(), b.mask(string(out)))
}

var stamp = regexp.MustCompile(`(?m)^\[[^\]]*\] (\[[^\]]*\]) \[pid [^\]]*\] `)

func (b *brokenTree) mask(text string) string {
	text = stamp.ReplaceAllString(text, "$1 ")
	return strings.NewReplacer(b.root, "{{ROOT}}", fmt.Sprint(b.port), "{{PORT}}", fmt.Sprint(b.taken), "{{TAKEN}}",
		"\x00", "{{NUL}}", "\xff\xfe", "{{BAD}}").Replace(text)
}

// judge compares what we say with what is expected: what Apache says, but where
// the tree has words of its own for us. What is accepted must be served.
func (b *brokenTree) judge(t *testing.T, ours string, a *txtar.Archive) {
	want, own := part(a, "expect")
	if !own {
		want, _ = part(a, "apache")
	}
	got := b.test(ours)
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if strings.HasPrefix(got, "exit 0") && note(a, "serves") != "no" {
		b.serves(t, ours)
	}
}

// serves starts the server on the tree, and asks it.
func (b *brokenTree) serves(t *testing.T, binary string) {
	startServer(t, binary, b.root, b.port)
	s := &site{t: t, root: b.root, port: b.port}
	if status, _ := s.get("/"); status != 200 {
		t.Errorf("-t says that all is well, and the server answers %d; the log:\n%s", status, s.log())
	}
}

// record asks real Apache where the tree has no "apache" part yet, and writes
// down where we differ. What only its start dies of stands below its -t.
func (b *brokenTree) record(t *testing.T, ours, path string, a *txtar.Archive) {
	says, known := part(a, "apache")
	if !known {
		says = b.test(*apache)
	}
	if !known && strings.HasPrefix(says, "exit 0") {
		cmd := exec.Command(*apache, "-d", b.root, "-f", "httpd.conf", "-k", "start")
		cmd.WaitDelay = 1
		var out bytes.Buffer
		cmd.Stderr, cmd.Stdout = &out, &out
		err := cmd.Run()
		stop := exec.Command(*apache, "-d", b.root, "-f", "httpd.conf", "-c", "PidFile "+b.root+"/httpd.pid", "-k", "stop")
		stop.Run()
		log, _ := os.ReadFile(filepath.Join(b.root, "error.log"))
		if err != nil && cmd.ProcessState.ExitCode() != 0 {
			says += "start\n" + b.mask(out.String()+string(log))
		}
	}
	a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "apache" || f.Name == "expect" })
	a.Files = append(a.Files, txtar.File{Name: "apache", Data: []byte(says)})
	if own := b.test(ours); own != says {
		a.Files = append(a.Files, txtar.File{Name: "expect", Data: []byte(own)})
	}
	if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}
