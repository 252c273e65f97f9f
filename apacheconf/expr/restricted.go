package expr

import (
	"fmt"
	"strings"
)

// restricted are the functions that look at files, and so do the operators of
// restrictedOperators: who writes a page may not use them (core_expr_lookup).
var restricted = map[string]bool{"file": true, "filesize": true, "filemod": true}

const restrictedOperators = "defsLhx"

func (p *parser) function(name string, args []word) (word, error) {
	if lower := strings.ToLower(name); p.restricted && restricted[lower] {
		return nil, fmt.Errorf("%s not available in restricted context", lower)
	}
	return function(name, args)
}

func (p *parser) unary(op byte, arg word) (cond, error) {
	if p.restricted && strings.IndexByte(restrictedOperators, op) >= 0 {
		return nil, fmt.Errorf("-%c not available in restricted context", op)
	}
	return unary(op, arg)
}
