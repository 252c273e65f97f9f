package compat

import (
	"crypto/tls"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"time"
)

// A Request is a request while it goes through the phases. Requests are
// re-used: nothing of one may be kept after its response.
type Request struct {
	// What the client sent.
	Line       string // the request line as received, "" for a sub-request
	Method     string // as sent; who redirects to answer another way than asked sets GET
	Target     string // the request target, raw (unparsed_uri)
	Protocol   string // "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "INCLUDED"
	ProtoNum   int    // 1000 × major + minor: 1001; 9 for 0.9
	In         Header // request header fields
	Trailers   Header
	Body       io.Reader // nil: none; reading it sends 100 Continue where asked for
	BodyLength int64     // of Content-Length; -1: chunked; 0: none
	HeaderOnly bool      // HEAD
	Stream     int       // of HTTP/2; 0: none
	Conn       *Conn
	Start      time.Time

	// What was made of it.
	Host              *Host  // the virtual host that answers
	Hostname          string // of the Host field or the target, lower case, no port; ""
	HostPort          int    // given with it; 0: none
	Path              string // decoded, normalized URL path (r->uri)
	RawPath           string // the path as sent, not decoded
	Query             string // without "?"
	HasQuery          bool
	Filename          string      // the file the URL maps to
	Info              fs.FileInfo // of Filename; nil: there is none
	PathInfo          string      // the rest of the URL after the file
	FileEnd           int         // of Filename: where its file most likely ends; 0: not known
	CanonicalFilename string
	// WalkedDir and WalkedScope are the directory that was walked for Filename,
	// with a slash at its end, and what its sections come to: package vhost uses
	// them again for requests that come of this one.
	WalkedDir   string
	WalkedScope *Scope
	// LinksUpTo is up to where in Filename links are followed, be they what they
	// may: behind so many bytes Options forbid them, or with OwnLinks those that
	// lead to a file of another owner. 0: all are followed.
	LinksUpTo int
	OwnLinks  bool
	Scope     *Scope // sections that apply, merged
	Handler   string // what answers: "cgi-script", "httpd/unix-directory", "" …
	User      string // REMOTE_USER
	AuthType  string
	// RewriteEnded tells that a RewriteRule said [END]: neither this request nor
	// those it is redirected to are rewritten again.
	RewriteEnded bool
	// SatisfyAny is set before the access phases where either passing them or
	// authenticating is enough (mod_access_compat's Satisfy).
	SatisfyAny                 bool
	HasUser                    bool
	ContextPrefix, ContextRoot string // of Alias and its like
	Root                       string // DocumentRoot, where a module sets one for this request
	Env                        Vars   // subprocess_env
	Notes                      Vars
	RemoteAddr                 netip.AddrPort // of the client (mod_remoteip may change it)

	// The answer.
	Status               int        // 200 unless said otherwise
	Reason               string     // overrides the standard phrase
	ReasonStatus         int        // what Reason was said of, where that is not yet Status
	Out                  Header     // headers_out: of this response only
	ErrOut               Header     // err_headers_out: survive errors and redirects
	ContentType          string     // without charset parameter added by the server; "": none
	Charset              string     // of AddCharset and its like; appended to ContentType
	Encodings            []string   // Content-Encoding
	Languages            []string   // Content-Language
	Writer               BodyWriter // where the handler writes: the top of the filters, nil before insert_filter
	NoCache, NoLocalCopy bool
	ETagWeak             bool
	VariantList          string    // entity tag of the list r was negotiated from; part of the answer's own
	MTime                time.Time // of the content; zero: not known
	Sent                 int64     // body bytes sent (%B)
	BytesIn, BytesOut    int64     // on the wire, for mod_logio

	// Relations to other requests.
	Main             *Request // the request this is a sub-request of
	Prev             *Request // the request this is an internal redirect of
	Next             *Request // the internal redirect made of this
	Redirects, Depth int

	Rejected       bool // refused while it was being read: no phase but log ran
	Aborted        bool // the client went away
	Proxied        bool // another server answers: its Date and Server in Out go out
	Forward        bool // r's client takes this server for its proxy: Path is the target as sent
	KeepAlive      bool // the connection stays open after this
	HeadersDone    bool // the Headers phase is over, before the header goes out: a cache wanted its outcome
	Broken         bool // the body ended before it was whole, which filters are told by Close all the same
	AssBackwards   bool // HTTP/0.9: no header is sent
	ExpectContinue bool
	AllowedMethods []string // for Allow in 405 and OPTIONS
	Trace          *Trace   // nil unless someone asks
	Recorder       Recorder // of what the answer depends on; nil mostly
	Engine         Engine
	Wire           Output // where the response goes
	LogID          string // %L, made when first asked for

	// MimeParts are the parts of the file name that mean nothing to mod_mime, the
	// base name first; nil: it made nothing of the name. Only of sub-requests,
	// for mod_negotiation.
	MimeParts []string
	// OutputFilters and InputFilters are the names of filters that AddOutputFilter,
	// SetOutputFilter and their like asked for, in order.
	OutputFilters, InputFilters []string
	ownFilters                  []*OutputFilter // of OutputFilters, those only r has
	unfiltered                  unfiltered

	// KeptBody is the body as it was read, where mod_request keeps it for others;
	// nil: it does not.
	KeptBody []byte
	ending   []func()

	// Worker is the place of the request on the scoreboard of mod_status, from 1;
	// 0: none.
	Worker int

	// State is what modules keep of this request between hooks, by slot.
	State *Vector
}

