//go:build unix

package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// ftpFiles are what the server of these tests has, by absolute path; those that
// end in a slash are directories, whose listing is the text.
var ftpFiles = map[string]string{
	"/": "total 3\r\ndrwxr-xr-x 2 a b 4096 Jan  1  2020 pub\r\n" +
		"-rw-r--r-- 1 a b 6 Jan  1  2020 a.txt\r\nlrwxrwxrwx 1 a b 5 Jan  1  2020 link -> a.txt\r\n" +
		"  12 short\r\n01-01-20  12:00  <DIR>  dos\r\nd.\r\n<&>\r\n\r\nno end",
	"/a.txt":          "hello\n",
	"/pub/":           "drwxr-xr-x 2 a b 1 Jan 1 2020 .\r\n-rw-r--r-- 1 a b 1 Jan 1 2020 b c.html\r\n",
	"/pub/b c.html":   "<p>",
	"/pub/star*.txt":  "a star",
	"/pub/deep/":      "",
	"/large.bin":      strings.Repeat("0123456789abcdef", 20000),
	"/lies.bin":       "less",
	"/noretr/":        "-rw-r--r-- 1 a b 1 Jan 1 2020 z\r\n",
	"/home/":          "",
	"/home/welcome":   "home\n",
	"/pub/plain":      "no extension",
	"/pub/page.html":  "<html>",
	"/pub/archive.gz": "zipped",
}

// An ftpServer speaks as much FTP as mod_proxy_ftp asks for.
type ftpServer struct {
	port int
	mode string // how data connections come about: "EPSV", "PASV", "PORT"
	said atomic.Value
}

func startFTP(t *testing.T, mode string) *ftpServer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	f := &ftpServer{port: l.Addr().(*net.TCPAddr).Port, mode: mode}
	f.said.Store("")
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			go f.serve(nc)
		}
	}()
	return f
}

var wildcard = strings.NewReplacer(`\*`, "*", `\?`, "?")

// serve answers the commands of one session.
func (f *ftpServer) serve(nc net.Conn) {
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	say := func(format string, args ...any) { fmt.Fprintf(nc, format+"\r\n", args...) }
	say("220-Several lines\r\n of them\r\n220 ready")
	dir, user, where := "/home/", "", ""
	var passive net.Listener
	defer func() {
		if passive != nil {
			passive.Close()
		}
	}()
	send := func(text string) {
		say("150 here it comes")
		var data net.Conn
		var err error
		if passive != nil {
			data, err = passive.Accept()
		} else {
			data, err = net.Dial("tcp", where)
		}
		if err == nil {
			fmt.Fprint(data, text)
			data.Close()
		}
		say("226 done")
	}
	for in := bufio.NewScanner(nc); in.Scan(); {
		f.said.Store(f.said.Load().(string) + in.Text() + "\n")
		verb, arg, _ := strings.Cut(in.Text(), " ")
		at := func(name string) string {
			if name = wildcard.Replace(name); strings.HasPrefix(name, "/") {
				return name
			}
			return dir + name
		}
		switch {
		case verb == "USER":
			if user = arg; user == "nopass" {
				say("230 no password needed <b>")
				dir = "/"
			} else {
				say("331 password, please")
			}
		case verb == "PASS" && (user == "anonymous" || arg == "right"):
			say("230-Welcome\r\n230 in & out")
			dir = "/"
			if user == "tea" {
				dir = "/home/"
			}
		case verb == "PASS" && user == "account":
			say("332 account?")
		case verb == "PASS":
			say("530 no")
		case verb == "CWD":
			to := at(arg)
			if !strings.HasSuffix(to, "/") {
				to += "/"
			}
			if _, ok := ftpFiles[to]; !ok {
				say("550 no such directory")
				continue
			}
			dir = to
			say("250 now %s", dir)
		case verb == "PWD":
			say("257 \"%s\" is where you are", strings.TrimSuffix(dir, "/")+"/"[:len("/")-min(1, len(dir)-1)])
		case verb == "EPSV" && f.mode == "EPSV", verb == "PASV" && f.mode == "PASV":
			if passive == nil {
				passive, _ = net.Listen("tcp", "127.0.0.1:0")
			}
			port := passive.Addr().(*net.TCPAddr).Port
			if verb == "EPSV" {
				say("229 Entering Extended Passive Mode (|||%d|)", port)
			} else {
				say("227 Entering Passive Mode (127,0,0,1,%d,%d)", port>>8, port&255)
			}
		case verb == "EPSV", verb == "PASV":
			say("502 not here")
		case verb == "PORT":
			var a, b, c, d, high, low int
			fmt.Sscanf(arg, "%d,%d,%d,%d,%d,%d", &a, &b, &c, &d, &high, &low)
			where = fmt.Sprintf("%d.%d.%d.%d:%d", a, b, c, d, high<<8|low)
			say("200 fine")
		case verb == "TYPE":
			say("200 type %s", arg)
		case verb == "SIZE" && at(arg) == "/lies.bin":
			say("213 100")
		case verb == "SIZE" && at(arg) == "/noretr":
			say("500 what?")
		case verb == "SIZE", verb == "MDTM":
			text, ok := ftpFiles[at(arg)]
			switch {
			case !ok:
				say("550 not a file")
			case verb == "SIZE":
				say("213 %d", len(text))
			default:
				say("213 20200102030405")
			}
		case verb == "RETR":
			text, ok := ftpFiles[at(arg)]
			if !ok {
				say("550 not a file")
				continue
			}
			send(text)
		case verb == "LIST" && arg == "-lag":
			send(ftpFiles[dir])
		case verb == "LIST":
			send("-rw-r--r-- 1 a b 6 Jan  1  2020 matching " + arg + "\r\n")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("500 %s is not known", verb)
		}
	}
}

