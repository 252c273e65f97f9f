package core

import (
	"strings"

	"understudy/compat"
)

// protocolRows say which requests are understood.
var protocolRows = []compat.Directive{
	compat.Row("TraceEnable", compat.Take1, compat.Server, traceEnable,
		"'on' (default), 'off' or 'extended' to trace request body content"),
	hostFlag("MergeTrailers", func(h *compat.Host) **bool { return &h.MergeTrailers },
		"merge request trailers into request headers or not"),
	compat.Row("Protocols", compat.Iterate, compat.Server, protocols,
		"Controls which protocols are allowed"),
	compat.Row("ProtocolsHonorOrder", compat.Take1, compat.Server, protocolsHonorOrder,
		"'off' (default) or 'on' to respect given order of protocols, by default the client specified "+
			"order determines selection"),
	compat.Row("HttpProtocolOptions", compat.Iterate, compat.Server, protocolOptions,
		"'Allow0.9' or 'Require1.0' (default); 'RegisteredMethods' or 'LenientMethods' (default); "+
			"'Unsafe' or 'Strict' (default). Sets HTTP acceptance rules"),
	compat.Row("RegisterHttpMethod", compat.Iterate, compat.Server, registerMethod,
		"Registers non-standard HTTP methods"),
	hostFlag("MergeSlashes", func(h *compat.Host) **bool { return &h.MergeSlashes },
		"Controls whether consecutive slashes in the URI path are merged"),
}

func traceEnable(c *compat.Cmd) error {
	switch word := strings.ToLower(c.Arg(0)); word {
	case "on", "off", "extended":
		c.Host.Trace = word
		return nil
	}
	return compat.Errorf("TraceEnable must be one of 'on', 'off', or 'extended'")
}

func protocols(c *compat.Cmd) error {
	if err := outside(c); err != nil {
		return err
	}
	c.Host.Protocols = append(c.Host.Protocols, c.Arg(0))
	return nil
}

func protocolsHonorOrder(c *compat.Cmd) error {
	if err := outside(c); err != nil {
		return err
	}
	on := c.On()
	if !on && !strings.EqualFold(c.Arg(0), "off") {
		return compat.Errorf("ProtocolsHonorOrder must be 'on' or 'off'")
	}
	c.Host.ProtocolsHonorOrder = &on
	return nil
}

// protocolOptions takes one word of three pairs; both of a pair contradict each
// other.
func protocolOptions(c *compat.Cmd) error {
	o := &c.Host.Protocol
	switch strings.ToLower(c.Arg(0)) {
	case "allow0.9":
		return choose(&o.Require10, false, "'Allow0.9' and 'Require1.0'")
	case "require1.0":
		return choose(&o.Require10, true, "'Allow0.9' and 'Require1.0'")
	case "strict":
		return choose(&o.Unsafe, false, "'Strict' and 'Unsafe'")
	case "unsafe":
		return choose(&o.Unsafe, true, "'Strict' and 'Unsafe'")
	case "lenientmethods":
		return choose(&o.RegisteredMethods, false, "'RegisteredMethods' and 'LenientMethods'")
	case "registeredmethods":
		return choose(&o.RegisteredMethods, true, "'RegisteredMethods' and 'LenientMethods'")
	}
	return compat.Errorf("HttpProtocolOptions accepts 'Unsafe' or 'Strict' (default), 'RegisteredMethods' " +
		"or 'LenientMethods' (default), and 'Require1.0' or 'Allow0.9' (default)")
}

func choose(at **bool, v bool, pair string) error {
	if *at != nil && **at != v {
		return compat.Errorf("HttpProtocolOptions %s are mutually exclusive", pair)
	}
	*at = &v
	return nil
}

func registerMethod(c *compat.Cmd) error {
	if err := global(c); err != nil {
		return err
	}
	c.Build.RegisterMethod(c.Arg(0))
	return nil
}
