//go:build linux

package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// hostLines is a virtual host of twelve lines.
const hostLines = `<VirtualHost *:%[2]d>
    ServerName host%[1]d.example
    ServerAlias www.host%[1]d.example
    DocumentRoot %[3]s/hosts/www
    <Directory %[3]s/hosts/www>
        AllowOverride None
    </Directory>
    Alias /static %[3]s/hosts/www
    RewriteEngine On
    RewriteRule ^/old/(.*)$ /new/$1 [R=301,L]
    Header always set X-Host "host %[1]d, %[4]d"
    CustomLog %[3]s/hosts/access.log common
</VirtualHost>
`

// writeHosts writes a configuration of n virtual hosts, a file each, and gives its
// main file.
func writeHosts(root string, n, port int) (string, error) {
	dir := filepath.Join(root, "hosts")
	for _, d := range []string{"www", "sites"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return "", err
		}
	}
	var conf strings.Builder
	for _, m := range strings.Fields("mpm_event authz_core dir alias rewrite headers") {
		fmt.Fprintf(&conf, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", m, m)
	}
	fmt.Fprintf(&conf, "ServerName localhost\nListen 127.0.0.1:%d\nUser www-data\nGroup www-data\nPidFile %s/httpd.pid\n"+
		"DefaultRuntimeDir %[2]s\nErrorLog %[2]s/error.log\nLogFormat \"%%h %%l %%u %%t \\\"%%r\\\" %%>s %%b\" common\nInclude %[2]s/sites/*.conf\n", port, dir)
	main := filepath.Join(dir, "httpd.conf")
	for i := range n {
		if err := os.WriteFile(hostFile(root, i), fmt.Appendf(nil, hostLines, i, port, root, 0), 0o644); err != nil {
			return "", err
		}
	}
	return main, os.WriteFile(main, []byte(conf.String()), 0o644)
}

func hostFile(root string, i int) string {
	return filepath.Join(root, "hosts", "sites", fmt.Sprintf("%05d.conf", i))
}

// measureHosts is what a configuration of many virtual hosts costs: -t of 5,000 as
// against Apache's; with 10,000 the memory of the processes, and how long a changed
// host takes to answer as it now stands while requests go on.
func measureHosts(root string) error {
	const tested, served = 5000, 10000
	ours, _ := filepath.Abs(*binary)
	file, err := writeHosts(root, tested, freePort())
	if err != nil {
		return err
	}
	took := map[string][]float64{}
	programs := []string{"/usr/sbin/apache2", ours}
	for range *rounds {
		for _, program := range programs {
			if _, err := os.Stat(program); err != nil {
				continue
			}
			begun := time.Now()
			if out, err := exec.Command(program, "-t", "-f", file).CombinedOutput(); err != nil {
				return fmt.Errorf("%s -t: %w\n%s", program, err, out)
			}
			took[program] = append(took[program], time.Since(begun).Seconds())
		}
	}
	fmt.Printf("-t on %d virtual hosts of twelve lines (median of %d)\n", tested, *rounds)
	for _, program := range programs {
		if t := took[program]; t != nil {
			fmt.Printf("  %-24s %6.2f s\n", program, median(t))
		}
	}
	c := &contender{name: "understudy", port: freePort()}
	if file, err = writeHosts(root, served, c.port); err != nil {
		return err
	}
	c.argv = []string{ours, "-f", file, "-DFOREGROUND"}
	if err := c.start(); err != nil {
		return err
	}
	defer c.stop()
	time.Sleep(3 * time.Second) // What reading took is given back a little later.
	fmt.Printf("%d virtual hosts, resident without what is mapped from files: %s MB (supervisor, server)\n", served,
		strings.Join(c.anonymous(), " and "))
	return measureChange(root, c)
}

// measureChange changes one host again and again.
func measureChange(root string, c *contender) error {
	var took []float64
	var slowest time.Duration
	for version := 1; version <= 2**rounds; version++ {
		file := hostFile(root, 77)
		if err := os.WriteFile(file+".new", fmt.Appendf(nil, hostLines, 77, c.port, root, version), 0o644); err != nil {
			return err
		}
		begun := time.Now()
		if err := os.Rename(file+".new", file); err != nil {
			return err
		}
		for {
			asked := time.Now()
			said, err := askHost(c.port, "host77.example")
			if err != nil {
				return err
			}
			slowest = max(slowest, time.Since(asked))
			if said == fmt.Sprintf("host 77, %d", version) {
				break
			}
			if time.Since(begun) > time.Minute {
				return fmt.Errorf("a changed host still answers %q", said)
			}
		}
		took = append(took, float64(time.Since(begun).Microseconds())/1000)
		time.Sleep(500 * time.Millisecond)
	}
	fmt.Printf("a changed host answers so after %.0f ms (median of %d; at most %.0f), requests meanwhile took at most %.0f ms\n\n",
		median(took), len(took), slices.Max(took), float64(slowest.Microseconds())/1000)
	return nil
}

// askHost is what X-Host says in the answer of a host.
func askHost(port int, host string) (string, error) {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return "", err
	}
	defer c.Close()
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", host)
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return "", err
	}
	r.Body.Close()
	return r.Header.Get("X-Host"), nil
}

// anonymous is, in MB, the resident memory of c's processes that is not mapped from
// files, the first's first.
func (c *contender) anonymous() []string {
	var sizes []string
	for _, pid := range c.pids() {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, rest, _ := strings.Cut(string(status), "RssAnon:")
		var kB int
		fmt.Sscan(rest, &kB)
		sizes = append(sizes, fmt.Sprintf("%.0f", float64(kB)/1024))
	}
	return sizes
}