const ftpConf = `ProxyPass /ftp/ ftp://127.0.0.1:%[1]d/
ProxyPass /tea/ ftp://tea:right@127.0.0.1:%[1]d/
ProxyPass /gone/ ftp://127.0.0.1:1/
<Location /ftp/pub/>
ProxyFtpDirCharset UTF-8
</Location>
<Location /tea/>
ProxyFtpListOnWildcard Off
</Location>
ProxyRequests On
<Proxy *>
Require local
</Proxy>
`

func ftpSite(f *ftpServer) *txtar.Archive {
	return &txtar.Archive{Comment: []byte("modules: proxy proxy_ftp\n"),
		Files: []txtar.File{{Name: "httpd.conf", Data: fmt.Appendf(nil, ftpConf, f.port)}}}
}

// TestFTP asks a server for files and listings, real Apache too where it is
// installed: both answer the same.
func TestFTP(t *testing.T) {
	const none = "Connection: close\n"
	for _, mode := range []string{"EPSV", "PASV", "PORT"} {
		t.Run(mode, func(t *testing.T) {
			f := startFTP(t, mode)
			s := startScenario(t, buildBinary(t), ftpSite(f))
			forward := fmt.Sprintf("ftp://127.0.0.1:%d", f.port)
			var real *scenario
			if _, err := os.Stat(*apache); err == nil && mode != "PORT" && !testing.Short() {
				real = startScenario(t, *apache, ftpSite(f))
			}
			for _, tt := range []struct{ line, more, want string }{
				{"GET /ftp/a.txt", none, "200 OK"},
				{"HEAD /ftp/a.txt", none, "Content-Length: 6"},
				{"GET /ftp/", none, `<a href="pub/">pub</a>`},
				{"GET /ftp/pub", none, `<a href="./">.</a>`},
				{"GET /ftp/pub/", none, "text/html;charset=UTF-8"},
				{"GET /ftp/pub/b%20c.html", none, "<p>"},
				{"GET /ftp/pub/plain", none, "no extension"},
				{"GET /ftp/pub/page.html", none, "text/html"},
				{"GET /ftp/pub/archive.gz", none, "zipped"},
				{"GET /ftp/pub/*.txt", none, "matching"},
				{"GET /ftp/noretr", none, "Directory of"},
				{"GET /ftp/large.bin", none, "Content-Length: 320000"},
				{"GET /ftp/none", none, "404"},
				{"GET /ftp/none/x", none, "404 Proxy Error"},
				{"GET /ftp/a.txt;type=a", none, "hello"},
				{"GET /ftp/pub;type=d", none, "Directory of"},
				{"GET /ftp/a.txt;type=x", none, "400"},
				{"POST /ftp/a.txt", "Content-Length: 0\n" + none, "501"},
				{"GET /ftp/a%0d%0aDELE%20x", none, "400"},
				{"GET /ftp/a%c3%a9", none, "400"},
				{"GET /ftp/a.txt", "Authorization: Basic bm9wYXNzOng=\n" + none, "hello"}, // nopass:x
				{"GET /ftp/a.txt", "Authorization: Basic dGVhOndyb25n\n" + none, "401"},   // tea:wrong
				{"GET /ftp/a.txt", "Authorization: Basic YWNjb3VudDp4\n" + none, "401"},   // account:x
				{"GET /gone/a", none, "503"},
				{"GET " + forward + "/a.txt", none, "hello"},
				{"GET " + forward + "/pub/", none, "Directory of"},
				{"GET " + forward + "/%2f/home/welcome", none, "home"},
				{"GET " + forward + "/%2fhome/", none, "%2f"},
				{"GET " + strings.Replace(forward, "//", "//tea:right@", 1) + "/welcome", none, "400"},
				{"GET /tea/a.txt", none, "hello"},                                          // As anybody.
				{"GET /ftp/welcome", "Authorization: Basic dGVhOnJpZ2h0\n" + none, "home"}, // tea:right
				{"GET /ftp/", "Authorization: Basic dGVhOnJpZ2h0\n" + none, "(/home)"},
				{"GET /tea/x*", none, "404"},
			} {
				request := tt.line + " HTTP/1.1\nHost: localhost\n" + tt.more + "\n"
				got := s.ask(t, []byte(request))
				if !strings.Contains(got, tt.want) {
					t.Errorf("%s: got\n%.700s\nwant %q", tt.line, got, tt.want)
				}
				if real == nil || strings.HasPrefix(tt.line, "HEAD") {
					continue
				}
				if want := real.ask(t, []byte(request)); got != want {
					t.Errorf("%s: got\n%.1500s\nApache answers\n%.1500s", tt.line, got, want)
				}
			}
			if said := f.said.Load().(string); strings.Contains(said, "DELE") || strings.Contains(said, "RETR \\") {
				t.Errorf("the server was told %q", said)
			}
		})
	}
}

// TestFTPThatLies: a file that is shorter than the server said is no whole answer.
func TestFTPThatLies(t *testing.T) {
	s := startScenario(t, buildBinary(t), ftpSite(startFTP(t, "EPSV")))
	for range 2 {
		got := s.ask(t, []byte("GET /ftp/lies.bin HTTP/1.1\nHost: localhost\n\n"))
		if !strings.Contains(got, "Content-Length: 100\n") || !strings.Contains(got, "(unexpected EOF)") {
			t.Errorf("got\n%s", got)
		}
	}
}
