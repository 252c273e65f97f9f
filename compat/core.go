package compat

import (
	"cmp"
	"net"
	"time"

	"understudy/apacheconf"
	"understudy/apacheconf/expr"
)

// CoreSlot holds what core's own directives say at a place. The directives are
// in compat/core; what they fill in is here because the request walk, and
// several modules, ask for it.
var CoreSlot = NewSlot[Core]()

// OptionSet is a set of Options.
type OptionSet uint16

// The options.
const (
	OptIndexes OptionSet = 1 << iota
	OptIncludes
	OptFollowSymLinks
	OptIncludesNoExec // Includes without exec
	OptExecCGI
	OptSymLinksIfOwnerMatch
	OptMultiViews
	// OptAll is everything except MultiViews.
	OptAll = OptIndexes | OptIncludes | OptFollowSymLinks | OptExecCGI
)

// A Core is what core directives say in one section.
type Core struct {
	Options               *OptionSet // absolute, where this place says so
	OptionsAdd            OptionSet  // +X
	OptionsRemove         OptionSet  // -X
	Override              *Place     // AllowOverride classes
	OverrideOptions       *OptionSet // Options=… of AllowOverride: those permitted
	OverrideList          map[string]bool
	NonfatalOverride      Nonfatal
	ErrorDocuments        map[int]ErrorDocument
	Handler               *expr.Text // SetHandler; literal "none" clears
	Type                  string     // ForceType; "none" clears
	DefaultCharset        *string    // AddDefaultCharset; "" is Off
	AcceptPathInfo        *PathInfo
	ETag                  *ETagSet
	ETagAdd               ETagSet
	ETagRemove            ETagSet
	LimitBody             *int64
	LimitXMLBody          *int64
	EnableMMAP            *bool // whether answers may be given again from memory
	EnableSendfile        *bool
	Signature             string // "on", "off", "email"
	ContentDigest         *bool
	HostnameLookups       string // "on", "off", "double"
	CanonicalName         string // "on", "off", "dns"
	CanonicalPhysicalPort *bool
	MaxRanges             *int // -1 unlimited, 0 none
	MaxRangeOverlaps      *int
	MaxRangeReversals     *int
	CGIPassAuth           *bool
	CGIVars               map[string]string
	Limits                [3]*ProcessLimit // of programs, by LimitCPU and its like
	QualifyRedirectURL    *bool
	LogLevel              LogLevels
	OutputFilters         []string // SetOutputFilter
	InputFilters          []string // SetInputFilter
	// Limited are the methods of the <Limit> this Core was found in; unused
	// outside of the building.
	Positions map[string]apacheconf.Position // of directives that explanations name: "options", …
}

// Nonfatal is what AllowOverride Nonfatal= says.
type Nonfatal uint8

// The nonfatal classes.
const (
	NonfatalOverride Nonfatal = 1 << iota
	NonfatalUnknown
)

// PathInfo is what AcceptPathInfo says.
type PathInfo uint8

// Its values.
const (
	PathInfoDefault PathInfo = iota // the handler decides
	PathInfoOn
	PathInfoOff
)

// ETagSet is a set of FileETag components.
type ETagSet uint8

// The components.
const (
	ETagMTime ETagSet = 1 << iota
	ETagSize
	ETagINode
	ETagDigest
	ETagNone
)

// An ErrorDocument is what is sent for a status instead of the canned page.
type ErrorDocument struct {
	Default bool       // the canned page after all
	Text    *expr.Text // a message, where it is one
	URI     *expr.Text // a local path or a full URL
}

// Merge lays over on top of c.
func (c Core) Merge(over Core) Core {
	m := over
	if over.Options == nil {
		m.Options = c.Options
		m.OptionsAdd = (c.OptionsAdd &^ over.OptionsRemove) | over.OptionsAdd
		m.OptionsRemove = (c.OptionsRemove &^ over.OptionsAdd) | over.OptionsRemove
		if m.Options != nil {
			o := (*m.Options &^ m.OptionsRemove) | m.OptionsAdd
			if over.OptionsAdd&OptIncludes != 0 && over.OptionsAdd&OptIncludesNoExec == 0 {
				o &^= OptIncludesNoExec
			}
			m.Options, m.OptionsAdd, m.OptionsRemove = &o, 0, 0
		}
	}
	if over.Override == nil {
		m.Override, m.OverrideOptions, m.NonfatalOverride = c.Override, c.OverrideOptions, c.NonfatalOverride
	}
	if over.OverrideList == nil {
		m.OverrideList = c.OverrideList
	}
	m.ErrorDocuments = union(c.ErrorDocuments, over.ErrorDocuments)
	m.Handler = cmp.Or(over.Handler, c.Handler)
	m.Type = cmp.Or(over.Type, c.Type)
	m.DefaultCharset = cmp.Or(over.DefaultCharset, c.DefaultCharset)
	m.AcceptPathInfo = cmp.Or(over.AcceptPathInfo, c.AcceptPathInfo)
	if over.ETag == nil {
		m.ETagAdd = (c.ETagAdd &^ over.ETagRemove) | over.ETagAdd
		m.ETagRemove = (c.ETagRemove &^ over.ETagAdd) | over.ETagRemove
		m.ETag = c.ETag
		if set := m.ETags(); set != 0 && set != ETagNone {
			set &^= ETagNone // What is added ends None.
			m.ETag = &set
		}
	}
	m.LimitBody = cmp.Or(over.LimitBody, c.LimitBody)
	m.LimitXMLBody = cmp.Or(over.LimitXMLBody, c.LimitXMLBody)
	m.EnableMMAP = cmp.Or(over.EnableMMAP, c.EnableMMAP)
	m.EnableSendfile = cmp.Or(over.EnableSendfile, c.EnableSendfile)
	m.Signature = cmp.Or(over.Signature, c.Signature)
	m.ContentDigest = cmp.Or(over.ContentDigest, c.ContentDigest)
	m.HostnameLookups = cmp.Or(over.HostnameLookups, c.HostnameLookups)
	m.CanonicalName = cmp.Or(over.CanonicalName, c.CanonicalName)
	m.CanonicalPhysicalPort = cmp.Or(over.CanonicalPhysicalPort, c.CanonicalPhysicalPort)
	m.MaxRanges = cmp.Or(over.MaxRanges, c.MaxRanges)
	m.MaxRangeOverlaps = cmp.Or(over.MaxRangeOverlaps, c.MaxRangeOverlaps)
	m.MaxRangeReversals = cmp.Or(over.MaxRangeReversals, c.MaxRangeReversals)
	m.CGIPassAuth = cmp.Or(over.CGIPassAuth, c.CGIPassAuth)
	m.CGIVars = union(c.CGIVars, over.CGIVars)
	for i := range m.Limits {
		m.Limits[i] = cmp.Or(over.Limits[i], c.Limits[i])
	}
	m.QualifyRedirectURL = cmp.Or(over.QualifyRedirectURL, c.QualifyRedirectURL)
	m.LogLevel = c.LogLevel.Merge(over.LogLevel)
	if over.OutputFilters == nil {
		m.OutputFilters = c.OutputFilters
	}
	if over.InputFilters == nil {
		m.InputFilters = c.InputFilters
	}
	m.Positions = union(c.Positions, over.Positions)
	return m
}

