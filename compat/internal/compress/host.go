package compress

import "understudy/compat"

// Said is what the directives of all codings say at a host; modules embed it in
// their configuration.
type Said struct {
	ETag   ETag
	Notes  Notes
	filter *Filter
}

// NoteSetter makes the setter of DeflateFilterNote and its like; wrong is the
// message for a kind of note there is not, with a %s for it.
func NoteSetter[T any](said func(*T) *Said, wrong string) func(*compat.Cmd, *T) error {
	return func(c *compat.Cmd, conf *T) error {
		if !said(conf).Notes.Set(c.Words) {
			return compat.Errorf(wrong, c.Arg(0))
		}
		return nil
	}
}

// ETagSetter makes the setter of DeflateAlterETag and its like; wrong is the
// message for another word.
func ETagSetter[T any](said func(*T) *Said, wrong string) func(*compat.Cmd, *T) error {
	return func(c *compat.Cmd, conf *T) error {
		how, ok := ParseETag(c.Arg(0))
		if !ok {
			return compat.Errorf("%s", wrong)
		}
		said(conf).ETag = how
		return nil
	}
}

// Hosts are the filters of one coding at all hosts.
type Hosts[T compat.Config[T]] struct {
	slot     compat.Slot[T]
	said     func(*T) *Said
	compile  func(*T) *Filter
	standard *Filter // of hosts that say nothing
}

// NewHosts makes them from a module's slot; compile makes the filter of what is
// said at a host, which Said adds to.
func NewHosts[T compat.Config[T]](slot compat.Slot[T], said func(*T) *Said, compile func(*T) *Filter) *Hosts[T] {
	return &Hosts[T]{slot, said, compile, compile(new(T))}
}

// Prepare makes the filters, as a module's Init.
func (h *Hosts[T]) Prepare(b *compat.Build) error {
	for _, host := range b.AllHosts() {
		if c := h.slot.In(host.Section.Vector); c != nil {
			f, s := h.compile(c), h.said(c)
			f.ETag, f.Notes = s.ETag, s.Notes
			s.filter = f
		}
	}
	return nil
}

// Wrap is the Wrap of the module's filter.
func (h *Hosts[T]) Wrap(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	f := h.standard
	if c := h.slot.OfServer(r.Host); c != nil {
		if own := h.said(c).filter; own != nil {
			f = own
		}
	}
	return f.Wrap(r, next)
}

// RefusesWith is a Refuses that looks for a variable.
func RefusesWith(variable string) func(*compat.Request) string {
	return func(r *compat.Request) string {
		if r.Env.Has(variable) {
			return variable
		}
		return ""
	}
}
