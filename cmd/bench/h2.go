//go:build linux

package main

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

var h2succeeded = regexp.MustCompile(`(?m)^requests: .* (\d+) succeeded`)

// loadH2 asks for w.path n times by HTTP/2, 32 requests at a time on each of the
// connections (h2load).
func loadH2(c *contender, w workload, n int) (failed int, err error) {
	url := fmt.Sprintf("https://127.0.0.1:%d%s", c.portOf(w), w.path)
	out, err := exec.Command("h2load", "-n", strconv.Itoa(n), "-c", strconv.Itoa(w.connections), "-m", "32", url).CombinedOutput()
	m := h2succeeded.FindSubmatch(out)
	if err != nil || m == nil {
		return 0, errors.Join(err, fmt.Errorf("h2load: %.300s", out))
	}
	good, _ := strconv.Atoi(string(m[1]))
	return n - good, nil
}
