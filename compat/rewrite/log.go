package rewrite

import (
	"fmt"
	"strings"

	"understudy/compat"
)

// logTo writes a line to the error log at traceN, as Apache does: with the line
// of mod_rewrite.c that says so, the client, the server, the request and the
// section whose rules are at work (do_rewritelog).
func logTo(r *compat.Request, level, line int, dir, format string, args ...any) {
	at := compat.LevelDebug + compat.Level(level)
	if r.Trace == nil && !r.LogEnabled("rewrite", at) {
		return
	}
	message := fmt.Sprintf(format, args...)
	r.Tracef("rewrite_module", dir, "%s", message)
	if dir != "" {
		dir = "[perdir " + dir + "] "
	}
	r.Logf("rewrite", at, nil, "mod_rewrite.c(%d): %s - %s [%s/sid#%s][rid#%s/%s] %s%s", line, compat.ClientAddr(r),
		userOf(r), compat.ServerName(r), identity(r.Host), identity(r), origin(r), dir, message)
}

func userOf(r *compat.Request) string {
	switch {
	case r.User != "":
		return r.User
	case r.HasUser:
		return `""`
	}
	return "-"
}

// identity tells one server or request from another.
func identity(of any) string { return strings.TrimPrefix(fmt.Sprintf("%p", of), "0x") }

// origin says whether a request came from the client, and by how many internal
// redirects.
func origin(r *compat.Request) string {
	s := "initial"
	if r.Main != nil {
		s = "subreq"
	}
	redirects := 0
	for from := r.Prev; from != nil; from = from.Prev {
		redirects++
	}
	if redirects == 0 {
		return s
	}
	return fmt.Sprintf("%s/redir#%d", s, redirects)
}