// Opts is the set of options in force: FollowSymLinks where nothing is said.
func (c *Core) Opts() OptionSet {
	if c.Options != nil {
		return *c.Options
	}
	return (OptFollowSymLinks &^ c.OptionsRemove) | c.OptionsAdd
}

// A Host is the main server or a virtual host.
type Host struct {
	Virtual        bool
	Name           string // ServerName; empty until given or found
	Port           int    // of ServerName, else of <VirtualHost> or the main server's; 0: not said
	Scheme         string // of ServerName; "": http
	Aliases        []string
	Path           string // ServerPath
	Admin          string // ServerAdmin; empty: not said
	DocumentRoot   string
	Addresses      []HostAddress // of <VirtualHost>
	Pos            apacheconf.Position
	ErrorLog       *LogFile
	ErrorLogFormat any      // *errlog format compiled by who writes it
	AccessFiles    []string // AccessFileName; nil: .htaccess

	Timeout                                *time.Duration
	ReadTimeouts                           *ReadTimeouts // nil: Timeout alone counts
	KeepAlive                              *bool
	KeepAliveTimeout                       *time.Duration
	MaxKeepAlive                           *int
	LimitLine, LimitFields, LimitFieldSize *int
	Protocol                               HTTPOptions // HttpProtocolOptions
	Protocols                              []string
	ProtocolsHonorOrder                    *bool
	HTTP2                                  *HTTP2 // nil: mod_http2 is not loaded
	Trace                                  string // TraceEnable: "on", "off", "extended"
	EncodedSlashes                         string // "on", "off", "nodecode"
	MergeSlashes, MergeTrailers            *bool
	RecursionRedirects, RecursionSubs      *int // LimitInternalRecursion
	StrictHostCheck                        *bool
	// Transport is what is spoken below HTTP on the addresses of the host; nil:
	// nothing.
	Transport Transport
	// Connected are what modules make of a connection to the addresses of the
	// host, in order, before the first request and above Transport: what they
	// return is read and written instead, nil ends it.
	Connected []func(*Conn, net.Conn) net.Conn

	Index   int // 0 is the main server
	Section *Section
	Scope   *Scope // made when the configuration is complete
	// Directories, Locations, … are vhost's indexes.
	Routes any
	Main   *Host // nil for the main server
	Build  *Build
}

// HTTP2 is how a host speaks HTTP/2 where Protocols names it.
type HTTP2 struct {
	MaxStreams    int           // open at once on a connection (H2MaxSessionStreams)
	Window        int           // bytes a client may send ahead on a stream (H2WindowSize)
	StreamTimeout time.Duration // 0: Timeout
	Direct        bool          // a connection may begin with it, without TLS (H2Direct)
	Upgrade       bool          // HTTP/1.1 may change into it (H2Upgrade)
	ModernTLSOnly bool
}

// ReadTimeouts are how long a client may take over the parts of a request
// (RequestReadTimeout); nil: not said.
type ReadTimeouts struct{ Handshake, Header, Body *ReadStage }

// A ReadStage is how long one of them may take. MinRate bytes buy a second more,
// up to Max if there is one.
type ReadStage struct {
	Timeout, Max time.Duration // 0: without bound
	MinRate      int           // bytes a second; 0: none
}

// A HostAddress is one address of a <VirtualHost>.
type HostAddress struct {
	Text string // as written
	Host string // an IP address, or "*"
	Port int    // 0: any
}

// HTTPOptions is what HttpProtocolOptions says; zero values are the defaults.
type HTTPOptions struct {
	Unsafe            *bool
	RegisteredMethods *bool
	Require10         *bool
}

// A ProcessLimit is what RLimitCPU, RLimitMEM or RLimitNPROC says. A soft limit
// below 0 is "max"; 0 is not said.
type ProcessLimit struct{ Soft, Hard int64 }

// The kinds of limits of programs.
const (
	LimitCPU = iota
	LimitMemory
	LimitProcesses
)
