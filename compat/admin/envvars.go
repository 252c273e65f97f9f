package admin

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
)

// readEnvvars has a shell run the file envvars in an empty environment. What
// it leaves there counts over the caller's.
func (t *tool) readEnvvars() error {
	file := t.env["APACHE_ENVVARS"]
	if file == "" {
		file = t.orDefault("APACHE_CONFDIR", t.paths.confDir+t.instance) + "/envvars"
	}
	t.env["LANG"] = "C"
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	f.Close()
	cmd := exec.Command("/bin/sh", "-c", `. "$1" && env`, "sh", file)
	cmd.Env = []string{}
	cmd.Stderr = t.err
	out, err := cmd.Output()
	if err != nil {
		t.complain("Could not read %s", file)
		var status *exec.ExitError
		if errors.As(err, &status) {
			return ended(shellStatus(status.ProcessState))
		}
		return ended(255)
	}
	for line := range bytes.Lines(out) {
		name, value, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), "=")
		if !ok {
			t.complain("Could not parse %s", file)
			return ended(255)
		}
		t.env[name] = value
	}
	return nil
}
