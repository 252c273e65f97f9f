package script

import (
	"bufio"
	"strings"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func answered(t testing.TB, output string) (*compat.Request, compat.Status, string) {
	b := conftest.New(t)
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	r := conftest.Get(b.Main, "/x")
	r.Filename, r.Status = "/srv/x.sh", 200
	status, bad := ReadHeader(r, bufio.NewReaderSize(strings.NewReader(output), 64), "cgi")
	return r, status, bad
}

func TestReadHeader(t *testing.T) {
	for _, tt := range []struct {
		output      string
		status      compat.Status
		kind        string
		said        int
		reason, bad string
	}{
		{"Content-Type: Text/Plain; Charset=UTF-8\n\nbody", compat.OK, "text/plain; Charset=UTF-8", 200, "", ""},
		{"Content-type:text/html\r\n\r\nbody", compat.OK, "text/html", 200, "", ""},
		{"Status: 404 Not here\n\n", compat.OK, "", 404, "Not here", ""},
		{"", 500, "", 200, "", ""},
		{"X: y\n", 500, "", 200, "", ""},
		{"X: y\nand no", 500, "", 200, "", "and no"},
		{"no header\n\n", 500, "", 200, "", "no header"},
		{strings.Repeat("x", 20000) + "\n\n", 500, "", 200, "", strings.Repeat("x", maxLine)},
	} {
		r, status, bad := answered(t, tt.output)
		if status != tt.status || r.ContentType != tt.kind || r.Status != tt.said || r.Reason != tt.reason || bad != tt.bad {
			t.Errorf("%.40q: got %d %q %d %q %.40q", tt.output, status, r.ContentType, r.Status, r.Reason, bad)
		}
	}
	r, _, _ := answered(t, "Set-Cookie: a=1\nSet-Cookie: b=2\nX: 1\nX: 2\nLocation: /there\n\n")
	if got := r.ErrOut.Values("Set-Cookie"); len(got) != 2 || r.ErrOut.Get("X") != "1, 2" || r.Out.Get("Location") != "/there" {
		t.Errorf("got %v, %v", r.ErrOut.Fields(), r.Out.Fields())
	}
}

func FuzzReadHeader(f *testing.F) {
	f.Add("Status: 200 OK\nContent-Type: text/plain\n\n")
	f.Fuzz(func(t *testing.T, s string) {
		answered(t, s)
	})
}
