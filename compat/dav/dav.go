// Package dav is mod_dav: WebDAV (RFC 4918), for resources that a provider
// keeps. mod_dav_fs is the only one here, so that versions, bindings and
// searches, which it does not have, are refused as Apache refuses them.
//
// Deviations: documents have a bound on the depth of their elements; what a
// COPY or MOVE does to locks is not one step with it.
package dav

import (
	"strings"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// Module is mod_dav.
var Module = compat.Module{
	Name: "dav_module",
	File: "mod_dav.c",
	Directives: []compat.Directive{
		dav.Slot.Directive("DAV", compat.Take1, compat.Access, setProvider,
			"specify the DAV provider for a directory or location"),
		dav.Slot.Text("DAVBasePath", compat.Access, func(c *dav.Config) *string { return &c.Base },
			"specify the DAV repository base URL"),
		dav.Slot.Directive("DAVMinTimeout", compat.Take1, compat.Access|compat.Server, setMinTimeout,
			"specify minimum allowed timeout"),
		dav.Slot.Flag("DAVDepthInfinity", compat.Access|compat.Server,
			func(c *dav.Config) **bool { return &c.DepthInfinity }, "allow Depth infinity PROPFIND requests"),
		dav.Slot.Flag("DAVLockDiscovery", compat.Access|compat.Server,
			func(c *dav.Config) **bool { return &c.LockDiscovery }, "allow lock discovery by PROPFIND requests"),
	},
	Hooks: []compat.Hook{
		dav.Slot.On(compat.Fixups, choose).Repeats(),
		compat.Run(compat.Handler, handle),
	},
	Init: func(b *compat.Build) error {
		b.RegisterMethod("BIND")
		b.RegisterMethod("SEARCH")
		return nil
	},
}

// handlerName is the handler of requests that are not for the content.
const handlerName = "dav-handler"

func setProvider(c *compat.Cmd, conf *dav.Config) error {
	conf.Spoken, conf.Provider = true, nil
	name := c.Arg(0)
	switch {
	case strings.EqualFold(name, "off"):
		return nil
	case strings.EqualFold(name, "on"):
		name = "filesystem"
	}
	if conf.Provider = dav.Find(c.Build, name); conf.Provider == nil {
		return compat.Errorf("Unknown DAV provider: %s", name)
	}
	return nil
}

func setMinTimeout(c *compat.Cmd, conf *dav.Config) error {
	n := compat.Atoi(c.Arg(0))
	if n < 0 {
		return compat.Errorf("DAVMinTimeout requires a non-negative integer.")
	}
	conf.MinTimeout = &n
	return nil
}

// choose takes all methods but those that ask for the content (dav_fixups).
func choose(r *compat.Request, c *dav.Config) compat.Status {
	if c.Provider == nil || r.AssBackwards && r.Main == nil {
		return compat.Declined
	}
	if c.Wrong != "" && r.Main == nil {
		r.Logf("dav", compat.LevelError, nil, "%s", c.Wrong)
	}
	switch r.Method {
	case "GET", "HEAD", "POST":
		return compat.Declined
	}
	r.Handler = handlerName
	return compat.OK
}

// A call is a request while it is answered.
type call struct {
	*compat.Request
	conf *dav.Config
	repo dav.Repository
}

// handle answers (dav_handler).
func handle(r *compat.Request) compat.Status {
	if r.Handler != handlerName {
		return compat.Declined
	}
	c := call{Request: r, conf: dav.Slot.Of(r)}
	if c.conf == nil || c.conf.Provider == nil {
		return c.fail(notEnabled(r), nil)
	}
	c.repo = c.conf.Provider.Repository
	switch r.Method {
	case "PUT":
		return c.put()
	case "POST":
		return c.post()
	case "DELETE":
		return c.delete()
	case "OPTIONS":
		return c.options()
	case "PROPFIND":
		return c.propfind()
	case "PROPPATCH":
		return c.proppatch()
	case "MKCOL":
		return c.mkcol()
	case "COPY":
		return c.copymove(false)
	case "MOVE":
		return c.copymove(true)
	case "LOCK":
		return c.lock()
	case "UNLOCK":
		return c.unlock()
	case "REPORT":
		return c.report()
	case "BASELINE-CONTROL":
		return 405
	}
	return compat.Declined
}

func notEnabled(r *compat.Request) *dav.Error {
	return dav.New(405, "DAV not enabled for "+compat.EscapeHTML(r.Path))
}

// resource is what c is about.
func (c call) resource() (*dav.Resource, *dav.Error) { return c.resourceOf(c.Request) }

// resourceOf is what r is about (dav_get_resource).
func (c call) resourceOf(r *compat.Request) (*dav.Resource, *dav.Error) {
	conf := dav.Slot.Of(r)
	if conf == nil || conf.Provider == nil {
		return nil, notEnabled(r)
	}
	res, err := conf.Provider.Repository.Resource(r)
	if err != nil {
		return nil, err.Push(err.Status, "Could not fetch resource information.")
	}
	return res, nil
}

// A state is whether a resource is there (dav_get_resource_state).
type state uint8

const (
	isBroken state = iota // it could not be found out
	isThere
	isLock // as a lock only
	isNothing
)

// stateOf tells what r's resource is.
func (c call) stateOf(r *compat.Request, res *dav.Resource) state {
	switch {
	case res.Exists:
		return isThere
	case r.PathInfo != "":
		return isNothing
	}
	locks, err := c.repo.Locks(r)
	if err != nil {
		r.Logf("dav", compat.LevelError, nil, "AH00623: Failed to query lock-null status for %s", r.Filename)
		return isBroken
	}
	defer locks.Close()
	if locks.Has(res) {
		return isLock
	}
	return isNothing
}

// depth is that of the Depth field; -1: it says nonsense (dav_get_depth).
func (c call) depth() int {
	value, ok := c.In.Lookup("Depth")
	switch {
	case !ok, strings.EqualFold(value, "infinity"):
		return dav.Infinity
	case value == "0":
		return 0
	case value == "1":
		return 1
	}
	c.complain("AH00580: An invalid Depth header was specified.")
	return -1
}

// complain writes to the error log.
func (c call) complain(text string) { c.Logf("dav", compat.LevelError, nil, "%s", text) }

// escaped is the path of c for texts.
func (c call) escaped() string { return compat.EscapeHTML(c.Path) }
