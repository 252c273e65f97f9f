// Package expr is Apache's expression language (ap_expr): the conditions of
// <If>, Require expr, SetEnvIfExpr and others ([Parse]), and texts with %{…}
// in them ([ParseString]). A text is scanned (scan.go) and parsed (grammar.y)
// into nodes (node.go), and those are compiled to closures once; evaluating
// asks a [Context] for what the request holds.
//
// The scanner goes by other rules within strings and variables. The grammar is
// goyacc's and has Apache's productions, for an error names what the tables
// made of them expected, and operators and tools look for these very words.
//
// Deviations: what ends Apache's process while it reads a configuration (a
// quote in the argument of %{func:…}, a backslash at the end) is an error here.
package expr
