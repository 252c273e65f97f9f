package script

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"understudy/compat"
)

// Defaults of ScriptLogLength and ScriptLogBuffer.
const (
	defaultLogLength = 10385760
	defaultLogBuffer = 1024
)

func or(n *int, unsaid int) int {
	if n != nil {
		return *n
	}
	return unsaid
}

// Log writes what went wrong with a program to ScriptLog, if there is one and
// it is not full (log_script).
func (c *Config) Log(r *compat.Request, status compat.Status, body []byte, bad string, out io.Reader, errors string) {
	if c.log == "" {
		return
	}
	if info, err := os.Stat(c.log); err == nil && info.Size() > int64(or(c.logLength, defaultLogLength)) {
		return
	}
	var b strings.Builder
	uri := r.Path
	if r.HasQuery {
		uri += "?" + r.Query
	}
	fmt.Fprintf(&b, "%%%% [%s] %s %s %s\n%%%% %d %s\n%%request\n", time.Now().Format(time.ANSIC), r.Method, uri, r.Protocol,
		status, r.Filename)
	for _, f := range r.In.Fields() {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	if (r.Method == "POST" || r.Method == "PUT") && len(body) > 0 {
		fmt.Fprintf(&b, "\n%s\n", body)
	}
	b.WriteString("%response\n")
	for _, f := range r.ErrOut.Fields() {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	if bad != "" {
		b.WriteString(bad + "\n")
	}
	if rest, _ := io.ReadAll(io.LimitReader(out, 64<<10)); len(rest) > 0 {
		fmt.Fprintf(&b, "%%stdout\n%s\n", rest)
	}
	if errors != "" {
		fmt.Fprintf(&b, "%%stderr\n%s\n", errors)
	}
	f, err := os.OpenFile(c.log, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	io.WriteString(f, b.String())
}
