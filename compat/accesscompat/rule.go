package accesscompat

import (
	"errors"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

// A rule is what follows "Allow from" or "Deny from".
type rule struct {
	limits compat.Methods
	kind   kind
	name   string // of a variable or a domain
	net    auth.Subnet
}

type kind uint8

const (
	domain kind = iota
	all
	set   // env=NAME
	unset // env=!NAME
	subnet
)

// parse is allow_cmd. What is neither address nor anything else is a name.
func parse(c *compat.Cmd) (r rule, err error) {
	if !strings.EqualFold(c.Arg(0), "from") {
		return r, compat.Errorf("allow and deny must be followed by 'from'")
	}
	where := c.Arg(1)
	lower := strings.ToLower(where)
	r.limits = c.Limits()
	switch {
	case strings.HasPrefix(lower, "env=!"):
		r.kind, r.name = unset, where[len("env=!"):]
		return r, nil
	case strings.HasPrefix(lower, "env="):
		r.kind, r.name = set, where[len("env="):]
		return r, nil
	case lower == "all":
		r.kind = all
		return r, nil
	}
	r.kind = subnet
	r.net, err = auth.ParseSubnet(where)
	if !errors.Is(err, auth.ErrNoSubnet) {
		return r, err
	}
	switch {
	case strings.Contains(where, "/"):
		return r, compat.Errorf("An IP address was expected")
	case strings.Contains(where, "#"):
		return r, compat.Errorf("No comments are allowed here")
	}
	r.kind, r.name = domain, where
	return r, nil
}

func (r *rule) matches(req *compat.Request) bool {
	if !r.limits.Has(req.Method) {
		return false
	}
	switch r.kind {
	case all:
		return true
	case set:
		return req.Env.Has(r.name)
	case unset:
		return !req.Env.Has(r.name)
	case subnet:
		req.Once()
		return r.net.Contains(req.RemoteAddr.Addr())
	}
	client := compat.ResolveClient(req, true)
	return client != "" && compat.InDomain(r.name, client)
}

func anyOf(rules []rule, r *compat.Request) bool {
	for i := range rules {
		if rules[i].matches(r) {
			return true
		}
	}
	return false
}
