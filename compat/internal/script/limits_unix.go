//go:build unix

package script

import (
	"fmt"
	"strings"

	"understudy/compat"
)

// limitFlags are what ulimit calls the limits, and the bytes of its unit.
var limitFlags = [...]struct {
	flag string
	unit int64
}{compat.LimitCPU: {"-t", 1}, compat.LimitMemory: {"-v", 1024}, compat.LimitProcesses: {"-p", 1}}

// limited is the command that runs path with the limits of RLimitCPU and its
// like. A shell sets them, for nothing runs between fork and exec here.
func limited(r *compat.Request, path string, args []string) (string, []string) {
	var b strings.Builder
	for kind, limit := range r.Scope.Core.Limits {
		if limit == nil {
			continue
		}
		f := limitFlags[kind]
		if limit.Soft > 0 {
			fmt.Fprintf(&b, "ulimit -S %s %d; ", f.flag, limit.Soft/f.unit)
		} else if limit.Soft < 0 {
			fmt.Fprintf(&b, "ulimit -S %s $(ulimit -H %s); ", f.flag, f.flag)
		}
		if limit.Hard > 0 {
			fmt.Fprintf(&b, "ulimit -H %s %d; ", f.flag, limit.Hard/f.unit)
		}
	}
	if b.Len() == 0 {
		return path, args
	}
	return "/bin/sh", append([]string{"/bin/sh", "-c", b.String() + `exec "$0" "$@"`, path}, args[1:]...)
}
