package compat

// TLSVariable is a variable of a TLS connection by the name mod_ssl gives it,
// "" where there is none. The module that speaks TLS puts its own function
// here while packages are initialized.
var TLSVariable = func(r *Request, name string) string { return "" }
