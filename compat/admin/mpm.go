package admin

import (
	"bytes"
	"fmt"
	"os/exec"
)

// threaded reports whether the server's MPM uses threads: as apache2ctl has
// it, or after the links where it cannot tell, such as when the configuration
// is broken.
func (t *tool) threaded() bool {
	for line := range bytes.Lines(t.serverVersion()) {
		if !bytes.Contains(line, []byte("threaded")) {
			continue
		}
		if bytes.Contains(line, []byte(" no")) {
			return false
		}
		if bytes.Contains(line, []byte(" yes")) {
			return true
		}
	}
	switch {
	case exists(t.enabled + "/mpm_prefork.load"):
		return false
	case exists(t.enabled + "/mpm_worker.load"), exists(t.enabled + "/mpm_event.load"):
		return true
	}
	// Debian's tool ends no line here.
	fmt.Fprint(t.err, "ERROR: Can't determine enabled MPM")
	return false
}

func (t *tool) serverVersion() []byte {
	program := t.companion("apache2ctl")
	if program == "" {
		return nil
	}
	cmd := exec.Command(program, "-V")
	cmd.Env = t.environment() // What it complains of is not the user's question.
	out, _ := cmd.Output()
	return out
}
