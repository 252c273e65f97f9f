package core

import (
	"strings"

	"understudy/compat"
)

// resourceRows are what Apache calls old resource configuration.
var resourceRows = []compat.Directive{
	compat.Row("AccessFileName", compat.RawArgs, compat.Server, accessFileName,
		"Name(s) of per-directory config files (default: .htaccess)"),
	compat.Row("DocumentRoot", compat.Take1, compat.Server, documentRoot,
		"Root directory of the document tree"),
	slot.Directive("ErrorDocument", compat.Take2, compat.FileInfo, errorDocument,
		"Change responses for HTTP errors"),
	slot.Directive("AllowOverride", compat.RawArgs, compat.Access, allowOverride,
		"Controls what groups of directives can be configured by per-directory config files"),
	slot.Directive("AllowOverrideList", compat.TakeArgv, compat.Access, allowOverrideList,
		"Controls what individual directives can be configured by per-directory config files"),
	slot.Directive("Options", compat.RawArgs, compat.Options, options,
		"Set a number of attributes for a given directory"),
	compat.Row("DefaultType", compat.Take1, compat.FileInfo, defaultType,
		"the default media type for otherwise untyped files (DEPRECATED)").Inertly("Apache 2.4 ignores it too; types come from AddType and TypesConfig"),
	slot.Directive("FileETag", compat.RawArgs, compat.FileInfo, fileETag,
		"Specify components used to construct a file's ETag"),
	onOff("EnableMMAP", compat.FileInfo, func(c *compat.Core) **bool { return &c.EnableMMAP },
		"Controls whether memory-mapping may be used to read files"),
	onOff("EnableSendfile", compat.FileInfo, func(c *compat.Core) **bool { return &c.EnableSendfile },
		"Controls whether sendfile may be used to transmit files"),
	compat.Row("ReadBufferSize", compat.Take1, confined, func(c *compat.Cmd) error {
		_, err := unsigned32(c.Arg(0))
		return err
	}, "Size (in bytes) of the memory buffers used to read data").Inertly("files are read in buffers of a size of their own"),
	compat.Row("FlushMaxThreshold", compat.Take1, compat.Server, func(c *compat.Cmd) error {
		_, err := unsigned32(c.Arg(0))
		return err
	}, "Maximum threshold above which pending data are flushed to the network").Inertly("output is buffered as the connection takes it"),
	compat.Row("FlushMaxPipelined", compat.Take1, compat.Server, flushMaxPipelined,
		"Maximum number of pipelined responses (pending) above which they are flushed to the network").Inertly("pipelined answers are written out when no further request waits"),
}

