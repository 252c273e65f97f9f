// Package http is http_core.c: which connections are kept open, and how long.
package http

import "understudy/compat"

// Module is the HTTP protocol module.
var Module = compat.Module{
	Name:   "http_module",
	File:   "http_core.c",
	Static: true,
	Directives: []compat.Directive{
		compat.Row("KeepAliveTimeout", compat.Take1, compat.Server, keepAliveTimeout,
			"Keep-Alive timeout duration (sec)"),
		compat.Row("MaxKeepAliveRequests", compat.Take1, compat.Server, maxKeepAlive,
			"Maximum number of Keep-Alive requests per connection, or 0 for infinite"),
		compat.Row("KeepAlive", compat.Flag, compat.Server, keepAlive,
			"Whether persistent connections should be On or Off"),
	},
}

func keepAliveTimeout(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	d, ok := compat.ParseTimeout(c.Arg(0), "s")
	if !ok {
		return compat.Errorf("KeepAliveTimeout has wrong format")
	}
	c.Host.KeepAliveTimeout = &d
	return nil
}

func maxKeepAlive(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	n := compat.Atoi(c.Arg(0))
	c.Host.MaxKeepAlive = &n
	return nil
}

func keepAlive(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	on := c.On()
	c.Host.KeepAlive = &on
	return nil
}
