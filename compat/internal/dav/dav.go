// Package dav is what mod_dav and those who keep resources for it have in
// common: what is configured, resources, locks and properties, and errors
// (mod_dav.h).
//
// golang.org/x/net/webdav answers otherwise than Apache in most of what clients
// see: bodies, properties, the If field, locks on what is not there. So only
// the rules are taken from there and from RFC 4918, and the answers are Apache's.
package dav

import (
	"cmp"
	"io"
	"io/fs"

	"understudy/compat"
	"understudy/compat/internal/registry"
)

// Slot holds what mod_dav's directives say.
var Slot = compat.NewSlot[Config]()

// A Config is what mod_dav's directives say at one place.
type Config struct {
	Provider      *Provider // nil: DAV is off, or nothing is said
	Spoken        bool      // DAV was said here, be it Off
	Regexp        bool      // the section is one of a regular expression
	Base          string
	MinTimeout    *int
	DepthInfinity *bool
	LockDiscovery *bool
	// Wrong is what Apache logs of a DAV inside of another which it does not obey.
	Wrong string
}

// Merge lays over on top of c. DAV cannot be turned off inside of a place where
// it is on (dav_merge_dir_config).
func (c Config) Merge(over Config) Config {
	m := Config{
		Provider:      cmp.Or(over.Provider, c.Provider),
		Spoken:        c.Spoken || over.Spoken,
		Base:          cmp.Or(over.Base, c.Base),
		MinTimeout:    cmp.Or(over.MinTimeout, c.MinTimeout),
		DepthInfinity: cmp.Or(over.DepthInfinity, c.DepthInfinity),
		LockDiscovery: cmp.Or(over.LockDiscovery, c.LockDiscovery),
		Wrong:         cmp.Or(over.Wrong, c.Wrong),
	}
	if c.Provider != nil && over.Spoken && over.Provider == nil {
		m.Wrong = `AH00578: "DAV Off" cannot be used to turn off a subtree of a DAV-enabled location.`
	}
	if c.Provider != nil && over.Provider != nil && c.Provider != over.Provider {
		m.Wrong = "AH00579: A subtree cannot specify a different DAV provider than its parent."
	}
	return m
}

// A Provider keeps resources: what DAV names.
type Provider struct {
	Name       string
	Module     string // identifier of the module that must be loaded
	Repository Repository
}

var providers registry.Of[*Provider]

// Register makes a provider known; package variables call it.
func Register(p *Provider) { providers.Register(p.Name, p.Module, p) }

// Find is the provider called name, if its module is loaded, or nil.
func Find(b *compat.Build, name string) *Provider {
	p, _ := providers.Find(b, name)
	return p
}

// A Resource is what a URL names.
type Resource struct {
	URI                string // decoded path
	Exists, Collection bool
	Path               string
	Info               fs.FileInfo     // nil: there is nothing
	Request            *compat.Request // nil for a parent: it has no entity tag
}

// A Repository keeps resources.
type Repository interface {
	// Resource is what r is about.
	Resource(r *compat.Request) (*Resource, *Error)
	// Parent is the collection res is in; nil: it is the outermost.
	Parent(res *Resource) (*Resource, *Error)
	Same(a, b *Resource) bool
	IsParent(parent, child *Resource) bool
	// Open begins to write res: all of it, or from an offset on.
	Open(res *Resource, from int64, ranged bool) (Stream, *Error)
	MakeCollection(res *Resource) *Error
	// Copy and the next two answer also with what became of members, where it
	// did not go well.
	Copy(from, to *Resource, depth int) ([]Response, *Error)
	Move(from, to *Resource) ([]Response, *Error)
	Remove(res *Resource) ([]Response, *Error)
	Walk(w *Walk) *Error
	ETag(res *Resource) string
	// Properties are the dead properties of res; writable ones are made.
	Properties(res *Resource, writable bool) (Properties, *Error)
	// Locks is the data base of locks as it is. Change lets change it, which is
	// done by one at a time: whoever has it must call Close soon.
	Locks(r *compat.Request) (Locks, *Error)
	Change(r *compat.Request) (Locks, *Error)
	// Live are the properties that are made of the resource.
	Live() []Live
}

// A Stream is a resource that is being written.
type Stream interface {
	// ReadFrom takes all of a body; an error that is not the body's is a
	// [WriteError].
	io.ReaderFrom
	// Close ends it; without commit nothing happened.
	Close(commit bool) *Error
}

// A Live property is made of what the resource is.
type Live struct {
	Namespace, Name string
	// Value is what it is of res; ok is false where it has none.
	Value func(res *Resource) (value string, ok bool)
	// Check and Set are of one that clients can write; nil: they cannot.
	Check func(res *Resource, e *Element, remove bool) *Error
	Set   func(res *Resource, e *Element) (undo func() *Error, err *Error)
	// Short has it written as an empty element where its value is empty.
	Short bool
}

// A Walk visits a resource and what is below.
type Walk struct {
	Root     *Resource
	Depth    int
	Locks    Locks // where resources that are there as locks only are visited
	Hidden   bool  // what the repository keeps for itself, too
	Postfix  bool  // collections again behind their members
	Tolerant bool  // what vanishes meanwhile is left out
	// Visit is called for each. What it is given may not be kept.
	Visit func(res *Resource, post bool) *Error
}

// Infinity is a Depth that has no end.
const Infinity = 1<<31 - 1

// A Response is what a multi-status says of a resource.
type Response struct {
	Href       string
	Status     int
	Namespaces string // declarations of them
	Propstats  string // in place of Status
	Desc       string
}

// Properties are dead ones: they are kept as clients gave them.
type Properties interface {
	// Names are those that are there.
	Names() []Name
	// Namespaces are those of which Get writes "nsN", by N.
	Namespaces() []string
	// Get is the element of a property.
	Get(n Name) (element string, ok bool)
	// Map makes the namespaces of a document known.
	Map(namespaces []string)
	Set(n Name, e *Element) *Error
	Remove(n Name)
	// Close keeps what was changed, if commit says so.
	Close(commit bool) *Error
}

// A Name is that of a property; the namespace is as it stands in XML.
type Name struct{ Namespace, Local string }
