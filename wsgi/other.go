//go:build !unix

package wsgi

import (
	"context"

	"understudy/compat"
)

// A Pool is where workers of a group answer.
type Pool struct {
	Socket    string
	Processes int
}

// A Provider finds workers; there are none without Unix.
type Provider interface {
	Pool(ctx context.Context, group, application string) (Pool, error)
	Exited(pid int) (reason string, ok bool)
}

// Use has nothing to connect on this system.
func Use(Provider) {}

// reply is what an answer goes to.
type reply interface{}

// handle says that Python processes need Unix.
func handle(r *compat.Request) compat.Status {
	if r.Handler != handlerName && r.Handler != "application/x-httpd-wsgi" {
		return compat.Declined
	}
	r.Logf("wsgi", compat.LevelError, nil, "WSGI applications need a Unix system, and this is none: %s", r.Filename)
	return 500
}

// allow lets nobody in where a script would have to be asked.
func allow(r *compat.Request, c *config) compat.Status {
	if c.access == nil {
		return compat.Declined
	}
	r.Logf("wsgi", compat.LevelError, nil, "WSGIAccessScript needs a Unix system, and this is none: %s", r.Filename)
	return 403
}
