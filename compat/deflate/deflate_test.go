package deflate

import (
	"bytes"
	stdgzip "compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

// sink is the end of a chain of filters.
type sink struct {
	bytes.Buffer
	pieces int
	closed bool
}

func (s *sink) Write(p []byte) (int, error) { s.pieces++; return s.Buffer.Write(p) }
func (s *sink) File(f *os.File, offset, n int64) error {
	return compat.WriteFile(s, f, offset, n)
}
func (s *sink) Flush() error { return nil }
func (s *sink) Close() error { s.closed = true; return nil }

// request is one under lines of configuration.
func request(t testing.TB, lines ...string) *compat.Request {
	t.Helper()
	b := conftest.New(t, &Module)
	p := &conftest.Place{Host: b.Main}
	if err := p.Obey(lines...); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	r := conftest.Get(b.Main, "/a")
	r.In.Set("Accept-Encoding", "gzip")
	r.ContentType = "text/html"
	return r
}

func logged(r *compat.Request) string {
	return strings.Join(r.Engine.(*conftest.Engine).Lines, "\n")
}

func zip(text string) string {
	var b bytes.Buffer
	w := stdgzip.NewWriter(&b)
	w.Header = stdgzip.Header{Name: "name", Comment: "comment", Extra: []byte("extra")}
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func unzip(t *testing.T, body []byte) string {
	t.Helper()
	z, err := stdgzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestInput(t *testing.T) {
	long := strings.Repeat("words and words\n", 2000)
	varied := ""
	for i := range 5000 {
		varied += strconv.Itoa(i) + " lines\n"
	}
	good := zip("some text")
	flip := func(s string, at int) string {
		b := []byte(s)
		b[at] ^= 0xff
		return string(b)
	}
	for _, c := range []struct {
		name, encoding, body string
		lines                []string
		want                 string
		err                  error
		log, left            string
	}{
		{name: "plain", encoding: "", body: "x", want: "x"},
		{name: "gzip", encoding: "gzip", body: good, want: "some text"},
		{name: "x-gzip", encoding: "X-GZIP", body: good, want: "some text"},
		{name: "inside", encoding: "deflate, gzip , identity", body: good, want: good},
		{name: "outermost", encoding: "deflate, gzip, identity", body: good, want: "some text", left: "deflate"},
		{name: "other", encoding: "gzip, br", body: good, want: good, left: "gzip, br"},
		{name: "empty", encoding: "gzip", body: ""},
		{name: "header", encoding: "gzip", body: good[:7], err: compat.StatusError(400), log: "error AH02619"},
		{name: "magic", encoding: "gzip", body: flip(good, 0), err: compat.StatusError(400), log: "warn AH01387"},
		{name: "flags", encoding: "gzip", body: flip(good, 3), err: compat.StatusError(400), log: "warn AH01388: Zlib: Invalid flags e3"},
		{name: "cut", encoding: "gzip", body: good[:len(good)-9], want: "some text", err: compat.StatusError(400), log: "error AH02481"},
		{name: "trailer", encoding: "gzip", body: good[:len(good)-3], want: "some text", err: compat.StatusError(400), log: "error AH02481"},
		{name: "sum", encoding: "gzip", body: flip(good, len(good)-8), want: "some text", err: compat.StatusError(400), log: "warn AH01394"},
		{name: "length", encoding: "gzip", body: flip(good, len(good)-4), want: "some text", err: compat.StatusError(400), log: "warn AH01395"},
		{name: "more", encoding: "gzip", body: good + "x", want: "some text", err: compat.StatusError(400), log: "error AH02485"},
		{name: "limit", encoding: "gzip", body: zip(long), lines: []string{"DeflateInflateLimitRequestBody 100"},
			err: compat.StatusError(413), log: "larger than the configured limit of 100"},
		{name: "ratio", encoding: "gzip", body: zip(strings.Repeat("x", 1<<20)), lines: []string{"DeflateInflateRatioLimit 10", "DeflateInflateRatioBurst 2"},
			err: compat.StatusError(400), log: "AH02649: Inflated content ratio is larger than the configured limit 10 by 2 time(s)"},
		{name: "ratio enough", encoding: "gzip", body: zip(varied), want: varied},
	} {
		r := request(t, c.lines...)
		if c.encoding != "" {
			r.In.Set("Content-Encoding", c.encoding)
		}
		r.In.Set("Content-Length", "1")
		got, err := io.ReadAll(wrapInput(r, strings.NewReader(c.body)))
		if c.name == "ratio" && len(got) < 1<<19 {
			got = nil // What came before it was too much.
		}
		if string(got) != c.want || err != c.err || !strings.Contains(logged(r), c.log) {
			t.Errorf("%s: got %.60q, %v, log %q", c.name, got, err, logged(r))
		}
		if c.want == "some text" && c.err == nil && (r.In.Get("Content-Encoding") != c.left || r.In.Has("Content-Length")) {
			t.Errorf("%s: got fields %v", c.name, r.In.Fields())
		}
	}
}

func TestInflate(t *testing.T) {
	good := zip("some text")
	for _, c := range []struct {
		name, body, want string
		err              error
		log              string
	}{
		{"good", good, "some text", nil, ""},
		{"garbage", good + "more", "some text", nil, ""},
		{"bad", "no gzip at all", "", errFailed, "error AH01405"},
		{"cut", good[:len(good)-5], "some text", errFailed, "error AH01401"},
		{"nothing", "", "", errFailed, "error AH01401"},
	} {
		for _, pieces := range []int{1, 1000} {
			r := request(t)
			r.Out.Set("Content-Length", "7")
			r.Out.Set("ETag", `"e"`)
			r.Encodings = []string{"gzip"}
			var s sink
			w := wrapInflate(r, &s)
			var err error
			for p := []byte(c.body); len(p) > 0 && err == nil; p = p[min(pieces, len(p)):] {
				_, err = w.Write(p[:min(pieces, len(p))])
			}
			if err == nil {
				err = w.Close()
			}
			if s.String() != c.want || err != c.err || !strings.Contains(logged(r), c.log) {
				t.Errorf("%s: got %q, %v, log %q", c.name, s.String(), err, logged(r))
			}
			if len(r.Encodings) > 0 || r.Out.Has("Content-Length") || r.Out.Get("ETag") != `"e-gunzip"` || s.closed != (err == nil) {
				t.Errorf("%s: got %v %v, closed %v", c.name, r.Encodings, r.Out.Fields(), s.closed)
			}
		}
	}
}

func TestStreams(t *testing.T) {
	r := request(t, "DeflateMemLevel 1")
	var s sink
	w := hosts.Wrap(r, &s)
	text := strings.Repeat("Apache and what it says. ", 40)
	io.WriteString(w, text)
	if s.pieces != 0 {
		t.Error("it went out at once")
	}
	w.Flush()
	if s.pieces != 1 || r.Out.Has("Content-Length") {
		t.Errorf("got %d pieces after a flush, %v", s.pieces, r.Out.Fields())
	}
	io.WriteString(w, text)
	w.Close()
	if got := unzip(t, s.Bytes()); got != text+text || !s.closed {
		t.Errorf("got %q", got)
	}
}

func TestVariants(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.html")
	text := strings.Repeat("a text that is not so short. ", 100)
	old := time.Now().Add(-time.Hour)
	write := func(name, content string, at time.Time) {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		os.Chtimes(name, at, at)
	}
	ask := func(lines ...string) ([]byte, *compat.Request) {
		r := request(t, lines...)
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, _ := f.Stat()
		r.Out.Set("Content-Length", itoa(info.Size()))
		var s sink
		w := hosts.Wrap(r, &s)
		if err := w.File(f, 0, info.Size()); err != nil {
			t.Fatal(err)
		}
		w.Close()
		if r.Out.Get("Content-Length") != itoa(int64(s.Len())) {
			t.Errorf("got length %s of %d", r.Out.Get("Content-Length"), s.Len())
		}
		return s.Bytes(), r
	}
	write(name, text, old)
	first, _ := ask()
	if unzip(t, first) != text {
		t.Error("not the text")
	}

	// Somebody who compressed it is believed only if it is the same.
	other := zip(strings.ToUpper(text))
	write(name, text, old.Add(time.Second))
	write(name+".gz", other, old)
	if got, _ := ask(); string(got) != string(first) {
		t.Error("another content was sent")
	}
	write(name, text, old.Add(2*time.Second))
	write(name+".gz", zip(text), old)
	if got, _ := ask(); string(got) != zip(text) {
		t.Error("the compressed file was not sent")
	}
	if got, _ := ask("DeflateCompressionLevel 1"); unzip(t, got) != text {
		t.Error("not the text at level 1")
	}

	// A change counts at once.
	os.Remove(name + ".gz")
	write(name, "now "+text, old)
	if got, _ := ask(); unzip(t, got) != "now "+text {
		t.Error("the old content was sent")
	}
	r := request(t)
	var s sink
	w := hosts.Wrap(r, &s)
	info, _ := os.Stat(name)
	if err := compat.WriteContent(w, name, info, []byte("now "+text)); err != nil || w.Close() != nil {
		t.Error(err)
	}
	if unzip(t, s.Bytes()) != "now "+text {
		t.Error("not the text from memory")
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func TestDirectives(t *testing.T) {
	for line, want := range map[string]string{
		"DeflateWindowSize 16":              "DeflateWindowSize must be between 1 and 15",
		"DeflateMemLevel 0":                 "DeflateMemLevel must be between 1 and 9",
		"DeflateBufferSize -1":              "DeflateBufferSize should be positive",
		"DeflateCompressionLevel 10":        "Compression Level must be between 1 and 9",
		"DeflateAlterETag x":                "DeflateAlterETAG accepts only 'NoChange', 'AddSuffix', and 'Remove'",
		"DeflateFilterNote x y":             "Unknown note type x",
		"DeflateInflateLimitRequestBody 1x": "DeflateInflateLimitRequestBody requires a non-negative integer.",
		"DeflateInflateLimitRequestBody 9" + "999999999999999999999": "DeflateInflateLimitRequestBody is not parsable.",
		"DeflateInflateRatioLimit 0":                                 "DeflateInflateRatioLimit must be positive",
		"DeflateInflateRatioBurst x":                                 "DeflateInflateRatioBurst must be positive",
	} {
		p := &conftest.Place{Host: conftest.New(t, &Module).Main}
		if err := p.Obey(line); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", line, err, want)
		}
	}
}

// FuzzInput has request bodies inflated, whatever they are, in bounded memory.
func FuzzInput(f *testing.F) {
	f.Add([]byte(zip("some text")))
	f.Add([]byte(zip(strings.Repeat("x", 100000))))
	f.Add([]byte("\x1f\x8b\x08\x1f\x00\x00\x00\x00\x00\x03"))
	r := request(f, "DeflateInflateLimitRequestBody 65536")
	f.Fuzz(func(t *testing.T, body []byte) {
		r.In.Set("Content-Encoding", "gzip")
		r.Engine.(*conftest.Engine).Lines = nil
		got, err := io.ReadAll(wrapInput(r, bytes.NewReader(body)))
		if len(got) > 65536 {
			t.Errorf("got %d bytes", len(got))
		}
		want, wantErr := readAll(body)
		if err == nil && (wantErr != nil || !bytes.Equal(got, want)) && len(body) > 0 {
			t.Errorf("got %q, the library %q, %v", got, want, wantErr)
		}
	})
}

func readAll(body []byte) ([]byte, error) {
	z, err := stdgzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func BenchmarkFile(b *testing.B) {
	name := filepath.Join(b.TempDir(), "a.html")
	os.WriteFile(name, []byte(strings.Repeat("<p>A paragraph of a page about nothing much.</p>\n", 1000)), 0o644)
	old := time.Now().Add(-time.Hour)
	os.Chtimes(name, old, old)
	f, _ := os.Open(name)
	defer f.Close()
	info, _ := f.Stat()
	time.Sleep(2 * time.Second) // Until it counts as settled.
	r := request(b)
	var s sink
	b.ReportAllocs()
	for b.Loop() {
		s.Reset()
		r.Out.Reset()
		r.Out.Set("Content-Length", itoa(info.Size()))
		w := hosts.Wrap(r, &s)
		w.File(f, 0, info.Size())
		w.Close()
	}
}
