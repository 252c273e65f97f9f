// Package lbmethodbytraffic is mod_lbmethod_bytraffic: the member of a balancer
// through which the fewest bytes went is asked, weighted by loadfactor.
package lbmethodbytraffic

import (
	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_lbmethod_bytraffic.
var Module = compat.Module{Name: "lbmethod_bytraffic_module", File: "mod_lbmethod_bytraffic.c", Silent: true}

var _ = upstream.RegisterMethod(upstream.Method{
	Name:   "bytraffic",
	Module: "lbmethod_bytraffic_module",
	Best: func(e *upstream.Election, w, best *upstream.Worker) bool {
		counts := w.Counts()
		traffic := counts.Sent/int64(w.Factor) + counts.Read/int64(w.Factor)
		if best != nil && traffic >= e.Traffic {
			return false
		}
		e.Traffic = traffic
		return true
	},
})
