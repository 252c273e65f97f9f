package proxyftp

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"understudy/compat/internal/conftest"
)

// What a server replies is read without trouble, whatever it is.
func FuzzReply(f *testing.F) {
	for _, line := range []string{"220 ready", "120-Service ready in 5 minutes.", "257 \"/home/me\" is the current directory",
		"229 Entering Extended Passive Mode (|||6446|)", "227 Entering Passive Mode (127,0,0,1,4,5).", "227 =127,0,0,1,255,255",
		"+12 ", "999", "-1 -", "120 99999999999999999999", "229 (", "229 (|||", "227 (,,,,,)"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if len(line) < 3 {
			return // As such a reply is none.
		}
		code, goesOn := codeOf(line)
		if code < 0 || code > 999 {
			t.Errorf("%q has the code %d", line, code)
		}
		if goesOn != strings.HasPrefix(line[3:], "-") {
			t.Errorf("%q goes on: %v", line, goesOn)
		}
		text := line[min(4, len(line)):]
		if port := portOfEPSV(text); port != 0 && !strings.Contains(text, fmt.Sprint(port)) {
			t.Errorf("%q names the port %d", line, port)
		}
		if port := portOfPASV(text); port != 0 && strings.Count(text, ",") < 5 {
			t.Errorf("%q names the port %d", line, port)
		}
		if n, ok := minutesIn(text); ok && n < 0 {
			t.Errorf("%q asks to wait for %d minutes", line, n)
		}
		if name := directoryOf(text); !strings.Contains(text, name) {
			t.Errorf("%q names the directory %q", line, name)
		}
	})
}

// link is the only markup that is not of what an entry says.
var link = regexp.MustCompile(`<a href="[^"<>]*">|</a>`)

// A listing becomes entries, however it comes in, and has no markup of its own.
func FuzzListing(f *testing.F) {
	for _, lines := range []string{
		"drwxr-xr-x 2 me me 4096 Jan  1 12:00 dir\r\n-rw-r--r-- 1 me me 5 Jan  1 12:00 a b\r\n",
		"lrwxrwxrwx 1 me me 5 Jan  1 12:00 link -> target\n", "l -> \n", "01-01-26  12:00PM <DIR> dir\n",
		"  12 name\n", "total 3\n", "-\nd\nl\n", "<script>\n", "d \"><script>\n", "a\x00b\n", "unended",
	} {
		f.Add(lines, 3)
	}
	b := conftest.New(f)
	if err := conftest.Init(b); err != nil {
		f.Fatal(err)
	}
	r := conftest.Get(b.Main, "/")
	f.Fuzz(func(t *testing.T, lines string, at int) {
		page := func() *page { return newPage(&session{r: r}) }
		whole := string(page().lines([]byte(lines)))
		cut := max(0, min(at, len(lines)))
		pieces := page()
		first := string(pieces.lines([]byte(lines[:cut])))
		if got := first + string(pieces.lines([]byte(lines[cut:]))); got != whole {
			t.Errorf("%q cut at %d: got %q, want %q", lines, cut, got, whole)
		}
		if rest := link.ReplaceAllString(whole, ""); strings.ContainsAny(rest, "<>") {
			t.Errorf("%q becomes %q", lines, whole)
		}
		if n := strings.Count(whole, "\n"); n > strings.Count(lines, "\n") {
			t.Errorf("%q becomes %d lines", lines, n)
		}
	})
}
