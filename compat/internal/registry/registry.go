// Package registry is what modules offer each other under names: each counts
// where its module is loaded (ap_lookup_provider).
package registry

import "understudy/compat"

// Of are providers by name. The zero value has none.
type Of[P any] struct{ all map[string]provider[P] }

type provider[P any] struct {
	module string
	p      P
}

// Register makes a provider known; package variables and init call it. module is
// the identifier of the one that must be loaded.
func (o *Of[P]) Register(name, module string, p P) {
	if o.all == nil {
		o.all = map[string]provider[P]{}
	}
	o.all[name] = provider[P]{module, p}
}

// Find is the provider called name, and whether there is one whose module is
// loaded.
func (o *Of[P]) Find(b *compat.Build, name string) (p P, ok bool) {
	q, ok := o.all[name]
	if !ok || b.Loaded(q.module) == nil {
		return p, false
	}
	return q.p, true
}
