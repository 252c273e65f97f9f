//go:build unix

package main

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// digestSite has a place for each way to treat nonces. The password of "dig" is
// "secret".
const digestSite = `modules: authn_file authz_user auth_digest
-- htdocs/index.html --
hello
-- digest --
dig:realm1:31650710d33b5d442fc9543640b64fc0
-- httpd.conf --
LogLevel auth_digest:info
<Location />
	AuthType Digest
	AuthName realm1
	AuthUserFile {{ROOT}}/digest
	Require valid-user
</Location>
<LocationMatch "^/count/">
	AuthDigestNcCheck On
	AuthDigestDomain / /elsewhere
</LocationMatch>
<LocationMatch "^/once/">
	AuthDigestNonceLifetime 0
</LocationMatch>
AliasMatch "^/(plain|count|once)/$" {{ROOT}}/htdocs/index.html
`

// digestSteps are requests that a client makes with what the first answer told
// it, and what comes back: the status, what there is of the next nonce, and the
// number of the line in the error log. Real Apache is asked the same.
var digestSteps = []struct{ path, change, want string }{
	{"/plain/", "", "200 info"},
	{"/plain/", "nc=00000001", "200 info"}, // Nobody counts.
	{"/plain/", "password=wrong", "401 AH01794"},
	{"/plain/", "username=ghost", "401 AH01790"},
	{"/plain/", "realm=another", "401 AH01788"},
	{"/plain/", "algorithm=MD5-sess", "401 AH01789"},
	{"/plain/", "qop=auth-int", "401 AH10560"},
	{"/plain/", "nonce=x", "401 AH01782"},
	{"/plain/", "nonce=AAAAAAAAAAA=0000000000000000000000000000000000000000", "401 stale AH01776"},
	{"/plain/", "uri=/count/", "400 AH01786"},
	{"/plain/", "uri=http://", "400 AH01786"},
	{"/plain/", "uri=http://[", "400 AH01783"},
	{"/plain/", "opaque=zz", "401 stale opaque AH01787"},
	{"/plain/", "scheme=Basic", "401 AH01781"},
	{"/count/", "", "200 info"},
	{"/count/", "nc=00000001", "401 opaque AH01774"},
	{"/count/", "nc=00000007", "200 info"},
	{"/count/", "nc=00000003", "401 opaque AH01774"},
	{"/count/", "nc=x", "401 opaque AH01773"},
	{"/count/", "opaque=ffff", "401 stale opaque AH01776"},
	{"/count/", "nc=00000008", "200 info"},
	{"/once/", "", "200 next info"},
	{"/once/", "nc=00000002", "401 stale opaque AH01779"},
}

// TestDigest walks through the steps with us and, where it is installed, with
// Apache.
func TestDigest(t *testing.T) {
	for name, binary := range withApache(t) {
		t.Run(name, func(t *testing.T) {
			s := startScenario(t, binary, txtar.Parse([]byte(digestSite)))
			told := map[string]map[string]string{}
			for _, step := range digestSteps {
				if told[step.path] == nil {
					told[step.path] = parameters(s.ask(t, digestRequest(step.path, "")))
				}
				before := s.logged()
				answer := s.ask(t, digestRequest(step.path, proof(told[step.path], step.path, step.change)))
				if got := digestSummary(answer) + logNumber(s.logged()[len(before):]); got != step.want {
					t.Errorf("%s %s: got %q, want %q\n%s", step.path, step.change, got, step.want, answer)
				}
			}
			if curl, err := exec.LookPath("curl"); err == nil {
				out, err := exec.Command(curl, "-s", "-S", "--digest", "-u", "dig:secret",
					fmt.Sprintf("http://127.0.0.1:%d/once/", s.port), fmt.Sprintf("http://127.0.0.1:%d/count/", s.port)).CombinedOutput()
				if string(out) != "hello\nhello\n" {
					t.Errorf("curl: %v: %s", err, out)
				}
			}
			if w3m, err := exec.LookPath("w3m"); err == nil {
				cmd := exec.Command(w3m, "-dump", fmt.Sprintf("http://dig:secret@127.0.0.1:%d/count/", s.port))
				cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
				if out, err := cmd.CombinedOutput(); strings.TrimSpace(string(out)) != "hello" {
					t.Errorf("a browser (w3m): %v: %s", err, out)
				}
			}
		})
	}
}

func (s *scenario) logged() string {
	log, _ := os.ReadFile(filepath.Join(s.root, "error.log"))
	return string(log)
}

func digestRequest(path, credentials string) []byte {
	if credentials != "" {
		credentials = "Authorization: " + credentials + "\n"
	}
	return []byte("GET " + path + " HTTP/1.1\nHost: localhost\nConnection: close\n" + credentials + "\n")
}

var parameter = regexp.MustCompile(`(\w+)="([^"]*)"`)

func parameters(answer string) map[string]string {
	p := map[string]string{}
	for _, m := range parameter.FindAllStringSubmatch(answer, -1) {
		p[m[1]] = m[2]
	}
	return p
}

// proof is the Authorization that a client makes of a challenge, with something
// changed.
func proof(told map[string]string, path, change string) string {
	p := map[string]string{"scheme": "Digest", "username": "dig", "password": "secret", "uri": path, "nc": "00000001",
		"cnonce": "c0ffee", "qop": "auth", "algorithm": "MD5"}
	for _, key := range []string{"realm", "nonce", "opaque"} {
		if v, ok := told[key]; ok {
			p[key] = v
		}
	}
	if key, value, ok := strings.Cut(change, "="); ok {
		p[key] = value
	}
	hash := func(parts ...string) string {
		sum := md5.Sum([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(sum[:])
	}
	response := hash(hash(p["username"], p["realm"], p["password"]), p["nonce"], p["nc"], p["cnonce"], p["qop"], hash("GET", p["uri"]))
	line := p["scheme"] + ` response="` + response + `"`
	for _, key := range []string{"username", "realm", "nonce", "opaque", "uri", "cnonce"} {
		if v, ok := p[key]; ok {
			line += ", " + key + `="` + v + `"`
		}
	}
	return line + ", algorithm=" + p["algorithm"] + ", qop=" + p["qop"] + ", nc=" + p["nc"]
}

// digestSummary is the status of an answer and what it says of nonces.
func digestSummary(answer string) string {
	words := strings.Fields(answer)[1]
	for _, mark := range [][2]string{{"stale=true", "stale"}, {`opaque="`, "opaque"}, {"nextnonce=", "next"}, {"rspauth=", "info"}} {
		if strings.Contains(answer, mark[0]) {
			words += " " + mark[1]
		}
	}
	return words
}

var numbered = regexp.MustCompile(`\[auth_digest:.*(AH\d{5})`)

func logNumber(log string) string {
	if m := numbered.FindStringSubmatch(log); m != nil {
		return " " + m[1]
	}
	return ""
}
