package admin

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// readEnvvars runs the envvars file in a shell with an empty environment; what
// is in its environment then counts over the caller's. A file that fails is an
// error with its status.
func (t *tool) readEnvvars() int {
	file := t.env["APACHE_ENVVARS"]
	if file == "" {
		file = t.orDefault("APACHE_CONFDIR", t.paths.root+"/etc/apache2"+t.suffix) + "/envvars"
	}
	if f, err := os.Open(file); err != nil {
		return 0
	} else {
		f.Close()
	}
	cmd := exec.Command("/bin/sh", "-c", `. "$0" && env -0`, file)
	cmd.Env = []string{}
	if v, ok := t.env["APACHE_CONFDIR"]; ok {
		cmd.Env = append(cmd.Env, "APACHE_CONFDIR="+v)
	} else if t.suffix != "" {
		cmd.Env = append(cmd.Env, "APACHE_CONFDIR="+t.paths.root+"/etc/apache2"+t.suffix)
	}
	cmd.Env = append(cmd.Env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	cmd.Stderr = t.err
	out, err := cmd.Output()
	if err != nil {
		t.complain("Could not read %s", file)
		var ended *exec.ExitError
		if errors.As(err, &ended) && ended.ExitCode() > 0 {
			return ended.ExitCode()
		}
		return 1
	}
	for _, v := range bytes.Split(out, []byte{0}) {
		name, value, ok := strings.Cut(string(v), "=")
		if ok && name != "PATH" && name != "PWD" && name != "SHLVL" && name != "_" {
			t.env[name] = value
		}
	}
	return 0
}

// beside is the program called name that lies where argv0 says this one lies;
// "" if there is none, or argv0 names no folder.
func beside(argv0, name string) string {
	if !strings.Contains(argv0, "/") {
		return ""
	}
	path := filepath.Join(filepath.Dir(argv0), name)
	if executable(path) {
		return path
	}
	return ""
}
