// Package proxyhcheck is mod_proxy_hcheck: members of balancers are looked after
// even when nobody asks for them, and are left out while they do not answer as
// they should.
//
// Deviations: ProxyHCTPsize tunes nothing; at most 16 checks are under way at a
// time. A check of a worker with TLS does not look at its certificate.
package proxyhcheck

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"understudy/apacheconf"
	"understudy/apacheconf/expr"
	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_hcheck.
var Module = compat.Module{
	Name:       "proxy_hcheck_module",
	File:       "mod_proxy_hcheck.c",
	ServerOnly: true,
	Directives: []compat.Directive{
		compat.Row("ProxyHCTemplate", compat.RawArgs, compat.FileInfo, template, "Health check template"),
		compat.Row("ProxyHCExpr", compat.RawArgs, compat.FileInfo, condition,
			"Define a health check condition ruleset expression"),
		compat.Row("ProxyHCTPsize", compat.Take1, compat.Server, poolSize, "Set size of health check thread pool").Inertly("health checks need no threads of their own"),
	},
	Init: complete,
}

var _ = upstream.RegisterCheck("proxy_hcheck_module", set)

func init() { expr.RegisterVar("HC_BODY") }

// methods are the ways to check.
var methods = map[string]bool{"NONE": true, "TCP": true, "OPTIONS": true, "HEAD": true, "GET": true, "CPING": true,
	"OPTIONS11": true, "HEAD11": true, "GET11": true}

// tick is how often it is looked whether a check is due.
const tick = 100 * time.Millisecond

const (
	maxURI  = 256
	maxName = 15
)

// set obeys a parameter of a check (set_worker_hc_param).
func set(s *upstream.Server, c *upstream.Check, key, value string) error {
	switch strings.ToLower(key) {
	case "hctemplate":
		for _, t := range s.Templates {
			if strings.EqualFold(t.Name, value) {
				*c = t.Check
				return nil
			}
		}
		return fmt.Errorf("Unknown ProxyHCTemplate name: %s", value)
	case "hcmethod":
		name := strings.ToUpper(value)
		if name == "PROVIDER" {
			return fmt.Errorf("Health check method %s not (yet) implemented", value)
		}
		if !methods[name] {
			return errors.New("Unknown method")
		}
		c.Method = name
	case "hcinterval":
		d, ok := compat.ParseTimeout(value, "s")
		if !ok {
			return errors.New("Unparse-able hcinterval setting")
		}
		if d < tick {
			return fmt.Errorf("Interval must be a positive value greater than %dms", tick.Milliseconds())
		}
		c.Interval = d
	case "hcpasses":
		return count(&c.Passes, value, "Passes must be a positive value")
	case "hcfails":
		return count(&c.Fails, value, "Fails must be a positive value")
	case "hcuri":
		if len(value) >= maxURI {
			return fmt.Errorf("Health check uri length must be < %d characters", maxURI)
		}
		c.URI = value
	case "hcexpr":
		if s.Condition(value) == nil {
			return fmt.Errorf("Unknown health check condition expr: %s", value)
		}
		c.Expr = value
	default:
		return errors.New("unknown Worker hcheck parameter")
	}
	return nil
}

func count(at *int, value, complaint string) error {
	n := compat.Atoi(value)
	if n < 0 {
		return errors.New(complaint)
	}
	*at = n
	return nil
}

func of(c *compat.Cmd) *upstream.Server { return upstream.ServerSlot.Make(c.Host.Section.Vector) }

// template is ProxyHCTemplate (set_hc_template).
func template(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInHTAccess); err != nil {
		return err
	}
	name, rest := apacheconf.Word(c.Raw)
	if name == "" {
		return fmt.Errorf("Missing template name for %s", c.Name)
	}
	t := upstream.Template{Name: name, Check: upstream.DefaultCheck}
	t.Method = "TCP"
	for rest != "" {
		var word string
		word, rest = apacheconf.Word(rest)
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return errors.New("Invalid ProxyHCTemplate parameter. Parameter must be in the form 'key=value'")
		}
		if err := set(of(c), &t.Check, key, value); err != nil {
			return fmt.Errorf("ProxyHCTemplate: %s %s=%s; %s", err, key, value, name)
		}
	}
	s := of(c)
	s.Templates = append(s.Templates, t)
	return nil
}

// condition is ProxyHCExpr (set_hc_condition).
func condition(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInHTAccess); err != nil {
		return err
	}
	name, rest := apacheconf.Word(c.Raw)
	if name == "" {
		return fmt.Errorf("Missing expression name for %s", c.Name)
	}
	if len(name) > maxName {
		return fmt.Errorf("Expression name limited to %d characters", maxName)
	}
	text, rest := apacheconf.Word2(rest)
	if text == "" {
		return fmt.Errorf("Missing expression for %s", c.Name)
	}
	e, err := expr.Parse(text)
	if err != nil {
		return fmt.Errorf("Could not parse expression \"%s\": %s", text, err)
	}
	if extra, _ := apacheconf.Word(rest); extra != "" {
		return errors.New("error: extra parameter(s)")
	}
	s := of(c)
	s.Conditions = append(s.Conditions, upstream.Condition{Name: name, Text: text, Expr: e})
	return nil
}

// poolSize is ProxyHCTPsize (set_hc_tpsize).
func poolSize(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInVirtualHost | compat.NotInDirContext); err != nil {
		return err
	}
	if compat.Atoi(c.Arg(0)) < 0 {
		return errors.New("Invalid ProxyHCTPsize parameter. Parameter must be >= 0")
	}
	return nil
}
