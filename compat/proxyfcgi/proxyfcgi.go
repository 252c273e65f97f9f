// Package proxyfcgi is mod_proxy_fcgi: it asks workers by FastCGI, php-fpm
// above all.
//
// What a script is told of the request is made in environ.go, records are
// written and read in record.go, and exchange.go has them answered. A body that
// is large is sent while the answer is read already: a script may speak before
// it has listened to all.
//
// Deviations: an answer that breaks off is aborted, where Apache ends it as if
// it were all. A header may have 128 KiB.
package proxyfcgi

import (
	"errors"
	"slices"
	"strings"

	"understudy/apacheconf/expr"
	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_fcgi.
var Module = compat.Module{
	Name: "proxy_fcgi_module",
	File: "mod_proxy_fcgi.c",
	Directives: []compat.Directive{
		slot.Directive("ProxyFCGIBackendType", compat.Take1, compat.FileInfo, setType,
			"Specify the type of FastCGI server: 'Generic', 'FPM'"),
		slot.Directive("ProxyFCGISetEnvIf", compat.Take23, compat.FileInfo, setEnvIf,
			"expr-condition env-name expr-value"),
	},
}

var _ = upstream.Register(upstream.Scheme{
	Module: "proxy_fcgi_module",
	Order:  1,
	Canon:  canon,
	Handle: handle,
})

var slot = compat.NewSlot[config]()

type config struct {
	backend string // "fpm", "generic"; "": fpm
	fixups  []fixup
}

// A fixup is a ProxyFCGISetEnvIf.
type fixup struct {
	cond  *expr.Expr
	name  string
	value *expr.Text // nil: name is unset
}

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	m := config{base.backend, slices.Concat(base.fixups, over.fixups)}
	if over.backend != "" {
		m.backend = over.backend
	}
	return m
}

func setType(c *compat.Cmd, conf *config) error {
	switch kind := strings.ToLower(c.Arg(0)); kind {
	case "fpm", "generic":
		conf.backend = kind
		return nil
	}
	return errors.New("ProxyFCGIBackendType requires one of the following arguments: 'GENERIC', 'FPM'")
}

func setEnvIf(c *compat.Cmd, conf *config) error {
	cond, err := c.Condition(c.Arg(0))
	if err != nil {
		return compat.Errorf("Could not parse expression \"%s\": %v", c.Arg(0), err)
	}
	f := fixup{cond: cond, name: c.Arg(1)}
	if name, unsets := strings.CutPrefix(f.name, "!"); unsets {
		if len(c.Words) > 2 {
			return compat.Errorf("Third argument (\"%s\") is not allowed when using ProxyFCGISetEnvIf's unset mode (%s)",
				c.Arg(2), f.name)
		}
		if name == "" {
			return errors.New(`ProxyFCGISetEnvIf: "!" is not a valid variable name`)
		}
		f.name = name
	} else if f.value, err = c.ExprText(c.Arg(2)); err != nil {
		return compat.Errorf("Could not parse expression \"%s\": %v", c.Arg(2), err)
	}
	conf.fixups = append(conf.fixups, f)
	return nil
}
