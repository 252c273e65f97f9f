package compat

import (
	"slices"
	"strings"
)

// Methods is a set of request methods: those named, or with Except all but
// those. The zero value is all. HEAD is another word for GET, as in Apache,
// where both have one number.
type Methods struct {
	Names  []string
	Except bool
}

// NewMethods is the set of names, or with except of all others.
func NewMethods(names []string, except bool) Methods {
	m := Methods{Names: make([]string, 0, len(names)), Except: except}
	for _, name := range names {
		if name = canonical(name); !slices.Contains(m.Names, name) {
			m.Names = append(m.Names, name)
		}
	}
	return m
}

func canonical(method string) string {
	if method == "HEAD" {
		return "GET"
	}
	return method
}

// All reports whether every method is in m.
func (m Methods) All() bool { return m.Names == nil && !m.Except || m.Except && len(m.Names) == 0 }

// Empty reports whether no method is in m.
func (m Methods) Empty() bool { return !m.Except && m.Names != nil && len(m.Names) == 0 }

// Has reports whether method is in m.
func (m Methods) Has(method string) bool {
	return m.All() || slices.Contains(m.Names, canonical(method)) != m.Except
}

// Covers reports whether all of o are in m.
func (m Methods) Covers(o Methods) bool { return o.And(m.not()).Empty() }

// And is what is in both m and o.
func (m Methods) And(o Methods) Methods {
	m, o = m.named(), o.named()
	switch {
	case m.Except && o.Except:
		return Methods{Names: append(slices.Clone(m.Names), o.without(m.Names)...), Except: true}
	case m.Except:
		return Methods{Names: o.without(m.Names)}
	case o.Except:
		return Methods{Names: m.without(o.Names)}
	}
	return Methods{Names: m.without(m.without(o.Names))}
}

// Or is what is in m or o.
func (m Methods) Or(o Methods) Methods { return m.not().And(o.not()).not() }

// named is m with all said as "all but none".
func (m Methods) named() Methods {
	if m.All() {
		return Methods{Except: true}
	}
	return m
}

func (m Methods) not() Methods {
	m = m.named()
	if m.Except && m.Names == nil {
		return Methods{Names: []string{}}
	}
	return Methods{Names: m.Names, Except: !m.Except}
}

// without are the names of m that are not among names; never nil.
func (m Methods) without(names []string) []string {
	left := make([]string, 0, len(m.Names))
	for _, name := range m.Names {
		if !slices.Contains(names, name) {
			left = append(left, name)
		}
	}
	return left
}

// Limits are the methods of the <Limit> and <LimitExcept> around c.
func (c *Cmd) Limits() Methods { return Methods{Names: c.Methods, Except: c.Except} }

// standardMethods are those Apache knows by itself.
var standardMethods = strings.Fields(`GET HEAD PUT POST DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH
	MKCOL COPY MOVE LOCK UNLOCK VERSION-CONTROL CHECKOUT UNCHECKOUT CHECKIN UPDATE LABEL REPORT MKWORKSPACE
	MKACTIVITY BASELINE-CONTROL MERGE`)

// KnowsMethod reports whether a method is one of Apache's or was registered
// (ap_method_number_of). b may be nil.
func (b *Build) KnowsMethod(method string) bool {
	return slices.Contains(standardMethods, method) || b != nil && slices.Contains(b.Core.Methods, method)
}

// RegisterMethod makes a method known (ap_method_register).
func (b *Build) RegisterMethod(method string) {
	if !b.KnowsMethod(method) {
		b.Core.Methods = append(b.Core.Methods, method)
	}
}
