//go:build linux

package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// manyHosts are virtual hosts, each with something of its own to say.
var manyHosts = []string{
	"DocumentRoot {{ROOT}}/a",
	"DocumentRoot {{ROOT}}/a\nAlias /x {{ROOT}}/b/index.html",
	"DocumentRoot {{ROOT}}/a\nRewriteEngine On\nRewriteRule ^/y /index.html",
	"DocumentRoot {{ROOT}}/a\nHeader set X-Said %d",
	"DocumentRoot {{ROOT}}/a\n<Location /x>\nRequire all denied\n</Location>",
	"DocumentRoot {{ROOT}}/a\nErrorDocument 404 \"number %d\"",
	"DocumentRoot {{ROOT}}/a\nCustomLog {{ROOT}}/access.log \"%%h %d\"\nSetEnv N %d",
	"ServerAlias also{{N}}.example\nDocumentRoot {{ROOT}}/b\n<Directory {{ROOT}}/b>\nOptions +Indexes\nDirectoryIndex none\n</Directory>",
	"DocumentRoot {{ROOT}}/a\n<If \"%%{REQUEST_URI} == '/x'\">\nRedirect 410 /x\n</If>",
}

func hostText(n, version int) string {
	text := manyHosts[(n+version)%len(manyHosts)]
	text = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(text, "%%", "\x00"), "%d", fmt.Sprint(version)), "\x00", "%")
	return fmt.Sprintf("<VirtualHost *:{{PORT}}>\nServerName host%d.example\n%s\n</VirtualHost>\n", n, strings.ReplaceAll(text, "{{N}}", fmt.Sprint(n)))
}

// ask is the whole answer of a host, without its date.
func (s *site) ask(host, path string) string {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, host)
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	r.Header.Del("Date")
	r.Write(&b)
	return b.String()
}

func (s *site) askAll(hosts int) string {
	var all strings.Builder
	for n := range hosts {
		for _, name := range []string{"host", "also"} {
			for _, path := range []string{"/", "/x", "/y"} {
				fmt.Fprintf(&all, "%s%d %s: %s\n", name, n, path, s.ask(fmt.Sprintf("%s%d.example", name, n), path))
			}
		}
	}
	return all.String()
}

// Virtual hosts that change one by one answer as if all had been read anew, and so
// they do in a server process that takes the place of one that died.
func TestReloadOfHosts(t *testing.T) {
	const hosts = 12
	files := map[string]string{"a/index.html": "a", "b/index.html": "b", "none.conf": ""}
	for n := range hosts {
		files[fmt.Sprintf("sites/%02d.conf", n)] = hostText(n, 0)
	}
	s := serveSite(t, `LoadModule rewrite_module modules/mod_rewrite.so
LoadModule headers_module modules/mod_headers.so
LoadModule autoindex_module modules/mod_autoindex.so
CustomLog {{ROOT}}/access.log common
<Directory {{ROOT}}>
Require all granted
</Directory>
Include sites/*.conf
`, files)
	inForce := func() int { return strings.Count(s.log(), "resuming normal operations") }
	s.until("the start", func() bool { return inForce() == 1 }) // From now on it is watched.
	changed := func() int { return strings.Count(s.log(), "1 virtual hosts have changed") }
	for i := range 3 * hosts / 2 {
		n := (i * 7) % hosts
		before := changed()
		s.write(fmt.Sprintf("sites/%02d.conf", n), hostText(n, 1+i/hosts+i%4))
		s.until(fmt.Sprintf("change %d, of host %d alone,", i, n), func() bool { return changed() > before && inForce() == 2+i })
	}
	parts := s.askAll(hosts)
	if pids := children(s.cmd.Process.Pid); len(pids) > 0 {
		syscall.Kill(pids[0], syscall.SIGKILL)
		s.until("a new server process", func() bool {
			now := children(s.cmd.Process.Pid)
			return len(now) > 0 && now[0] != pids[0] && !strings.Contains(s.ask("host0.example", "/"), "EOF")
		})
		if again := s.askAll(hosts); again != parts {
			t.Errorf("a new server process answers otherwise: %s", difference(parts, again))
		}
	}
	s.cmd.Process.Signal(syscall.SIGUSR1)
	s.until("a reload of all", func() bool { return inForce() == 2+3*hosts/2 })
	if whole := s.askAll(hosts); whole != parts {
		t.Errorf("read as a whole it answers otherwise: %s", difference(whole, parts))
	}
}

func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d: want %s\ngot %s", i, w[i], g[i])
		}
	}
	return "the lengths differ"
}

// What concerns more than a host is read as a whole; an error in a host leaves all
// as it was, and is mended.
func TestReloadOfMore(t *testing.T) {
	s := serveSite(t, "LoadModule rewrite_module modules/mod_rewrite.so\nLoadModule headers_module modules/mod_headers.so\n"+grantAll+"Include sites/*.conf\n",
		map[string]string{"sites/a.conf": hostText(0, 0), "sites/b.conf": hostText(1, 0), "a/index.html": "a", "map.txt": "k v\n"})
	inForce := func() int { return strings.Count(s.log(), "resuming normal operations") }
	s.until("the start", func() bool { return inForce() == 1 })
	for i, text := range []string{
		hostText(0, 0) + "Redirect /main http://x.example/\n",
		hostText(0, 0) + hostText(2, 0),
		strings.Replace(hostText(0, 0), "ServerName", "RewriteMap m txt:{{ROOT}}/map.txt\nServerName", 1),
		strings.Replace(hostText(0, 0), "ServerName", "CustomLog {{ROOT}}/new.log common\nServerName", 1),
		strings.Replace(hostText(0, 0), "ServerName", "WSGIScriptAlias /w {{ROOT}}/w.wsgi\nServerName", 1),
		"Define D 1\n" + hostText(0, 0),
	} {
		s.write("sites/a.conf", text)
		s.until(fmt.Sprintf("reload %d", i), func() bool { return inForce() == 2+i })
	}
	if strings.Contains(s.log(), "virtual hosts have changed") {
		t.Errorf("something was read as if it concerned a host alone:\n%s", s.log())
	}
	whole := inForce()
	s.write("sites/a.conf", hostText(0, 3))
	s.until("the end of that", func() bool { return inForce() == whole+1 })
	s.write("sites/b.conf", strings.Replace(hostText(1, 0), "ServerName", "ServerNameless", 1))
	s.until("an error", func() bool {
		return strings.Contains(s.log(), "AH00526: Syntax error on line 2 of "+s.root+"/sites/b.conf:\nInvalid command 'ServerNameless'")
	})
	s.write("sites/a.conf", hostText(0, 5))
	s.until("the error again", func() bool { return strings.Count(s.log(), "ServerNameless") == 2 })
	if inForce() != whole+1 {
		t.Error("a broken configuration came into force")
	}
	s.write("sites/b.conf", hostText(1, 4))
	s.until("the end of the error", func() bool { return inForce() == whole+2 })
	if got := s.ask("host0.example", "/none"); !strings.Contains(got, "number 5") {
		t.Errorf("the change beside the error was lost: %s", got)
	}
}
