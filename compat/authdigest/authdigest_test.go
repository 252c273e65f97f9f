package authdigest

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"understudy/compat"
)

func TestParse(t *testing.T) {
	nonce := newNonce("r", "", time.Now())
	whole := `username="a\"b", realm="r", nonce="` + nonce + `", uri="/", response=x`
	for _, tt := range []struct {
		line string
		want standing
		user string
	}{
		{"Digest " + whole, valid, `a"b`},
		{"dIgEsT\t " + strings.ToUpper(whole[:8]) + whole[8:], valid, `a"b`},
		{"Digest " + whole + `, username=c`, valid, "c"},
		{"Digest " + whole + `, qop=auth`, invalid, `a"b`},
		{"Digest " + whole + `, qop=auth, nc=1, cnonce="x`, valid, `a"b`},
		{"Digest " + strings.Replace(whole, nonce, nonce[1:], 1), invalid, `a"b`},
		{"Digest " + strings.Replace(whole, "uri", "url", 1), invalid, `a"b`},
		{"Digest", invalid, ""},
		{"Digest ,,= ,\"", invalid, ""},
		{"Basic " + whole, otherScheme, ""},
		{"", otherScheme, ""},
	} {
		var c claim
		if c.parse(tt.line); c.standing != tt.want || c.user != tt.user {
			t.Errorf("%q: got %d %q, want %d %q", tt.line, c.standing, c.user, tt.want, tt.user)
		}
	}
}

func TestClientNumber(t *testing.T) {
	for s, want := range map[string]uint32{"1a": 26, "0x1A": 26, " 2": 2, "ffffffff": 1<<32 - 1, "0": 0, "": 0, "-2": 0,
		"zz": 0, "1x": 0, "100000000": 0} {
		if got := clientNumber(s); got != want {
			t.Errorf("%q: got %d, want %d", s, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for s, want := range map[string]uint64{"0000000a": 10, "0x2": 2, "4 junk": 4, "ffffffffffffffffff": 1<<63 - 1} {
		if got, ok := countOf(s); !ok || got != want {
			t.Errorf("%q: got %d, %v, want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "zz", "5junk", "-1", " "} {
		if n, ok := countOf(s); ok {
			t.Errorf("%q counts as %d", s, n)
		}
	}
}

func TestTable(t *testing.T) {
	tab := newTable()
	a := tab.add()
	for _, tt := range []struct {
		nonce int64
		count uint64
		once  bool
		want  misuse
	}{
		{5, 0, false, oldCount}, {5, 1, false, fine}, {5, 1, false, oldCount}, {5, 9, false, fine}, {5, 7, false, oldCount},
		{6, 1, false, fine}, {5, 10, false, oldCount}, // A newer nonce ends the one before.
		{6, 2, true, oldNonce}, {7, 0, true, fine}, {7, 1, true, oldNonce}, {6, 1, true, oldNonce},
	} {
		if got, _ := tab.use(a, tt.nonce, tt.count, tt.once); got != tt.want {
			t.Errorf("nonce %d count %d: got %d, want %d", tt.nonce, tt.count, got, tt.want)
		}
	}
	if got, _ := tab.use(a+1, 1, 1, false); got != unknown {
		t.Errorf("a client that is not there: %d", got)
	}
	b := tab.add()
	for range minClients - 1 {
		tab.use(b, time.Now().UnixNano(), 1, true)
		tab.add()
	}
	if tab.has(a) || !tab.has(b) || tab.order.Len() != minClients || len(tab.by) != minClients {
		t.Errorf("%d clients, the idle one: %v, the busy one: %v", len(tab.by), tab.has(a), tab.has(b))
	}
}

func TestParseURI(t *testing.T) {
	for s, want := range map[string]string{
		"/p?q#f": "||/p|q", "*": "||*|", "//h/p": "h||/p|", "http://h": "h|||", "http://u:p@h:8/p?": "h|8/8|/p|",
		"https://h:/": "h|/443|/|", "http://[::1]:80/": "::1|80/80|/|", "1http://h/": "||1http://h/|",
		"http://[": "bad", "http://h:x/": "bad",
	} {
		u, ok := parseURI(s)
		got := text(u.host) + "|"
		if u.port != nil {
			got += *u.port + "/" + strconv.Itoa(u.number)
		}
		got += "|" + text(u.path) + "|" + text(u.query)
		if !ok {
			got = "bad"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", s, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`Digest username="a\"b", realm="r", nonce=x, uri="/", response=x, qop=auth, nc=1, cnonce="`, "http://u@[::1]:80/%41?q#f")
	f.Fuzz(func(t *testing.T, line, target string) {
		var c claim
		c.parse(line)
		if c.standing == valid && !shaped(c.nonce) {
			t.Errorf("a nonce of %d bytes", len(c.nonce))
		}
		parseURI(target)
		if plain := compat.Unescape(target); len(plain) > len(target) {
			t.Errorf("%q grows", target)
		}
	})
}
