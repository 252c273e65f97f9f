package compat

import (
	"slices"

	"understudy/apacheconf"
)

// A Context is a set of surroundings a directive can refuse to stand in:
// Apache's NOT_IN_… bits.
type Context uint8

// The surroundings.
const (
	NotInVirtualHost Context = 1 << iota
	NotInLimit
	NotInDirectory
	NotInLocation
	NotInFiles // or <If>
	NotInHTAccess
	NotInProxy
	// NotInSections is any of <Directory>, <Location>, <Files> and <If>.
	NotInSections = NotInDirectory | NotInLocation | NotInFiles
	// NotInDirContext is any section but <VirtualHost>.
	NotInDirContext = NotInLimit | NotInSections | NotInProxy
	// GlobalOnly leaves the main server alone.
	GlobalOnly = NotInVirtualHost | NotInDirContext
)

// inside says which sections each bit means.
var inside = []struct {
	bit   Context
	names []string
}{
	{NotInDirectory, []string{"<Directory", "<DirectoryMatch"}},
	{NotInLocation, []string{"<Location", "<LocationMatch"}},
	{NotInFiles, []string{"<Files", "<FilesMatch", "<If", "<ElseIf", "<Else"}},
	{NotInProxy, []string{"<Proxy", "<ProxyMatch"}},
}

// inRequire reports whether c stands in a container of Require, which Apache
// has count as <Limit>.
func (c *Cmd) inRequire() bool {
	return slices.ContainsFunc(c.Parents, func(n *apacheconf.Node) bool {
		return n.Is("<RequireAll") || n.Is("<RequireAny") || n.Is("<RequireNone")
	})
}

// Forbid is an error if c stands in one of the surroundings
// (ap_check_cmd_context).
func (c *Cmd) Forbid(where Context) error {
	name := c.Name
	if name != "" && name[0] == '<' {
		name += ">"
	}
	switch {
	case where&NotInVirtualHost != 0 && c.Host != nil && c.Host.Virtual:
		return Errorf("%s cannot occur within <VirtualHost> section", name)
	case where&NotInLimit != 0 && (!c.Limits().All() || c.inRequire()):
		return Errorf("%s cannot occur within <Limit> or <LimitExcept> section", name)
	case where&NotInHTAccess != 0 && c.HTAccess:
		return Errorf("%s cannot occur within htaccess files", name)
	case where&NotInSections == NotInSections && !c.AtServer():
		return Errorf("%s cannot occur within directory context", name)
	}
	for _, in := range inside {
		if where&in.bit == 0 {
			continue
		}
		for i := len(c.Parents) - 1; i >= 0; i-- {
			if slices.ContainsFunc(in.names, c.Parents[i].Is) {
				return Errorf("%s cannot occur within %s> section", name, c.Parents[i].Name)
			}
		}
	}
	return nil
}
