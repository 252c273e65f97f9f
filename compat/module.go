package compat

// A Module is an Apache module: what it is called, the directives it knows and
// the hooks it runs.
type Module struct {
	Name       string // as LoadModule and <IfModule> spell it: "alias_module"
	File       string // "mod_alias.c"
	Static     bool   // compiled in on Debian: always there
	Directives []Directive
	Hooks      []Hook
	// OutputFilters and InputFilters are the filters it has under fixed names.
	OutputFilters []OutputFilter
	InputFilters  []InputFilter
	// Silent modules are complete although no directive of theirs does
	// anything here. Others whose directives are all [NotYet] are named once
	// at start when they are loaded.
	Silent bool
	// ChecksAnew tells that a check of the module for access, users or their
	// rights may go by more than the configuration, so that it is made again for
	// sub-requests and redirects where that is the same (a hook without
	// AP_AUTH_INTERNAL_PER_CONF). It counts for all modules then.
	ChecksAnew bool
	// ServerOnly tells that the module has no configuration for sections, which
	// -L says of directives that might stand in one.
	ServerOnly bool
	// Unsupported tells that nothing of the module is there yet.
	Unsupported bool
	// Alone tells that what its directives say in a virtual host concerns that host
	// alone, but for those named in Beyond: nothing is opened, started or shared for
	// it but logs, and Init looks at each host by itself. A change of such a host
	// leaves the others as they are.
	Alone  bool
	Beyond []string
	// Init runs once per configuration after everything is read, where the
	// module is loaded: Apache's post_config. It may be nil.
	Init func(*Build) error
}

// An Effect is what becomes of a directive.
type Effect uint8

// The effects.
const (
	Obeyed Effect = iota
	Inert         // harmless: there is nothing for it to tune here
	NotYet        // read, not obeyed; named once at start
	Guard         // not obeyed and guards access: refuses the start
)

// A Directive is a row of a module's table.
type Directive struct {
	Name   string // "Alias"; sections with their bracket: "<RequireAll>" is "<RequireAll"
	Args   Arity
	Where  Place
	Help   string // Apache's text; follows the arity in "X takes one argument, HELP"
	Effect Effect
	Note   string // of Inert: why there is nothing to tune, or what does it instead
	Slot   int    // index into the Vector; -1: sets nothing there
	// Set is called with the words of the line in c (once for each word with
	// Iterate) and the configuration of the place, a *T of the slot.
	Set func(c *Cmd, config any) error
}

// A Config is what a module's directives fill in at one place. Merge lays over
// on top of the receiver and changes neither: the zero value means "not said".
type Config[T any] interface{ Merge(over T) T }

// A ServerConfig is a Config whose merge from the main server to a virtual host
// is different from that between sections (RewriteRule is not inherited). It
// is called for hosts which say nothing too.
type ServerConfig[T any] interface{ MergeServer(over T) T }

// A Slot is a module's place in every Vector.
type Slot[T Config[T]] struct{ index int }

// slot is what is known of a slot without its type.
type slot struct {
	fresh       func() any
	merge       func(base, over any) any
	mergeServer func(base, over any) any // nil: as merge
}

// slots is filled by NewSlot while packages are initialized, and only read
// afterwards.
var slots []slot

// NewSlot takes the next place in every Vector. It is called by package
// variables only.
func NewSlot[T Config[T]]() Slot[T] {
	s := slot{
		fresh: func() any { return new(T) },
		merge: func(base, over any) any {
			m := (*base.(*T)).Merge(*over.(*T))
			return &m
		},
	}
	if _, ok := any(*new(T)).(ServerConfig[T]); ok {
		s.mergeServer = func(base, over any) any {
			m := any(*base.(*T)).(ServerConfig[T]).MergeServer(*over.(*T))
			return &m
		}
	}
	if slots = append(slots, s); len(slots) > maxSlots {
		panic("more slots than a Vector has room for")
	}
	return Slot[T]{len(slots) - 1}
}

// Directive makes a row for a directive whose words set fills into T.
func (s Slot[T]) Directive(name string, args Arity, where Place, set func(*Cmd, *T) error, help string) Directive {
	return Directive{
		Name: name, Args: args, Where: where, Help: help, Slot: s.index,
		Set: func(c *Cmd, config any) error { return set(c, config.(*T)) },
	}
}

// Flag makes a row for an On/Off directive; at finds where to keep it.
func (s Slot[T]) Flag(name string, where Place, at func(*T) **bool, help string) Directive {
	return s.Directive(name, Flag, where, func(c *Cmd, config *T) error {
		v := c.On()
		*at(config) = &v
		return nil
	}, help)
}

// Text makes a row for a directive of one word; at finds where to keep it.
func (s Slot[T]) Text(name string, where Place, at func(*T) *string, help string) Directive {
	return s.Directive(name, Take1, where, func(c *Cmd, config *T) error {
		*at(config) = c.Arg(0)
		return nil
	}, help)
}

// In is the configuration v holds, or nil. v may be nil.
func (s Slot[T]) In(v *Vector) *T {
	config, _ := v.get(s.index).(*T)
	return config
}

// Of is the merged configuration that applies to r now, or nil where nothing
// is said.
func (s Slot[T]) Of(r *Request) *T { return s.In(r.Scope.Vector) }

// OfServer is the configuration of a host's outermost section, or nil.
func (s Slot[T]) OfServer(h *Host) *T { return s.In(h.Scope.Vector) }

// Make is the configuration in v, made there if it is not: for Init functions
// and directives which set something at another place.
func (s Slot[T]) Make(v *Vector) *T { return v.At(s.index).(*T) }
