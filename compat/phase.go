package compat

import (
	"slices"
	"sync/atomic"
)

// A Status is what a hook answers: OK, Declined, Done, or an HTTP status.
type Status int

// What a hook can answer besides an HTTP status.
const (
	OK       Status = 0  // this is done; in a phase where one decides, no other is asked
	Declined Status = -1 // nothing to say
	Done     Status = -2 // the response is complete
)

// A Phase is a step in the life of a request, Apache's hook of that name.
type Phase uint8

// The phases in the order in which a request meets them.
const (
	PostRead      Phase = iota // post_read_request: all are run
	Quick                      // quick_handler, of main requests, before anything else is known: the first that decides
	PreTranslate               // pre_translate_name, before r.Path is decoded: the first that decides
	Translate                  // translate_name: the first that decides
	MapToStorage               // map_to_storage: the first that decides
	HeaderParser               // header_parser: all
	AccessCheck                // access_checker: all must pass
	AccessCheckEx              // access_checker_ex: the first that decides
	Authn                      // check_user_id: the first that decides
	Authz                      // auth_checker: the first that decides
	TypeCheck                  // type_checker: the first that decides
	Fixups                     // fixups: all
	InsertFilter               // insert_filter: all
	Handler                    // handler: the first that decides
	Headers                    // before the first byte of a response goes out: all
	ErrorHeaders               // the same, where the response is a canned page
	InsertError                // insert_error_filter, before a canned page: the first that answers [Done] has sent something else
	Log                        // log_transaction: all
	phases
)

var phaseNames = [phases]string{
	"post_read_request", "quick_handler", "pre_translate_name", "translate_name", "map_to_storage", "header_parser",
	"access_checker", "access_checker_ex", "check_user_id", "auth_checker",
	"type_checker", "fixups", "insert_filter", "handler", "headers",
	"error_headers", "insert_error_filter", "log_transaction",
}

// String is Apache's name of the hook.
func (p Phase) String() string { return phaseNames[p] }

// RunsAll reports whether every hook of p is run (until one fails), not only
// until one decides.
func (p Phase) RunsAll() bool {
	switch p {
	case Quick, InsertError, PreTranslate, Translate, MapToStorage, AccessCheckEx, Authn, Authz, TypeCheck, Handler:
		return false
	}
	return true
}

// A Hook is a function of a module that runs in a phase.
type Hook struct {
	Phase   Phase
	order   int
	slot    int // -1: needs no configuration
	always  bool
	repeats bool
	bind    func(config any) func(*Request) Status
}

// On makes a hook that is run in scopes where the module has something
// configured. It is bound to that configuration once per scope.
func (s Slot[T]) On(p Phase, run func(*Request, *T) Status) Hook {
	return Hook{Phase: p, order: orderMiddle, slot: s.index,
		bind: func(config any) func(*Request) Status {
			c := config.(*T)
			return func(r *Request) Status { return run(r, c) }
		}}
}

// Run makes a hook that is run wherever its module is loaded.
func Run(p Phase, run func(*Request) Status) Hook {
	return Hook{Phase: p, order: orderMiddle, slot: -1,
		bind: func(any) func(*Request) Status { return run }}
}

// Always makes h run where nothing is configured too, with the zero value.
func (h Hook) Always() Hook { h.always = true; return h }

// Apache's places within a phase; hooks of one place run in the order of the
// module list.
const (
	orderReallyFirst = -10
	orderFirst       = 0
	orderMiddle      = 10
	orderLast        = 20
	orderReallyLast  = 30
)

// ReallyFirst puts h before all others of its phase.
func (h Hook) ReallyFirst() Hook { h.order = orderReallyFirst; return h }

// First puts h among the first of its phase (APR_HOOK_FIRST).
func (h Hook) First() Hook { h.order = orderFirst; return h }

// Last puts h among the last of its phase (APR_HOOK_LAST).
func (h Hook) Last() Hook { h.order = orderLast; return h }

// ReallyLast puts h after all others of its phase.
func (h Hook) ReallyLast() Hook { h.order = orderReallyLast; return h }

// A Step is a hook bound to the configuration of a scope.
type Step struct {
	Run     func(*Request) Status
	Module  *Module
	repeats bool
	phase   Phase
}

// Do runs the step. Who declines in a phase where one decides has not had a say.
func (s *Step) Do(r *Request) Status {
	status := s.Run(r)
	if r.Recorder != nil && !s.repeats && (status != Declined || s.phase.RunsAll()) {
		r.Recorder.Once()
	}
	return status
}

// A Pipeline is, for each phase, the steps of one scope in order.
type Pipeline struct {
	steps []Step
	ends  [phases]uint16 // where those of a phase end in steps, and those of the next begin
}

// In are the steps of a phase.
func (l *Pipeline) In(p Phase) []Step {
	begin := uint16(0)
	if p > 0 {
		begin = l.ends[p-1]
	}
	return l.steps[begin:l.ends[p]]
}

// A Plan is the hooks of the loaded modules in the order in which they run.
type Plan struct {
	hooks     [phases][]planned
	scopes    atomic.Int64 // remembered
	maxScopes int64
}

// defaultScopes bounds the scopes that are remembered, where nobody says more.
const defaultScopes = 4096

// Bound sets how many scopes are remembered at most.
func (p *Plan) Bound(scopes int) { p.maxScopes = int64(scopes) }

type planned struct {
	Hook
	module *Module
}

// NewPlan orders the hooks of modules.
func NewPlan(modules []*Module) *Plan {
	p := Plan{maxScopes: defaultScopes}
	for _, m := range modules {
		for _, h := range m.Hooks {
			p.hooks[h.Phase] = append(p.hooks[h.Phase], planned{h, m})
		}
	}
	for i := range p.hooks {
		slices.SortStableFunc(p.hooks[i], func(a, b planned) int { return a.order - b.order })
	}
	return &p
}

// A PlannedHook is who runs in a phase, and Apache's place for it.
type PlannedHook struct {
	Module *Module
	Order  int
}

// Planned are the hooks of modules in a phase, in the order in which they run.
func Planned(modules []*Module, p Phase) []PlannedHook {
	var list []PlannedHook
	for _, h := range NewPlan(modules).hooks[p] {
		list = append(list, PlannedHook{h.module, h.order})
	}
	return list
}

// Compile binds the hooks that have something to say under v.
func (p *Plan) Compile(v *Vector) *Pipeline {
	var line Pipeline
	var room [64]Step
	steps := room[:0]
	for phase := range p.hooks {
		for _, h := range p.hooks[phase] {
			var config any
			if h.slot >= 0 {
				if config = v.get(h.slot); config == nil {
					if !h.always {
						continue
					}
					config = slots[h.slot].fresh()
				}
			}
			steps = append(steps, Step{h.bind(config), h.module, h.repeats, Phase(phase)})
		}
		line.ends[phase] = uint16(len(steps))
	}
	line.steps = slices.Clone(steps)
	return &line
}