// serverRows are what Apache calls old server configuration.
var serverRows = []compat.Directive{
	compat.Row("Protocol", compat.Take1, compat.Server, outside,
		"Set the Protocol for httpd to use.").Inertly("what a port speaks follows from Listen and SSLEngine"),
	compat.Row("AcceptFilter", compat.Take2, compat.Server, global,
		"Set the Accept Filter to use for a protocol").Inertly("a connection that waits costs no thread, so the kernel need not hold it back"),
	compat.Row("Port", compat.Take1, compat.Server, func(*compat.Cmd) error {
		return compat.Errorf("Port was replaced with Listen in Apache 2.0")
	}, "Port was replaced with Listen in Apache 2.0"),
	oneOf("HostnameLookups", confined, func(c *compat.Core) *string { return &c.HostnameLookups },
		"parameter must be 'on', 'off', or 'double'", "on", "off", "double").
		help(`"on" to enable, "off" to disable reverse DNS lookups, or "double" to enable double-reverse DNS lookups`),
	compat.Row("ServerAdmin", compat.Take1, compat.Server, serverAdmin,
		"The email address of the server administrator"),
	compat.Row("ServerName", compat.Take1, compat.Server, serverName,
		"The hostname and port of the server"),
	oneOf("ServerSignature", anywhere, func(c *compat.Core) *string { return &c.Signature },
		"ServerSignature: use one of: off | on | email", "on", "off", "email").
		help("En-/disable server signature (on|off|email)"),
	compat.ReadRow("ServerRoot", compat.Take1, compat.Server|compat.OnRead,
		"Common directory of server-related files (logs, confs, etc.)"),
	compat.ReadRow("DefaultRuntimeDir", compat.Take1, compat.Server|compat.OnRead,
		"Common directory for run-time files (shared memory, locks, etc.)"),
	compat.Row("ErrorLog", compat.Take1, compat.Server, errorLog,
		"The filename of the error log"),
	compat.Row("ErrorLogFormat", compat.Take12, compat.Server, errorLogFormat,
		"Format string for the ErrorLog"),
	compat.Row("ServerAlias", compat.RawArgs, compat.Server, serverAlias,
		"A name or names alternately used to access the server"),
	compat.Row("ServerPath", compat.Take1, compat.Server, serverPath,
		"The pathname the server can be reached at"),
	compat.Row("Timeout", compat.Take1, compat.Server, timeout,
		"Timeout duration (sec)"),
	slot.Flag("ContentDigest", compat.Options, func(c *compat.Core) **bool { return &c.ContentDigest },
		"whether or not to send a Content-MD5 header with each request"),
	oneOf("UseCanonicalName", confined, func(c *compat.Core) *string { return &c.CanonicalName },
		"parameter must be 'on', 'off', or 'dns'", "on", "off", "dns").
		help("How to work out the ServerName : Port when constructing URLs"),
	onOff("UseCanonicalPhysicalPort", confined, func(c *compat.Core) **bool { return &c.CanonicalPhysicalPort },
		"Whether to use the physical Port when constructing URLs"),
	compat.ReadRow("Include", compat.Take1, confined|compat.OnRead,
		"Name(s) of the config file(s) to be included; fails if the wildcard does not match at least one file"),
	compat.ReadRow("IncludeOptional", compat.Take1, confined|compat.OnRead,
		"Name or pattern of the config file(s) to be included; ignored if the file does not exist or the "+
			"pattern does not match any files"),
	slot.Directive("LogLevel", compat.Iterate, confined, logLevel,
		"Level of verbosity in error logging"),
	compat.Row("NameVirtualHost", compat.Take1, compat.Server, nameVirtualHost,
		"A numeric IP address:port, or the name of a host").Inertly("Apache 2.4 ignores it too: hosts of one address are told apart by name"),
	compat.Row("ServerTokens", compat.Take1, compat.Server, serverTokens,
		"Determine tokens displayed in the Server: header - Min(imal), Major, Minor, Prod(uctOnly), OS, or Full"),
}

// A words row is made without its help text, which would hide the words.
type words compat.Directive

func (w words) help(text string) compat.Directive {
	w.Help = text
	return compat.Directive(w)
}

// oneOf makes a row for a directive of one word, in any case, out of few; wrong
// is what is said to others.
func oneOf(name string, where compat.Place, at func(*compat.Core) *string, wrong string, choice ...string) words {
	return words(slot.Directive(name, compat.Take1, where, func(c *compat.Cmd, conf *compat.Core) error {
		for _, w := range choice {
			if strings.EqualFold(c.Arg(0), w) {
				*at(conf) = w
				return nil
			}
		}
		return compat.Errorf("%s", wrong)
	}, ""))
}

// onOff makes a row for what is not a Flag in Apache's table but acts like one.
func onOff(name string, where compat.Place, at func(*compat.Core) **bool, help string) compat.Directive {
	return slot.Directive(name, compat.Take1, where, func(c *compat.Cmd, conf *compat.Core) error {
		on := c.On()
		if !on && !strings.EqualFold(c.Arg(0), "off") {
			return compat.Errorf("parameter must be 'on' or 'off'")
		}
		*at(conf) = &on
		return nil
	}, help)
}

// global and outside accept a directive that has nothing to set, where it may
// stand.
func global(c *compat.Cmd) error  { return c.Forbid(compat.GlobalOnly) }
func outside(c *compat.Cmd) error { return c.Forbid(compat.NotInDirContext) }

// unsigned32 reads a number of bytes; the odd parentheses are Apache's.
func unsigned32(s string) (int64, error) {
	n, whole, ok := compat.ParseOffset(s)
	if !whole || !ok || n < 0 || n > 1<<32-1 {
		return 0, compat.Errorf("parameter must be a number between 0 and (4294967295U)): %s", s)
	}
	return n, nil
}

func flushMaxPipelined(c *compat.Cmd) error {
	n, whole, ok := compat.ParseOffset(c.Arg(0))
	if !whole || !ok || n < -1 || n > 1<<31-1 {
		return compat.Errorf("parameter must be a number between -1 and (2147483647): %s", c.Arg(0))
	}
	return nil
}