// A Conn is what is known of a connection.
type Conn struct {
	ID         int64
	Remote     netip.AddrPort
	Local      netip.AddrPort
	TLS        *tls.ConnectionState // nil: plain
	Keepalives int                  // requests answered before this one
	Env        Vars                 // notes of the connection
	Base       *Host                // default host of the local address
	LogID      string
	State      any // of the wire
	// Preamble tells that the connection began with what Build.Preamble reads, and
	// Client whom that named.
	Preamble bool
	Client   netip.AddrPort
	// Secure is what the module that speaks TLS keeps of the connection; nil: it
	// came in on an address where TLS is not spoken.
	Secure any
	Server ConnServer
}

// An Engine runs requests: package vhost. Modules reach it through the methods
// of Request below.
type Engine interface {
	// Lookup makes a sub-request for a local URL and runs it up to fixups;
	// its Status is what a client would get so far.
	Lookup(r *Request, uri, method string) *Request
	// LookupFile is Lookup for a file beside r.Filename or an absolute path.
	LookupFile(r *Request, path string) *Request
	// LookupEntry is LookupFile for an entry of the directory r.Filename is in, a
	// directory with a slash at its end. With merge it gets r's query, and its
	// path behind the file (ap_sub_req_lookup_dirent).
	LookupEntry(r *Request, name string, merge bool) *Request
	// Release is for a sub-request of which nothing is needed any more, nor known
	// to others: who looks up many spares their memory.
	Release(sub *Request)
	// Run runs the handler of a sub-request; its body goes to the one of the
	// request it is of, or to sub.Writer if that was set: what follows a filter
	// which puts it there.
	Run(sub *Request) Status
	// Redirect answers r with the local URL uri (ap_internal_redirect), by r's
	// method.
	Redirect(r *Request, uri string) Status
	// Adopt makes r continue as the sub-request sub (internal_fast_redirect).
	Adopt(r, sub *Request)
	// Log writes to the error log of r's host.
	Log(r *Request, module string, level Level, err error, text string)
	// LogHost writes a line to the error log of h that is of no request.
	LogHost(h *Host, module string, level Level, text string)
	// Headers makes the fields that describe the body of what was said of it,
	// and with hooks runs the Headers phase, which is then over.
	Headers(r *Request, hooks bool)
	// MapFile stats path as the file of r and walks <Directory>, .htaccess
	// and <Files> for it (what map_to_storage does).
	MapFile(r *Request, path string) Status
	// Die answers with an error page, or ErrorDocument, for status.
	Die(r *Request, status Status)
}

// An Output is the connection a response goes out on, HTTP/1.x or another. Head
// is called once, then the body, then Finish, which leaves the connection ready
// for the next request or marks it to be closed.
type Output interface {
	// Head sends (or buffers) the status line and header made of r's Status,
	// Reason, ContentType, Out and ErrOut. length is that of the body, -1 if
	// it is not known.
	Head(r *Request, length int64) error
	Write(p []byte) (int, error)
	File(f *os.File, offset, n int64) error
	Flush() error
	// Interim sends a 1xx response now.
	Interim(status int, h *Header) error
	Finish(r *Request) error
	// Started reports whether Head was called for the request under way.
	Started() bool
}

// A Hijacker is an Output whose connection can be taken over, by protocols that
// go on when the request is over (CONNECT, Upgrade).
type Hijacker interface {
	// Hijack sends what was gathered and hands over the connection. What the
	// client sent ahead is read first. r is not answered otherwise after that,
	// and the connection is closed when its handler returns.
	Hijack(r *Request) (net.Conn, error)
}

// A BodyWriter is a response body on its way to the client: the wire, or a
// filter in front of another.
type BodyWriter interface {
	io.Writer
	// File sends n bytes of f from offset, by sendfile where nothing filters.
	File(f *os.File, offset, n int64) error
	// Flush sends what is buffered.
	Flush() error
	// Close ends the body; the underlying one is closed too.
	Close() error
}

// LogEnabled reports whether the error log takes lines of module at level.
func (r *Request) LogEnabled(module string, level Level) bool {
	return level <= r.Scope.Core.LogLevel.Of(module)
}

// Opts is the set of Options in force.
func (r *Request) Opts() OptionSet { return r.Scope.Core.Opts() }

// IsMain reports whether r is no sub-request.
func (r *Request) IsMain() bool { return r.Main == nil }

// IsInitial reports whether r is neither a sub-request nor a redirect
// (ap_is_initial_req).
func (r *Request) IsInitial() bool { return r.Main == nil && r.Prev == nil }

// IsDir reports whether the request maps to a directory.
func (r *Request) IsDir() bool { return r.Info != nil && r.Info.IsDir() }

// A Trace records how a request was decided, for LogLevel traceN, explain and
// tests.
type Trace struct{ Steps []TraceStep }

// A TraceStep is one decision: by whom, where it was configured, and what.
type TraceStep struct{ Module, Where, Text string }
