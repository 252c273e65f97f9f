// Package expr is Apache's expression language (ap_expr): the conditions of
// <If>, Require expr, SetEnvIfExpr and others ([Parse]), and texts with %{…}
// in them ([ParseString]). A text is parsed once, into closures; evaluating
// asks a [Context] for what the request holds.
//
// The scanner changes its rules inside strings, variables and patterns, and
// decides what "/" or "m#" begins by where it stands, so parser and scanner are
// one recursive descent here (parse.go), after util_expr_parse.y and
// util_expr_scan.l. Errors begin as Apache's do.
//
// Deviations: the list functions PeerExtList() and ldap filters are unknown.
package expr
