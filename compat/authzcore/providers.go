package authzcore

import (
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/expr"
	"understudy/compat"
	"understudy/compat/internal/auth"
)

const module = "authz_core_module"

func init() {
	auth.Register(
		auth.Provider{Name: "all", Module: module, Parse: parseAll},
		auth.Provider{Name: "env", Module: module, Parse: parseEnv},
		auth.Provider{Name: "method", Module: module, Parse: parseMethod},
		auth.Provider{Name: "expr", Module: module, Parse: parseExpr},
	)
}

func word(s string) (string, string) { return apacheconf.Word(s) }

func fixed(result auth.Result) auth.Check { return func(*compat.Request) auth.Result { return result } }

func granted(yes bool) auth.Result {
	if yes {
		return auth.Granted
	}
	return auth.Denied
}

func parseAll(_ *compat.Cmd, args string) (auth.Check, error) {
	w, _ := word(args)
	switch {
	case strings.EqualFold(w, "granted"):
		return fixed(auth.Granted), nil
	case strings.EqualFold(w, "denied"):
		return fixed(auth.Denied), nil
	}
	return nil, compat.Errorf("Argument for 'Require all' must be 'granted' or 'denied'")
}

func parseEnv(_ *compat.Cmd, args string) (auth.Check, error) {
	names := apacheconf.Words(args)
	return func(r *compat.Request) auth.Result {
		for _, n := range names {
			bare, not := strings.CutPrefix(n, "!")
			if r.Env.Has(bare) != not {
				return auth.Granted
			}
		}
		return auth.Denied
	}, nil
}

func parseMethod(_ *compat.Cmd, args string) (auth.Check, error) {
	methods := apacheconf.Words(args)
	for _, m := range methods {
		if !isMethod(m) {
			return nil, compat.Errorf("Unknown Method '%s'", m)
		}
	}
	return func(r *compat.Request) auth.Result {
		m := r.Method
		if m == "HEAD" {
			m = "GET"
		}
		return granted(slices.Contains(methods, m) || slices.Contains(methods, r.Method))
	}, nil
}

func isMethod(m string) bool {
	if m == "" {
		return false
	}
	for i := range len(m) {
		if !(m[i] >= 'A' && m[i] <= 'Z' || m[i] >= 'a' && m[i] <= 'z' || m[i] == '-' || m[i] == '_') {
			return false
		}
	}
	return true
}

func parseExpr(_ *compat.Cmd, args string) (auth.Check, error) {
	// An expression that is one quoted word is what the quotes hold.
	text := args
	if len(args) > 1 && (args[0] == '"' || args[0] == '\'') {
		if w, rest := word(args); rest == "" {
			text = w
		}
	}
	e, err := expr.Parse(text)
	if err != nil {
		return nil, compat.Errorf("Cannot parse expression in require line: %v", err)
	}
	return func(r *compat.Request) auth.Result {
		if e.Eval(compat.ExprContext(r)) {
			return auth.Granted
		}
		if usesUser(text) && r.User == "" {
			return auth.DeniedNoUser
		}
		return auth.Denied
	}, nil
}

// usesUser reports whether an expression asks for the user, who may not be
// known yet.
func usesUser(text string) bool { return strings.Contains(strings.ToUpper(text), "REMOTE_USER") }

// aliasesOf are the providers that <AuthzProviderAlias> defined.
func aliasesOf(b *compat.Build) map[string]auth.Check {
	if b.Shared == nil {
		b.Shared = map[string]any{}
	}
	m, ok := b.Shared[module].(map[string]auth.Check)
	if !ok {
		m = map[string]auth.Check{}
		b.Shared[module] = m
	}
	return m
}

// providerAlias is <AuthzProviderAlias provider alias "args">: a line of Require
// with the directives inside, under a name (authz_alias_section).
func providerAlias(c *compat.Cmd, _ *config) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	words, err := auth.AliasWords(c)
	if err != nil {
		return err
	}
	args := ""
	if len(words) > 2 {
		args = words[2]
	}
	section, err := c.RunApart(compat.AuthConfig | compat.Access)
	if err != nil {
		return err
	}
	p, ok := auth.Find(c.Build, words[0])
	if !ok {
		return compat.Errorf("Unknown Authz provider: %s", words[0])
	}
	check, err := p.Parse(c, args)
	if err != nil {
		return compat.Errorf("Can't parse 'Require %s %s': %v", words[0], args, err)
	}
	aliasesOf(c.Build)[words[1]] = func(r *compat.Request) auth.Result {
		defer auth.Enter(r, section)()
		return check(r)
	}
	return nil
}
