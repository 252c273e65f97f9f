package compat

import "fmt"

// Logf writes a line to the error log of r's host, if module (short name:
// "authz_core") is to be heard at level. The text begins with Apache's
// "AHnnnnn: " where it has one; from debug on, it may begin with Apache's place
// in its source, "mod_rewrite.c(893): ", which is printed before the client.
// err, if not nil, goes before it as Apache puts operating-system errors.
func (r *Request) Logf(module string, level Level, err error, format string, args ...any) {
	if !r.LogEnabled(module, level) {
		return
	}
	r.Engine.Log(r, module, level, err, fmt.Sprintf(format, args...))
}

// Tracef records a decision, if someone asked for a trace.
func (r *Request) Tracef(module, where, format string, args ...any) {
	if r.Trace == nil {
		return
	}
	r.Trace.Steps = append(r.Trace.Steps, TraceStep{module, where, fmt.Sprintf(format, args...)})
}
