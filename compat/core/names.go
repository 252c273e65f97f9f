package core

import (
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

func serverAdmin(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	c.Host.Admin = c.Arg(0)
	return nil
}

// serverName takes [scheme://]name[:port] (server_hostname_port).
func serverName(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	arg := c.Arg(0)
	if pattern.IsGlob(arg) {
		return compat.Errorf(`Invalid ServerName "%s" use ServerAlias to set multiple server names.`, arg)
	}
	name := arg
	if scheme, rest, ok := strings.Cut(arg, "://"); ok {
		c.Host.Scheme, name = strings.ToLower(scheme), rest
	}
	name, port, given := strings.Cut(name, ":")
	c.Host.Name, c.Host.Port = name, 0
	if !given {
		return nil
	}
	c.Host.Port = compat.Atoi(port)
	if c.Host.Port <= 0 || c.Host.Port >= 65536 {
		return compat.Errorf(`The port number "%s" is outside the appropriate range (i.e., 1..65535).`, arg)
	}
	return nil
}

func serverAlias(c *compat.Cmd) error {
	if !c.Host.Virtual {
		return compat.Errorf("ServerAlias only used in <VirtualHost>")
	}
	c.Host.Aliases = append(c.Host.Aliases, apacheconf.Words(c.Raw)...)
	return nil
}

func serverPath(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	c.Host.Path = c.Arg(0)
	return nil
}

func nameVirtualHost(c *compat.Cmd) error {
	c.Build.Warn(apacheconf.Diagnostic{Pos: c.Node.Pos, Bare: true,
		Message: "AH00548: NameVirtualHost has no effect and will be removed in the next release " +
			c.Node.Pos.String()})
	return nil
}

// tokens are the words of ServerTokens and what they are kept as.
var tokens = map[string]string{
	"os": "os", "min": "min", "minimal": "min", "major": "major", "minor": "minor",
	"prod": "prod", "productonly": "prod", "full": "full",
}

func serverTokens(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	kept, ok := tokens[strings.ToLower(c.Arg(0))]
	if !ok {
		return compat.Errorf("ServerTokens takes 1 argument: 'Prod(uctOnly)', 'Major', 'Minor', " +
			"'Min(imal)', 'OS', or 'Full'")
	}
	c.Build.Core.Tokens = kept
	return nil
}
