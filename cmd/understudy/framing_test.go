package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// TestFraming sends requests that are hard to read, and compares where we see
// them end with what real Apache was recorded to see.
func TestFraming(t *testing.T) {
	compareFraming(t, buildBinary(t), func(c framingCase) string { return c.ours })
}

// TestFramingLive asks real Apache the same, where it is installed.
func TestFramingLive(t *testing.T) {
	if _, err := os.Stat(*apache); err != nil || testing.Short() {
		t.Skipf("no live comparison: %s is not installed, or -short", *apache)
	}
	compareFraming(t, *apache, func(c framingCase) string { return c.apache })
}

// A framingCase is a line of testdata/wire/framing.tsv.
type framingCase struct {
	line         int
	request      string
	apache, ours string
}

const followUp = "GET /t.txt HTTP/1.1\r\nHost: z\r\nConnection: close\r\n\r\n"

func compareFraming(t *testing.T, binary string, want func(framingCase) string) {
	cases := readFraming(t)
	s := startScenario(t, binary, txtar.Parse([]byte(`
-- httpd.conf --
DirectoryIndex index.html
-- htdocs/index.html --
<p>root</p>
-- htdocs/t.txt --
0123456789abcdefghijklmnopqrstuvwxyz
`)))
	for _, c := range cases {
		raw := converse(t, s.port, c.request+followUp)
		if got := summary(raw, strings.HasPrefix(c.request, "HEAD ")); got != want(c) {
			t.Errorf("framing.tsv:%d: got %q, want %q", c.line, got, want(c))
		}
	}
}

func readFraming(t *testing.T) []framingCase {
	text, err := os.ReadFile("../../testdata/wire/framing.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var cases []framingCase
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) < 2 || strings.HasPrefix(line, "#") {
			continue
		}
		request, err := strconv.Unquote(repeated(f[1]))
		if err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		c := framingCase{n, request, f[0], f[0]}
		if len(f) > 2 {
			c.ours = f[2]
		}
		cases = append(cases, c)
	}
	if len(cases) < 300 {
		t.Fatalf("only %d cases", len(cases))
	}
	return cases
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
