package ident

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"4000, 80 : USERID : UNIX : joe\r\n", "joe"},
		{"4000,80:USERID:UNIX:joe x\r\n", "joe"},
		{"4000, 80 : ERROR : NO-USER\r\n", ""},
		{"4001, 80 : USERID : UNIX : joe\r\n", ""},
		{"4000, 81 : USERID : UNIX : joe\r\n", ""},
		{"4000, 80 : USERID : UNIX :\r\n", ""},
		{"", ""},
	} {
		if got, err := parse(c.line, 80, 4000); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: got %q, %v, want %q", c.line, got, err, c.want)
		}
	}
}

// TestAsk asks a server of one answer.
func TestAsk(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		var theirs, ours int
		line, _ := bufio.NewReader(nc).ReadString('\n')
		fmt.Sscanf(line, "%d,%d", &theirs, &ours)
		fmt.Fprintf(nc, "%d , %d : USERID : UNIX : joe\r\n", theirs, ours)
	}()
	usual := port
	defer func() { port = usual }()
	port = uint16(l.Addr().(*net.TCPAddr).Port)
	local, remote := netip.MustParseAddrPort("127.0.0.1:80"), netip.MustParseAddrPort("127.0.0.1:4000")
	if got, err := ask(local, remote, 10*time.Second); got != "joe" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("4000, 80 : USERID : UNIX : joe\r\n")
	f.Add(":::")
	f.Fuzz(func(t *testing.T, line string) {
		if user, err := parse(line, 80, 4000); err == nil && (user == "" || len(user) > maxUser) {
			t.Errorf("%q: user %q", line, user)
		}
	})
}
