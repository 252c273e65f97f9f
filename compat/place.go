package compat

// A Place says where a directive may stand: Apache's req_override bits. A
// directive is accepted where its bits and those of the place have one in
// common (ap_check_cmd_context has the finer rules, [Cmd.Forbid]).
type Place uint16

// The places, named after the AllowOverride classes and Apache's two contexts.
const (
	Limit      Place = 1 << iota // OR_LIMIT
	Options                      // OR_OPTIONS
	FileInfo                     // OR_FILEINFO
	AuthConfig                   // OR_AUTHCFG
	Indexes                      // OR_INDEXES
	_                            // OR_UNSET
	Access                       // ACCESS_CONF: in <Directory>, <Location> and the like
	Server                       // RSRC_CONF: outside of them
	OnRead                       // EXEC_ON_READ: obeyed while the file is read
	Proxy                        // PROXY_CONF: in <Proxy> and <ProxyMatch>
)

// Places that combine others.
const (
	// All is every AllowOverride class (OR_ALL).
	All = Limit | Options | FileInfo | AuthConfig | Indexes
	// AtServer is what is permitted at server level.
	AtServer = Server | Options | FileInfo | Indexes
	// InSection is what is permitted inside <Directory> and its like.
	InSection = Access | All
)
