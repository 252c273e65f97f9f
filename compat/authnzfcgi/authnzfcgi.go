// Package authnzfcgi is mod_authnz_fcgi: a FastCGI authorizer says who a user is,
// and whether he may. authnzfcgi.go holds the directives, decide.go the
// decisions, ask.go the exchange with the authorizer.
//
// Deviations:
//   - A provider that <AuthzProviderAlias> gave another name works.
//   - An authorizer that never ends its answer, or its header, is an error.
package authnzfcgi

import (
	"net"
	"strconv"
	"strings"

	"understudy/apacheconf/expr"
	"understudy/apacheconf/pattern"
	"understudy/compat"
	"understudy/compat/internal/auth"
)

const (
	module = "authnz_fcgi_module"
	short  = "authnz_fcgi"
)

// Module is mod_authnz_fcgi.
var Module = compat.Module{
	Name: module,
	File: "mod_authnz_fcgi.c",
	Directives: []compat.Directive{
		compat.Row("AuthnzFcgiDefineProvider", compat.TakeArgv, compat.Server, define,
			"Define a FastCGI authn and/or authz provider"),
		slot.Directive("AuthnzFcgiCheckAuthnProvider", compat.TakeArgv, compat.FileInfo, setCheck,
			"Enable/disable a FastCGI authorizer to handle check_authn phase"),
	},
	// Before mod_auth_basic, so that an answer of the authorizer's own can go out.
	Hooks: []compat.Hook{slot.On(compat.Authn, checkAuthn).First()},
}

var slot = compat.NewSlot[config]()

// A config is what AuthnzFcgiCheckAuthnProvider says, which is said whole.
type config struct {
	name        string
	defaultUser string
	user        *expr.Text
	lenient     bool // not authoritative
	needsBasic  bool
}

// Merge lays over on top of c.
func (c config) Merge(over config) config {
	if over.name != "" {
		return over
	}
	return c
}

// A provider is what AuthnzFcgiDefineProvider defines.
type provider struct {
	name, backend, host string
	port                int
	isAuthn, isAuthz    bool
}

// backendForm is how an authorizer is named.
var backendForm = pattern.MustCompile(`^fcgi://(.*):(\d{1,5})/?$`, 0)

// define reads "authn|authz|authnz name fcgi://host:port" (fcgi_define_provider).
func define(c *compat.Cmd) error {
	fail := func(format string, args ...any) error {
		return compat.Errorf("AuthnzFcgiDefineProvider: "+format, args...)
	}
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	p := &provider{}
	switch kind := strings.ToLower(c.Arg(0)); {
	case len(c.Words) == 0:
		return fail("No type given")
	case kind == "authn":
		p.isAuthn = true
	case kind == "authz":
		p.isAuthz = true
	case kind == "authnz":
		p.isAuthn, p.isAuthz = true, true
	default:
		return fail("Invalid provider type %s", c.Arg(0))
	}
	if len(c.Words) < 2 {
		return fail("No provider name given")
	}
	if len(c.Words) < 3 {
		return fail("No backend-address given")
	}
	p.name, p.backend = c.Arg(1), c.Arg(2)
	loc, err := backendForm.Find(p.backend)
	if err != nil || loc == nil {
		return fail("backend-address '%s' has invalid form", p.backend)
	}
	p.host = pattern.Group(p.backend, loc, 1)
	if strings.HasPrefix(p.host, "[") && strings.HasSuffix(p.host, "]") && len(p.host) > 1 {
		p.host = p.host[1 : len(p.host)-1]
	}
	if p.port, _ = strconv.Atoi(pattern.Group(p.backend, loc, 2)); p.port > 65535 {
		return fail("backend-address '%s' has invalid port", p.backend)
	}
	if !c.Build.Serving {
		if _, err := net.LookupHost(p.host); p.host == "" || err != nil {
			return fail("Error resolving backend address")
		}
	}
	if len(c.Words) > 3 {
		return fail("Unexpected parameter %s", c.Arg(3))
	}
	register(c.Build, p)
	return nil
}

func register(b *compat.Build, p *provider) {
	if p.isAuthn {
		authnOf(b)[p.name] = p
		b.AliasAuthn(compat.AuthnProvider{Name: p.name, Module: module, Password: p.checkPassword})
	}
	if p.isAuthz {
		auth.Define(b, auth.Provider{Name: p.name, Module: module, Parse: func(_ *compat.Cmd, args string) (auth.Check, error) {
			if args != "" {
				return nil, compat.Errorf("mod_authnz_fcgi doesn't support restrictions on providers (i.e., multiple require args)")
			}
			return p.authorize, nil
		}})
	}
}

// authnOf are the providers of a configuration that know users.
func authnOf(b *compat.Build) map[string]*provider {
	if b.Shared == nil {
		b.Shared = map[string]any{}
	}
	all, ok := b.Shared[module].(map[string]*provider)
	if !ok {
		all = map[string]*provider{}
		b.Shared[module] = all
	}
	return all
}

// setCheck reads a provider and options, each with a value
// (fcgi_check_authn_provider).
func setCheck(c *compat.Cmd, conf *config) error {
	const name = "AuthnzFcgiCheckAuthnProvider"
	if len(c.Words) == 0 {
		return compat.Errorf("%s: No provider given", name)
	}
	conf.name = c.Arg(0)
	if strings.EqualFold(conf.name, "None") && len(c.Words) > 1 {
		return compat.Errorf("Options aren't supported with \"None\"")
	}
	for i := 1; i < len(c.Words); i += 2 {
		option := c.Arg(i)
		if i+1 == len(c.Words) {
			return compat.Errorf("%s: %sneeds an argument", name, option)
		}
		if err := conf.option(c, option, c.Arg(i+1)); err != nil {
			return compat.Errorf("%s: %v", name, err)
		}
	}
	return nil
}

func (conf *config) option(c *compat.Cmd, option, value string) error {
	on := strings.EqualFold(value, "On")
	isFlag := on || strings.EqualFold(value, "Off")
	switch strings.ToLower(option) {
	case "authoritative":
		conf.lenient = !on
	case "requirebasicauth":
		conf.needsBasic = on
	case "defaultuser":
		conf.defaultUser = value
		return nil
	case "userexpr":
		// Nobody may read files in it, wherever it stands (AP_EXPR_FLAG_RESTRICTED).
		dialect := c.Dialect()
		dialect.HTAccess = true
		text, err := expr.ParseStringIn(value, dialect)
		if err != nil {
			return compat.Errorf("Error parsing '%s': '%v'", value, err)
		}
		conf.user = text
		return nil
	default:
		return compat.Errorf("Unexpected option '%s'", option)
	}
	if !isFlag {
		return compat.Errorf("Bad argument '%s' to option '%s'", value, option)
	}
	return nil
}
