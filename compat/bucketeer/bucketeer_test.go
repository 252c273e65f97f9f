package bucketeer

import (
	"os"
	"strings"
	"testing"

	"understudy/compat"
)

// A record is what a body came to: pieces, and F for each flush.
type record struct{ calls []string }

func (r *record) Write(p []byte) (int, error) {
	r.calls = append(r.calls, string(p))
	return len(p), nil
}

func (r *record) File(f *os.File, offset, n int64) error { return compat.WriteFile(r, f, offset, n) }

func (r *record) Flush() error {
	r.calls = append(r.calls, "F")
	return nil
}

func (r *record) Close() error { return nil }

func TestMarks(t *testing.T) {
	for text, want := range map[string]string{
		"plain":              "plain",
		"a\x02b\x10c":        "a b c",
		"a\x06b":             "a F b",
		"a\x06\x06":          "a", // That it ends is as good.
		"a\x06\x10b":         "a F b",
		"\x02\x02a\x06\x02b": "a F b",
	} {
		var got record
		w := wrap(&compat.Request{ContentType: "text/plain"}, &got)
		w.Write([]byte(text))
		w.Close()
		if s := strings.Join(got.calls, " "); s != want {
			t.Errorf("%q: got %q, want %q", text, s, want)
		}
	}
}
