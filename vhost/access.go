package vhost

import "understudy/compat"

// access runs the phases that decide who may see what. Where the request that
// led to this one passed them under the same sections, they are not run again.
func (e *engine) access(r *compat.Request) compat.Status {
	for _, from := range []*compat.Request{r.Prev, r.Main} {
		if from != nil && from.Scope == r.Scope {
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
