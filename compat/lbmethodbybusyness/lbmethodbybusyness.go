// Package lbmethodbybusyness is mod_lbmethod_bybusyness: the member of a
// balancer with the fewest requests under way is asked.
package lbmethodbybusyness

import (
	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_lbmethod_bybusyness.
var Module = compat.Module{Name: "lbmethod_bybusyness_module", File: "mod_lbmethod_bybusyness.c", Silent: true}

var _ = upstream.RegisterMethod(upstream.Method{
	Name:   "bybusyness",
	Module: "lbmethod_bybusyness_module",
	Best: func(e *upstream.Election, w, best *upstream.Worker) bool {
		w.LBStatus += w.Factor
		e.Total += w.Factor
		if best == nil {
			return true
		}
		busy, least := w.Counts().Busy, best.Counts().Busy
		return busy < least || busy == least && w.LBStatus > best.LBStatus
	},
	Elected: func(e *upstream.Election, w *upstream.Worker) { w.LBStatus -= e.Total },
})
