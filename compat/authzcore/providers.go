package authzcore

import (
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/compat/internal/auth"
)

const module = "authz_core_module"

func init() {
	auth.Register(
		auth.Provider{Name: "all", Module: module, Parse: parseAll, Repeats: true},
		auth.Provider{Name: "env", Module: module, Parse: parseEnv, Repeats: true},
		auth.Provider{Name: "method", Module: module, Parse: parseMethod, Repeats: true},
		auth.Provider{Name: "expr", Module: module, Parse: parseExpr, Repeats: true},
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
	switch strings.ToLower(args) {
	case "granted":
		return fixed(auth.Granted), nil
	case "denied":
		return fixed(auth.Denied), nil
	}
	return nil, compat.Errorf("Argument for 'Require all' must be 'granted' or 'denied'")
}

func parseEnv(_ *compat.Cmd, args string) (auth.Check, error) {
	names := auth.Words(args)
	return func(r *compat.Request) auth.Result { return granted(slices.ContainsFunc(names, r.Env.Has)) }, nil
}

func parseMethod(c *compat.Cmd, args string) (auth.Check, error) {
	names := auth.Words(args)
	for _, m := range names {
		if !c.Build.KnowsMethod(m) {
			return nil, compat.Errorf("Invalid Method '%s'", m)
		}
	}
	methods := compat.NewMethods(names, false)
	return func(r *compat.Request) auth.Result { return granted(methods.Has(r.Method)) }, nil
}

func parseExpr(c *compat.Cmd, args string) (auth.Check, error) {
	text := args
	if len(args) > 1 && args[0] == '"' && args[len(args)-1] == '"' {
		text = args[1 : len(args)-1]
	}
	e, err := c.Condition(text)
	if err != nil {
		return nil, compat.Errorf("Cannot parse expression in require line: %v", err)
	}
	unmet := auth.Denied
	if usesUser(text) {
		unmet = auth.DeniedNoUser
	}
	return func(r *compat.Request) auth.Result {
		if e.Eval(compat.ExprContext(r)) {
			return auth.Granted
		}
		return unmet
	}, nil
}

// usesUser reports whether an expression asks for the user, who may not be
// known yet.
func usesUser(text string) bool { return strings.Contains(strings.ToUpper(text), "%{REMOTE_USER}") }

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
// with the directives inside, under a name (authz_require_alias_section).
func providerAlias(c *compat.Cmd, _ *config) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	words, err := auth.AliasWords(c)
	if err != nil {
		return err
	}
	name, alias, args := words[0], words[1], ""
	if len(words) > 2 {
		args = words[2]
	}
	if len(words) > 3 {
		c.Warnf("authz_core", compat.LevelWarn, "AH10142: When several arguments (%s %s...) are passed to a %s directive, "+
			"they must be enclosed in quotation marks.  Otherwise, only the first one is taken into account",
			args, words[3], c.Name)
	}
	section, err := c.RunApart(compat.AuthConfig | compat.Access)
	if err != nil {
		return err
	}
	p, err := find(c, name)
	if err != nil {
		return err
	}
	check, err := p.Parse(c, args)
	if err != nil {
		return compat.Errorf("Can't parse 'Require %s %s': %v", name, args, err)
	}
	aliasesOf(c.Build)[alias] = func(r *compat.Request) auth.Result {
		defer auth.Enter(r, section)()
		return check(r)
	}
	return nil
}
