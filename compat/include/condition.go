package include

import (
	"understudy/apacheconf/expr"
	"understudy/compat"
)

// when is handle_if. In what is not printed it only counts.
func (p *page) when(args []argument) {
	p.oneArgument(args, p.printing, "AH01352", "AH01353")
	if !p.printing {
		p.nesting++
		return
	}
	p.printing, p.taken = p.condition(args, "AH01354: unknown parameter \"%s\" to tag if in %s",
		"AH01355: missing expr value for if element in %s")
	p.nesting = 0
}

// elif is handle_elif.
func (p *page) elif(args []argument) {
	p.oneArgument(args, p.nesting == 0, "AH01356", "AH01357")
	if p.nesting > 0 {
		return
	}
	if p.taken && p.wellFormed(args) {
		p.printing = false
		return
	}
	p.printing, p.taken = p.condition(args, "AH01358: unknown parameter \"%s\" to tag if in %s",
		"AH01359: missing expr in elif statement: %s")
}

func (p *page) wellFormed(args []argument) bool {
	return len(args) == 1 && args[0].name == "expr" && args[0].given
}

// oneArgument logs that there is not exactly one.
func (p *page) oneArgument(args []argument, matters bool, many, none string) {
	switch {
	case len(args) > 1:
		p.log(p.severity(matters), "%s: too many arguments for if element in %s", many, p.r.Filename)
	case len(args) == 0:
		p.log(p.severity(matters), "%s: missing expr argument for if element in %s", none, p.r.Filename)
	}
}

// condition evaluates the expression of args. One that cannot be has its error
// printed, and neither its branch nor another.
func (p *page) condition(args []argument, unknown, missing string) (printing, taken bool) {
	switch {
	case len(args) != 1:
		p.put(p.errorText)
		return false, true
	case args[0].name != "expr":
		p.fail(unknown, args[0].name, p.r.Filename)
		return false, true
	case !args[0].given:
		p.fail(missing, p.r.Filename)
		return false, true
	}
	evaluate := p.expression
	if is(p.c.legacy) {
		evaluate = p.legacy
	}
	holds, ok := evaluate(args[0].value)
	if !ok {
		p.put(p.errorText)
		return false, true
	}
	return holds, holds
}

// orElse is handle_else.
func (p *page) orElse(args []argument) {
	if p.noArguments(args, "AH01360: else") {
		p.printing = !p.taken
		p.taken = true
	}
}

// endIf is handle_endif.
func (p *page) endIf(args []argument) {
	if p.nesting > 0 {
		p.nesting--
		if len(args) > 0 {
			p.log(compat.LevelWarn, "AH01361: endif directive does not take tags in %s", p.r.Filename)
		}
		return
	}
	if len(args) > 0 {
		p.fail("AH01361: endif directive does not take tags in %s", p.r.Filename)
		return
	}
	p.printing, p.taken = true, true
}

// noArguments reports whether a directive without arguments is to be obeyed.
func (p *page) noArguments(args []argument, what string) bool {
	if len(args) > 0 {
		p.log(p.severity(p.nesting == 0), "%s directive does not take tags in %s", what, p.r.Filename)
		if p.nesting == 0 && p.printing {
			p.put(p.errorText)
		}
	}
	return len(args) == 0 && p.nesting == 0
}

// expression evaluates text as other directives of the server do
// (parse_ap_expr).
func (p *page) expression(text string) (holds, ok bool) {
	e, err := expr.ParseRestricted(text)
	if err != nil {
		p.log(compat.LevelError, "AH01337: Could not parse expr \"%s\" in %s: %s", text, p.r.Filename, err)
		return false, false
	}
	p.share()
	return e.Eval(&context{compat.ExprContext(p.r), p}), true
}

// A context lets an expression ask for the variables of the page.
type context struct {
	expr.Context
	page *page
}

// Header is a field of the request. What a page makes of it does not go into
// Vary.
func (c *context) Header(name string, _ bool) string { return c.Context.Header(name, false) }

// Env is a variable of the page.
func (c *context) Env(name string) string {
	v, _ := c.page.variable(name)
	return v
}

// Captures are those of the page, which outlast the expression.
func (c *context) Captures() *expr.Captures { return &c.page.match.captures }
