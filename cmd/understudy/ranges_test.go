//go:build unix

package main

import (
	"bufio"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var rangeSeed = flag.Uint64("seed", 1, "what TestRangesLive makes its requests of")

const rangeFile = "../../testdata/ranges/ranges.tsv"

// TestRanges asks for parts of files, and under conditions, and compares with
// what real Apache was recorded to answer: testdata/ranges has requests made by
// chance, those among them that ever differed. With -update it asks again.
func TestRanges(t *testing.T) {
	text, err := os.ReadFile(rangeFile)
	if err != nil {
		t.Fatal(err)
	}
	binary := buildBinary(t)
	if *update {
		binary = *apache
	}
	s := startScenario(t, binary, rangeSite())
	var out strings.Builder
	n := 0
	for line := range strings.Lines(string(text)) {
		want, quoted, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			out.WriteString(line)
			continue
		}
		n++
		request, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got := askRange(t, s, request)
		fmt.Fprintf(&out, "%s\t%s\n", got, quoted)
		if got != want && !*update {
			t.Errorf("%s: got %s, want %s", quoted, got, want)
		}
	}
	if n < 200 {
		t.Errorf("only %d requests", n)
	}
	if *update {
		if err := os.WriteFile(rangeFile, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRangesLive asks us and real Apache, where it is installed, the same, made
// by chance from -seed.
func TestRangesLive(t *testing.T) {
	if _, err := os.Stat(*apache); err != nil || testing.Short() {
		t.Skipf("no live comparison: %s is not installed, or -short", *apache)
	}
	ours, theirs := startScenario(t, buildBinary(t), rangeSite()), startScenario(t, *apache, rangeSite())
	rnd := rand.New(rand.NewPCG(*rangeSeed, 0))
	for range 1500 {
		request := rangeRequest(rnd)
		if got, want := askRange(t, ours, request), askRange(t, theirs, request); got != want {
			t.Errorf("to be kept in %s:\n%s\t%q\ngot %s", rangeFile, want, request, got)
		}
	}
}

// rangeSite has a small file, an empty one, one that is remembered, and one that
// is too large for that.
func rangeSite() *txtar.Archive {
	lines := func(n int) []byte {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%015d\n", i)
		}
		return []byte(b.String())
	}
	return &txtar.Archive{Files: []txtar.File{{Name: "httpd.conf", Data: []byte(grantAll + "FileETag MTime Size\n")},
		{Name: "htdocs/small.txt", Data: []byte("0123456789abcdefghijklmnopqrstuvwxyz")}, {Name: "htdocs/empty.txt"},
		{Name: "htdocs/middle.txt", Data: lines(2000)}, {Name: "htdocs/large.txt", Data: lines(20000)}}}
}

// rangeRequest makes a request up.
func rangeRequest(rnd *rand.Rand) string {
	one := func(of ...string) string { return of[rnd.IntN(len(of))] }
	size, path := 0, ""
	switch rnd.IntN(8) {
	case 0:
		size, path = 0, "/empty.txt"
	case 1, 2:
		size, path = 32000, "/middle.txt"
	case 3:
		size, path = 320000, "/large.txt"
	default:
		size, path = 36, "/small.txt"
	}
	number := func() string {
		switch rnd.IntN(12) {
		case 0:
			return one("", "x", "-1", "+1", "0x1", " 1", "1 ", "00", "9223372036854775807", "9223372036854775808", "99999999999999999999", "1.5")
		case 1:
			return strconv.Itoa(size + rnd.IntN(3) - 1)
		}
		return strconv.Itoa(rnd.IntN(size + 5))
	}
	spec := func() string {
		switch rnd.IntN(6) {
		case 0:
			return number() + "-"
		case 1:
			return "-" + number()
		case 2:
			return one("", "-", "--", "a-b", "1", "1-2-3", " ", "0-0", "0-", "-0", "-1") // mostly odd
		}
		return number() + "-" + number()
	}
	tag := fmt.Sprintf(`"%x-59b1f7226f340"`, size)
	tags := func() string {
		return one(tag, tag, `W/`+tag, `"other"`, `"a", `+tag, `W/"a",`+tag, "*", `*, "x"`, strings.Trim(tag, `"`), `""`, "", `"a"`+tag, tag+" x")
	}
	date := func() string {
		return one("Thu, 02 Jan 2020 03:04:05 GMT", "Thu, 02 Jan 2020 03:04:04 GMT", "Thu, 02 Jan 2020 03:04:06 GMT",
			"Thursday, 02-Jan-20 03:04:05 GMT", "Thu Jan  2 03:04:05 2020", "Fri, 02 Jan 1970 00:00:00 GMT", "Thu, 02 Jan 2120 03:04:05 GMT",
			"yesterday", "", "0", "Thu, 02 Jan 2020 03:04:05 GMT; length=36", "Thu, 32 Jan 2020 03:04:05 GMT", "Thu, 02 Jan 2020 03:04:05 +0000")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.%s\r\nHost: localhost\r\nConnection: close\r\n", one("GET", "GET", "GET", "HEAD", "POST"), path, one("1", "1", "1", "0"))
	if rnd.IntN(4) > 0 {
		specs := []string{spec()}
		for rnd.IntN(5) > 2 {
			specs = append(specs, spec())
		}
		fmt.Fprintf(&b, "%s: %s%s\r\n", one("Range", "Range", "Range", "Range", "Range", "Range", "Range", "Request-Range"),
			one("bytes=", "bytes=", "bytes=", "bytes=", "bytes=", "bytes=", "Bytes=", "bytes =", "bytes= ", "bits=", "bytes", ""),
			strings.Join(specs, one(",", ",", ",", ", ", " ,", ",,", ";")))
	}
	for _, name := range []string{"If-Match", "If-None-Match"} {
		if rnd.IntN(5) == 0 {
			fmt.Fprintf(&b, "%s: %s\r\n", name, tags())
		}
	}
	for _, name := range []string{"If-Modified-Since", "If-Unmodified-Since"} {
		if rnd.IntN(5) == 0 {
			fmt.Fprintf(&b, "%s: %s\r\n", name, date())
		}
	}
	if rnd.IntN(4) == 0 {
		fmt.Fprintf(&b, "If-Range: %s\r\n", one(tags(), date()))
	}
	return b.String() + "\r\n"
}

// askRange is the status of an answer, the fields that tell of its body, and the
// beginning of that or what it comes to.
func askRange(t *testing.T, s *scenario, request string) string {
	raw := converse(t, s.port, request)
	method, _, _ := strings.Cut(request, " ")
	r, err := http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), &http.Request{Method: method})
	if err != nil {
		return err.Error()
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	text := string(body)
	if _, boundary, ok := strings.Cut(r.Header.Get("Content-Type"), "boundary="); ok {
		text = strings.ReplaceAll(text, boundary, "BOUNDARY")
	}
	answer := fmt.Sprintf("%d", r.StatusCode)
	for _, name := range []string{"Content-Length", "Content-Range", "Content-Type", "Transfer-Encoding", "Etag", "Last-Modified", "Accept-Ranges", "Vary"} {
		value := r.Header.Get(name)
		if name == "Content-Length" && strings.Contains(r.Header.Get("Content-Type"), "boundary=") && r.ContentLength >= 0 {
			value = "known" // Boundaries differ in length.
		}
		value, _, _ = strings.Cut(value, "boundary=")
		if value != "" {
			answer += fmt.Sprintf(" %s=%q", name, value)
		}
	}
	if len(text) > 40 {
		sum := sha256.Sum256([]byte(text))
		return fmt.Sprintf("%s %d bytes %x", answer, len(text), sum[:6])
	}
	return fmt.Sprintf("%s %q", answer, text)
}
