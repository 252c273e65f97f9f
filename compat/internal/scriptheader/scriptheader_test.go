package scriptheader

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"understudy/compat"
)

type silent struct {
	compat.Engine
	lines *[]string
}

func (s silent) Log(_ *compat.Request, module string, level compat.Level, _ error, text string) {
	*s.lines = append(*s.lines, module+":"+level.String()+" "+text)
}

func read(text string) (r *compat.Request, status compat.Status, rest string, lines []string) {
	r = &compat.Request{Method: "GET", Status: 200, Filename: "/d/f", Start: time.Now(),
		Scope: &compat.Scope{Core: &compat.Core{}}}
	r.Engine = silent{lines: &lines}
	in := bufio.NewReader(strings.NewReader(text))
	status = Read(r, "asis", in)
	b, _ := io.ReadAll(in)
	return r, status, string(b), lines
}

func TestRead(t *testing.T) {
	tests := []struct{ text, want string }{
		{"Content-Type: Text/HTML; A=B \r\n\r\nbody", `0 200 "" "text/html; A=B" [] [] "body" []`},
		{"Status: 404 Not Here\nX: 1\nx: 2\n\n", `0 404 "Not Here" "" [] [{X 1, 2}] "" []`},
		{"Location: /x\nSet-Cookie: a\nSet-Cookie: b\n\n", `0 200 "" "" [{Location /x}] [{Set-Cookie a} {Set-Cookie b}] "" []`},
		{"X: 1", `500 200 "" "" [] [] "" [asis:error Premature end of script headers: f]`},
		{"", `500 200 "" "" [] [] "" [asis:error End of script output before headers: f]`},
		{"bad\n\nx", `500 200 "" "" [] [] "" [asis:error malformed header from script 'f': Bad header: ]`},
		{"Status: 99\n\n", `0 500 "" "" [] [] "" [asis:error Invalid status line from script 'f': 99]`},
		{"ETag: \"x\"\n\n", `0 200 "" "" [{ETag "x"}] [] "" []`},
	}
	for _, tt := range tests {
		r, status, rest, lines := read(tt.text)
		got := fmt.Sprintf("%d %d %q %q %v %v %q %v", status, r.Status, r.Reason, r.ContentType, r.Out.Fields(),
			r.ErrOut.Fields(), rest, lines)
		if got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("Status: 1\n\n")
	f.Add(strings.Repeat("a", 3*maxLine) + ":\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		if r, _, rest, _ := read(text); len(rest) > len(text) || r.Status < 100 || r.Status > 999 {
			t.Errorf("%q: %d, %q", text, r.Status, rest)
		}
	})
}
