//go:build unix

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// buildBinary builds the program once for all tests and returns its path as
// apache2.
var buildBinary = func() func(*testing.T) string {
	var once sync.Once
	var path string
	var failed error
	return func(t *testing.T) string {
		once.Do(func() {
			dir, err := os.MkdirTemp("", "understudy-test-")
			if err != nil {
				failed = err
				return
			}
			os.Chmod(dir, 0o755)
			path = filepath.Join(dir, "apache2")
			if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
				failed = fmt.Errorf("go build: %v\n%s", err, out)
			}
			cleanups = append(cleanups, func() { os.RemoveAll(dir) })
		})
		if failed != nil {
			t.Fatal(failed)
		}
		return path
	}
}()

// cleanups run when all tests are over.
var cleanups []func()

func TestMain(m *testing.M) {
	code := m.Run()
	for _, f := range cleanups {
		f()
	}
	os.Exit(code)
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// startServer starts binary on root in the foreground, waits until it answers
// on port, and ends it with the test.
func startServer(t *testing.T, binary, root string, port int, args ...string) *exec.Cmd {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(binary, append([]string{"-d", root, "-f", "httpd.conf", "-DFOREGROUND"}, args...)...)
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Errorf("%s did not end within 10 s of SIGTERM", binary)
		}
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	})
	for range 500 {
		select {
		case <-ended:
			log, _ := os.ReadFile(filepath.Join(root, "error.log"))
			t.Fatalf("%s ended: %s\n%s", binary, said.String(), log)
		default:
		}
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			c.Close()
			return cmd
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s does not answer on port %d: %s", binary, port, said.String())
	return nil
}

// readResponses sends raw and reads responses until the server closes.
func readResponses(t *testing.T, port int, raw []byte) string {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := c.Write(raw); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	in := bufio.NewReader(c)
	method, _, _ := strings.Cut(string(raw), " ")
	for {
		if _, err := in.Peek(1); err != nil {
			return b.String()
		}
		if first, _ := in.Peek(5); string(first) != "HTTP/" {
			rest, _ := io.ReadAll(in)
			fmt.Fprintf(&b, "(no header)\n%s", rest)
			return b.String()
		}
		r, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			fmt.Fprintf(&b, "(%v)\n", err)
			return b.String()
		}
		body, err := io.ReadAll(r.Body)
		body = decoded(r, body)
		fmt.Fprintf(&b, "%s %s\n", r.Proto, r.Status)
		sortAllow(r)
		for _, name := range fields(r) {
			fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(r.Header[name], "\n"+name+": "))
		}
		if r.ContentLength >= 0 {
			fmt.Fprintf(&b, "Content-Length: %d\n", r.ContentLength)
		}
		if len(r.TransferEncoding) > 0 {
			fmt.Fprintf(&b, "Transfer-Encoding: %s\n", r.TransferEncoding[0])
		}
		fmt.Fprintf(&b, "\n%s", body)
		if len(body) > 0 && body[len(body)-1] != '\n' {
			b.WriteString("\n")
		}
		if err != nil {
			fmt.Fprintf(&b, "(%v)\n", err)
		}
	}
}

// decoded is a compressed body as it was before, whose length then tells
// nothing: two encoders seldom make the same of it.
func decoded(r *http.Response, body []byte) []byte {
	coding := r.Header.Get("Content-Encoding")
	if coding == "" {
		return body
	}
	r.ContentLength = -1
	if part, _, ok := strings.Cut(r.Header.Get("Content-Range"), "/"); ok {
		r.Header.Set("Content-Range", part)
	}
	var in io.Reader
	switch coding {
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return body
		}
		in = z
	case "br":
		in = brotli.NewReader(bytes.NewReader(body))
	case "zstd":
		z, err := zstd.NewReader(bytes.NewReader(body))
		if err != nil {
			return body
		}
		defer z.Close()
		in = z
	default:
		return body
	}
	plain, err := io.ReadAll(in)
	if err != nil {
		return body
	}
	return append([]byte("(compressed)\n"), plain...)
}

// sortAllow puts the methods of Allow in order: Apache's is random.
func sortAllow(r *http.Response) {
	if allow := r.Header.Get("Allow"); allow != "" {
		methods := strings.Split(allow, ",")
		slices.Sort(methods)
		r.Header.Set("Allow", strings.Join(methods, ","))
	}
}

// fields are the names of r's header that a scenario compares.
func fields(r *http.Response) []string {
	var names []string
	for name := range r.Header {
		if name != "Date" && name != "Server" && name != "Content-Length" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
