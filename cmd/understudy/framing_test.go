package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// TestFraming sends requests that are hard to read, and compares where we see
// them end with what real Apache was recorded to see. With -update it asks
// real Apache again, and writes down what that says.
func TestFraming(t *testing.T) {
	for _, f := range framingFiles(t) {
		t.Run(f.name, func(t *testing.T) {
			if *update {
				f.record(t)
				return
			}
			f.compare(t, buildBinary(t), func(c framingCase) string { return c.ours })
		})
	}
}

// TestFramingLive asks real Apache the same, where it is installed.
func TestFramingLive(t *testing.T) {
	if _, err := os.Stat(*apache); err != nil || testing.Short() {
		t.Skipf("no live comparison: %s is not installed, or -short", *apache)
	}
	for _, f := range framingFiles(t) {
		t.Run(f.name, func(t *testing.T) {
			f.compare(t, *apache, func(c framingCase) string { return c.apache })
		})
	}
}

// A framingFile is a file of testdata/wire: requests to a server whose
// configuration has a line more.
type framingFile struct {
	name, configured string
	lines            []string
	cases            []framingCase
}

// A framingCase is a line of it.
type framingCase struct {
	line         int
	quoted       string
	request      string
	apache, ours string
}

const followUp = "GET /t.txt HTTP/1.1\r\nHost: z\r\nConnection: close\r\n\r\n"

// configured is how a file names its line of configuration.
const configured = "# Configured: "

func framingFiles(t *testing.T) []framingFile {
	names, _ := filepath.Glob("../../testdata/wire/*.tsv")
	var all []framingFile
	n := 0
	for _, name := range names {
		f := readFraming(t, name)
		n += len(f.cases)
		all = append(all, f)
	}
	if n < 1200 {
		t.Fatalf("only %d cases", n)
	}
	return all
}

func readFraming(t *testing.T, name string) framingFile {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f := framingFile{name: filepath.Base(name)}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		f.lines = append(f.lines, line)
		if conf, ok := strings.CutPrefix(line, configured); ok {
			f.configured += conf + "\n"
		}
		part := strings.Split(line, "\t")
		if len(part) < 2 || strings.HasPrefix(line, "#") {
			continue
		}
		request, err := strconv.Unquote(repeated(part[1]))
		if err != nil {
			t.Fatalf("%s:%d: %v", name, len(f.lines), err)
		}
		c := framingCase{len(f.lines), part[1], request, part[0], part[0]}
		if len(part) > 2 {
			c.ours = part[2]
		}
		f.cases = append(f.cases, c)
	}
	return f
}

// serve starts a server that the cases are meant for.
func (f framingFile) serve(t *testing.T, binary string) *scenario {
	return startScenario(t, binary, txtar.Parse([]byte(`
-- httpd.conf --
DirectoryIndex index.html
`+f.configured+`
-- htdocs/index.html --
<p>root</p>
-- htdocs/t.txt --
0123456789abcdefghijklmnopqrstuvwxyz
`)))
}

func (f framingFile) compare(t *testing.T, binary string, want func(framingCase) string) {
	s := f.serve(t, binary)
	for _, c := range f.cases {
		if got := c.ask(t, s.port); got != want(c) {
			t.Errorf("%s:%d: got %q, want %q", f.name, c.line, got, want(c))
		}
	}
}

// record asks real Apache. What deviates stays so.
func (f framingFile) record(t *testing.T) {
	s := f.serve(t, *apache)
	for _, c := range f.cases {
		line := c.ask(t, s.port) + "\t" + c.quoted
		if c.ours != c.apache {
			line += "\t" + c.ours
		}
		f.lines[c.line-1] = line
	}
	text := strings.Join(f.lines, "\n") + "\n"
	if err := os.WriteFile("../../testdata/wire/"+f.name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ask sends the case and the request behind it.
func (c framingCase) ask(t *testing.T, port int) string {
	return summary(converse(t, port, c.request+followUp), strings.HasPrefix(c.request, "HEAD "))
}

var repetition = regexp.MustCompile(`\{(\d+)\*([^}]*)\}`)

// repeated writes out "{3*ab}".
func repeated(s string) string {
	return repetition.ReplaceAllStringFunc(s, func(m string) string {
		part := repetition.FindStringSubmatch(m)
		n, _ := strconv.Atoi(part[1])
		return strings.Repeat(part[2], n)
	})
}

// converse sends all, says that there is no more, and reads until the end.
func converse(t *testing.T, port int, request string) string {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, request)
	c.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("%.60q: %v after %.60q", request, err, answer)
	}
	return string(answer)
}

// summary is what framing.tsv has of responses.
func summary(raw string, head bool) string {
	var all []string
	in := bufio.NewReader(strings.NewReader(raw))
	for {
		first, _ := in.Peek(5)
		if len(first) == 0 {
			break
		}
		if string(first) != "HTTP/" {
			return strings.Join(append(all, "0.9"), ", ")
		}
		method := "GET"
		if head && len(all) == 0 {
			method = "HEAD"
		}
		r, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			return fmt.Sprintf("%s, %v", strings.Join(all, ", "), err)
		}
		all = append(all, one(r, method))
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			all = append(all, err.Error())
		}
	}
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}

func one(r *http.Response, method string) string {
	s := strconv.Itoa(r.StatusCode)
	if r.StatusCode == 100 {
		return s
	}
	// A response that ends with the connection always counts as closed to
	// package http; all recorded ones say so too.
	if r.Close {
		s += "-close"
	}
	switch {
	case method == "HEAD":
	case len(r.TransferEncoding) > 0:
		s += " chunked"
	case r.ContentLength < 0:
		s += " close"
	}
	return s
}
