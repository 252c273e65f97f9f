//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// fail2banSite has a place for each way to be turned away.
const fail2banSite = `modules: authn_file authz_user auth_basic auth_digest userdir cgid
-- htdocs/index.html --
hello
-- htdocs/forbidden/index.html --
nobody sees this
-- users --
joe:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
-- digest --
dig:realm1:31650710d33b5d442fc9543640b64fc0
-- httpd.conf --
LogLevel warn core:info
CustomLog {{ROOT}}/access.log combined
LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" combined
UserDir public_html
ScriptAlias /cgi-bin/ {{ROOT}}/cgi/
<Directory {{ROOT}}/htdocs>
	AddHandler cgi-script .pl
	Options +ExecCGI
</Directory>
<Directory {{ROOT}}/htdocs/forbidden>
	Require all denied
</Directory>
<Location /basic>
	AuthType Basic
	AuthName basic
	AuthUserFile {{ROOT}}/users
	Require user joe
</Location>
<Location /digest>
	AuthType Digest
	AuthName realm1
	AuthUserFile {{ROOT}}/digest
	Require valid-user
</Location>
`

// fail2banAsks are requests, up to their end, of people whom fail2ban bans.
var fail2banAsks = []string{
	"GET /basic/ HTTP/1.0",
	"GET /basic/ HTTP/1.0\nAuthorization: Basic am9lOndyb25n",     // joe:wrong
	"GET /basic/ HTTP/1.0\nAuthorization: Basic bm9ib2R5Ondyb25n", // nobody:wrong
	"GET /basic/ HTTP/1.0\nAuthorization: Basic am9lOnNlY3JldA==", // joe:secret
	"GET /basic/ HTTP/1.0\nAuthorization: Bearer x",
	"GET /basic/ HTTP/1.0\nAuthorization: Basic am9lCmFueTp4Cls=", // joe\nany:x\n[
	"GET /digest/ HTTP/1.0\nAuthorization: Basic am9lOnNlY3JldA==",
	`GET /digest/ HTTP/1.0` + "\n" + `Authorization: Digest username="x", realm="realm1", nonce="y", uri="/digest/", response="z"`,
	"GET /forbidden/ HTTP/1.0",
	"GET /a.php HTTP/1.0", "GET /b.asp HTTP/1.0", "GET /c.pl HTTP/1.0", "GET /cgi-bin/nosuch.pl HTTP/1.0",
	"GET /phpmyadmin/scripts/setup.php HTTP/1.0", "GET /wp-login.php HTTP/1.0",
	"GET /~ghost/x HTTP/1.0", "GET /~root2/ HTTP/1.0",
	"GET / HTTP/1.1\nBad Header : x", "GET nohost HTTP/1.1\nHost: localhost",
	"GET /../../etc/passwd HTTP/1.1\nHost: localhost", "GET /x HTTP/1.1 junk\nHost: localhost",
	"GET / HTTP/1.1\nHost: a b", "\x16\x03\x01\x00\xa5\x01", "GET /" + strings.Repeat("a", 9000) + " HTTP/1.0",
	"GET /nosuch1 HTTP/1.0\nUser-Agent: Mozilla/4.0 (compatible; Advanced Email Extractor v2.xx)",
	"GET /nosuch2 HTTP/1.0\nUser-Agent: EmailCollector/1.0",
	"GET /cgi-bin/x HTTP/1.0\nUser-Agent: () { :;}; /bin/bash -c true",
}

// TestFail2ban has Debian's fail2ban read the logs with each filter that it has
// for Apache; it must find as many lines in ours as in Apache's.
func TestFail2ban(t *testing.T) {
	tool, err := exec.LookPath("fail2ban-regex")
	if err != nil {
		t.Skip("fail2ban is not installed")
	}
	for name, binary := range withApache(t) {
		t.Run(name, func(t *testing.T) {
			s := startScenario(t, binary, txtar.Parse([]byte(fail2banSite)))
			for _, ask := range fail2banAsks {
				s.ask(t, []byte(ask+"\n\n"))
			}
			s.expectLog(t, "/nosuch2")
			for _, tt := range []struct {
				log, filter string
				want        int
			}{
				{"error.log", "apache-auth", 6}, {"error.log", "apache-botsearch[webroot=" + s.root + "/htdocs/]", 2},
				{"error.log", "apache-nohome", 2}, {"error.log", "apache-noscript", 4},
				{"access.log", "apache-badbots", 1},
			} {
				out, err := exec.Command(tool, filepath.Join(s.root, tt.log), tt.filter).CombinedOutput()
				found := fail2banFound.FindSubmatch(out)
				if found == nil {
					t.Fatalf("%s: %v\n%s", tt.filter, err, out)
				}
				if got := string(found[1]); got != fmt.Sprint(tt.want) {
					t.Errorf("%s: %s lines found, want %d:\n%s", tt.filter, got, tt.want, s.logged())
				}
			}
		})
	}
}

var fail2banFound = regexp.MustCompile(`(?m)^Lines: .* (\d+) matched, `)

// withApache is our program, and Apache where it is installed.
func withApache(t *testing.T) map[string]string {
	servers := map[string]string{"understudy": buildBinary(t)}
	if _, err := os.Stat(*apache); err == nil && !testing.Short() {
		servers["apache"] = *apache
	}
	return servers
}
