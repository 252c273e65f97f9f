package compat

import "understudy/apacheconf/expr"

// Dialect is what expressions may say where c stands. In a .htaccess they may
// not read files.
func (c *Cmd) Dialect() expr.Dialect {
	return expr.Dialect{HTAccess: c.HTAccess, NoSSL: c.Build != nil && c.Build.Loaded("ssl_module") == nil}
}

// Condition compiles a condition that a directive holds.
func (c *Cmd) Condition(text string) (*expr.Expr, error) {
	return expr.ParseIn(text, c.Dialect())
}

// ExprText compiles a text with %{…} in it that a directive holds.
func (c *Cmd) ExprText(text string) (*expr.Text, error) {
	return expr.ParseStringIn(text, c.Dialect())
}
