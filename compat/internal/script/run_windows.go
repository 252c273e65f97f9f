package script

import (
	"errors"
	"io"

	"understudy/compat"
)

// Serve says that programs need Unix.
func (k *Kind) Serve(r *compat.Request) compat.Status {
	if r.Handler != Handler && r.Handler != Magic {
		return compat.Declined
	}
	r.Logf(k.Module, compat.LevelError, nil, "CGI programs need a Unix system, and this is none: %s", r.Filename)
	return 500
}

// Command says that programs need Unix.
func (k *Kind) Command(*compat.Request, string, io.Writer) error {
	return errors.New("programs need a Unix system")
}
