package vhost

import (
	"strings"

	"understudy/compat"
)

// access runs the phases that decide who may see what. Where the request that
// led to this one passed them under the same configuration, they are not run
// again.
func (e *engine) access(r *compat.Request) compat.Status {
	for _, from := range []*compat.Request{r.Prev, r.Main} {
		if from != nil && from.Scope == r.Scope && (e.snap.byConfig || walkedAlike(from, r)) {
			r.User, r.HasUser, r.AuthType = from.User, from.HasUser, from.AuthType
			return compat.OK
		}
	}
	status := e.all(r, compat.AccessCheck)
	if status != compat.OK && !r.SatisfyAny {
		return status
	}
	if status == compat.OK && r.SatisfyAny {
		r.Tracef("core", "Satisfy", "any: the access check was enough")
		return compat.OK
	}
	switch status := e.first(r, compat.AccessCheckEx); status {
	case compat.Declined:
		return e.authenticate(r)
	default:
		return status
	}
}

// walkedAlike reports whether Apache's walks would have found the sections of r
// where they found those of from, and so not have merged them anew. It tells
// sameness by that where a module's checks do not go by the configuration alone.
func walkedAlike(from, r *compat.Request) bool {
	for s := r.Scope; s.Outer != nil; s = s.Outer {
		switch s.Section.Kind {
		case "<Location", "<LocationMatch":
			if from.Path != r.Path {
				return false
			}
		case "<Files", "<FilesMatch":
			if baseName(from.Filename) != baseName(r.Filename) {
				return false
			}
		case "<Directory", "<DirectoryMatch", ".htaccess":
			if !sameDirectory(from, r) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// sameDirectory reports whether the directory walked for r, which is there, is
// that of from.
func sameDirectory(from, r *compat.Request) bool {
	switch {
	case r.Info == nil || from.WalkedScope == nil:
		return false
	case r.Info.Mode().IsRegular():
		return from.WalkedDir == parent(r.Filename)
	}
	return r.IsDir() && from.WalkedDir == r.Filename && strings.HasSuffix(r.Filename, "/")
}

// authenticate finds out who the user is, and whether it is one who may.
func (e *engine) authenticate(r *compat.Request) compat.Status {
	if status := e.first(r, compat.Authn); status != compat.OK {
		return decided(r, status, "check user")
	}
	if r.User == "" && !r.HasUser {
		number := "AH00027"
		if r.SatisfyAny {
			number = "AH00028"
		}
		r.Logf("core", compat.LevelError, nil, "%s: No authentication done but request not allowed without "+
			"authentication for %s. Authentication not configured?", number, r.Path)
		return 500
	}
	return decided(r, e.first(r, compat.Authz), "check authorization")
}

// decided is the status of a phase in which somebody must decide (decl_die).
func decided(r *compat.Request, status compat.Status, phase string) compat.Status {
	if status != compat.Declined {
		return status
	}
	r.Logf("core", compat.LevelCrit, nil, "AH00025: configuration error:  couldn't %s: %s", phase, r.Path)
	return 500
}
