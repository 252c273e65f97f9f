package compat

// Keep is what a module keeps of r between hooks, made where there is nothing
// yet: a slot of its own, which no directive fills in.
func (s Slot[T]) Keep(r *Request) *T {
	if r.State == nil {
		r.State = NewVector()
	}
	return s.Make(r.State)
}

// Kept is what Keep made of r, or nil.
func (s Slot[T]) Kept(r *Request) *T { return s.In(r.State) }
