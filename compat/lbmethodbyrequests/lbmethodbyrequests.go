// Package lbmethodbyrequests is mod_lbmethod_byrequests: members of a balancer
// take turns, as often as their loadfactor says.
package lbmethodbyrequests

import (
	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_lbmethod_byrequests.
var Module = compat.Module{Name: "lbmethod_byrequests_module", File: "mod_lbmethod_byrequests.c", Silent: true}

var _ = upstream.RegisterMethod(upstream.Method{
	Name:   "byrequests",
	Module: "lbmethod_byrequests_module",
	Best: func(e *upstream.Election, w, best *upstream.Worker) bool {
		w.LBStatus += w.Factor
		e.Total += w.Factor
		return best == nil || w.LBStatus > best.LBStatus
	},
	Elected: func(e *upstream.Election, w *upstream.Worker) { w.LBStatus -= e.Total },
})
