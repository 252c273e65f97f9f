package script

import "understudy/compat"

// Serve says that programs need Unix.
func (k *Kind) Serve(r *compat.Request) compat.Status {
	if r.Handler != Handler && r.Handler != Magic {
		return compat.Declined
	}
	r.Logf(k.Module, compat.LevelError, nil, "CGI programs need a Unix system, and this is none: %s", r.Filename)
	return 500
}
