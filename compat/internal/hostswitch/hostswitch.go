// Package hostswitch is for modules that are one On/Off directive of a host.
package hostswitch

import "understudy/compat"

// A Switch is a module's directive.
type Switch struct{ slot compat.Slot[config] }

type config struct{ on *bool }

// Merge takes what is said further inside, all of it: these modules have no
// merge.
func (config) Merge(over config) config { return over }

// New takes a slot for a module; it is called by package variables only.
func New() Switch { return Switch{compat.NewSlot[config]()} }

// Directive is the row of the directive.
func (s Switch) Directive(name, help string) compat.Directive {
	return s.slot.Flag(name, compat.Server, func(c *config) **bool { return &c.on }, help)
}

// On reports whether a host says On.
func (s Switch) On(h *compat.Host) bool {
	c := s.slot.OfServer(h)
	return c != nil && c.on != nil && *c.on
}

// Insert is a hook that calls add for requests to a host that says On.
func (s Switch) Insert(add func(*compat.Request)) compat.Hook {
	return s.slot.On(compat.InsertFilter, func(r *compat.Request, _ *config) compat.Status {
		if s.On(r.Host) {
			add(r)
		}
		return compat.OK
	}).Repeats()
}
