package core

import (
	"os"
	"strings"
	"testing"
	"time"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

// ssl stands for a module that LogLevel can name.
var ssl = compat.Module{Name: "ssl_module", File: "mod_ssl.c"}

func TestErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{"ServerAdmin", "ServerAdmin takes one argument, The email address of the server administrator"},
		{"ErrorDocument 418 x", "Unsupported HTTP response code 418"},
		{"ErrorDocument 200 x", ""},
		{"UseCanonicalPhysicalPort maybe", "parameter must be 'on' or 'off'"},
		{"UseCanonicalName Foo", "parameter must be 'on', 'off', or 'dns'"},
		{"HostnameLookups Foo", "parameter must be 'on', 'off', or 'double'"},
		{"ExtendedStatus", "ExtendedStatus must be On or Off"},
		{"ServerName foo:bar", `The port number "foo:bar" is outside the appropriate range (i.e., 1..65535).`},
		{"ServerName a*b", `Invalid ServerName "a*b" use ServerAlias to set multiple server names.`},
		{"ServerAlias x", "ServerAlias only used in <VirtualHost>"},
		{"DocumentRoot /no/such", "DocumentRoot '/no/such' is not a directory, or is not readable"},
		{"Options Indexes -Includes", "Either all Options must start with + or -, or no Option may."},
		{"Options -Includes Indexes", "Either all Options must start with + or -, or no Option may."},
		{"Options All -Indexes", ""},
		{"Options +None", "You may not use 'Options +None' or 'Options -None'."},
		{"Options Indexes None", "'Options None' must be the first Option given."},
		{"Options Foo", "Illegal option Foo"},
		{"AllowOverride Foo", "Illegal override option Foo"},
		{"AllowOverride Options=Foo", "Illegal option Foo"},
		{"AllowOverride Nonfatal", "=Override, =Unknown or =All expected after Nonfatal"},
		{"AllowOverrideList None Options", "'None' not allowed with other directives in AllowOverrideList"},
		{"FileETag +None", "FileETag keyword 'None' cannot be used with '+' or '-'"},
		{"FileETag Foo", "Unknown keyword 'Foo' for FileETag directive"},
		{"LogLevel foo", badLevel},
		{"LogLevel warn nope:debug", "Cannot find module nope"},
		{"LogLevel core:", "Module specifier 'core' must be followed by a log level keyword"},
		{"LogLevel core:foo", "core:foo: " + badLevel},
		{"LogLevel info core:warn ssl:debug mod_ssl.c:info ssl_module:error", ""},
		{"ServerTokens Foo", "ServerTokens takes 1 argument: 'Prod(uctOnly)', 'Major', 'Minor', 'Min(imal)', 'OS', or 'Full'"},
		{"ServerSignature Foo", "ServerSignature: use one of: off | on | email"},
		{"LimitRequestFields -1", `LimitRequestFields "-1" must be a non-negative integer (0 = no limit)`},
		{"LimitRequestBody abc", "LimitRequestBody requires a non-negative integer."},
		{"LimitRequestBody 99999999999999999999", "LimitRequestBody argument is not parsable."},
		{"LimitXMLRequestBody -1", "LimitXMLRequestBody requires a non-negative integer."},
		{"MaxRanges 0", "MaxRanges requires 'none', 'default', 'unlimited' or a positive integer"},
		{"AllowEncodedSlashes Foo", "AllowEncodedSlashes must be On, Off, or NoDecode"},
		{"AcceptPathInfo x", "AcceptPathInfo must be set to on, off or default"},
		{"HttpProtocolOptions Foo", "HttpProtocolOptions accepts 'Unsafe' or 'Strict' (default), 'RegisteredMethods' " +
			"or 'LenientMethods' (default), and 'Require1.0' or 'Allow0.9' (default)"},
		{"HttpProtocolOptions Strict Unsafe", "HttpProtocolOptions 'Strict' and 'Unsafe' are mutually exclusive"},
		{"ContentDigest Foo", "ContentDigest must be On or Off"},
		{"TraceEnable x", "TraceEnable must be one of 'on', 'off', or 'extended'"},
		{"CGIVar X y", `Unrecognized CGI variable: "X"`},
		{"FlushMaxThreshold x", "parameter must be a number between 0 and (4294967295U)): x"},
		{"FlushMaxPipelined x", "parameter must be a number between -1 and (2147483647): x"},
		{"Port 80", "Port was replaced with Listen in Apache 2.0"},
		{"Error", "The Error directive was used with no message."},
		{"Error 'a b'", "a b"},
		{"ErrorLogFormat %q%M", "Unrecognized error log format directive %q"},
		{"ErrorLogFormat foo x", "ErrorLogFormat type must be one of request, connection"},
		{"ErrorLogFormat x", "main ErrorLogFormat must contain message format string '%M'"},
		{"ErrorLogFormat request %M", "%M cannot be used in once-per-request or once-per-connection formats"},
		{"Protocols", "Protocols requires at least one argument, Controls which protocols are allowed"},
		{"RegexDefaultOptions foo", "RegexDefaultOptions: option 'foo' unknown"},
		{"RegexDefaultOptions +ICASE", "RegexDefaultOptions: Understudy has no other defaults than DOTALL DOLLAR_ENDONLY"},
		{"RegexDefaultOptions +DOTALL", ""},
		{"MaxMemFree -1", "Invalid MaxMemFree value: -1"},
		{"CoreDumpDirectory /nonexistent", "CoreDumpDirectory /nonexistent does not exist"},
		{"Mutex foo:bar", "Invalid Mutex argument foo:bar (" + mechanismList + ")"},
		{"Mutex file:/nonexistent default", "Invalid Mutex directory in argument file:/nonexistent"},
	}
	for _, tt := range tests {
		b := conftest.New(t, &Module, &ssl)
		got := ""
		if err := (&conftest.Place{Host: b.Main}).Obey(tt.line); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	tests := []struct{ line, want string }{
		{"DefaultType text/plain", "[core:warn] AH00117: Ignoring deprecated use of DefaultType in line 1 of f.\n"},
		{"DefaultType none", ""},
		{"NameVirtualHost *", "AH00548: NameVirtualHost has no effect and will be removed in the next release f:1\n"},
		{"ErrorDocument 401 http://x/",
			"[core:notice] AH00113: f:1 cannot use a full URL in a 401 ErrorDocument directive --- ignoring!\n"},
		{"LimitInternalRecursion 2 3",
			"[core:warn] AH00119: Limiting internal redirects to very low numbers may cause normal requests to fail.\n" +
				"[core:warn] AH00120: Limiting the subrequest depth to a very low level may cause normal requests to fail.\n"},
		{"AllowOverrideList Redirect Options ServerName",
			"[core:warn] AH00116: Discarding unrecognized directive `Redirect' in AllowOverrideList at f:1\n" +
				"[core:warn] AH02304: Discarding directive `ServerName' not allowed in AllowOverrideList at f:1\n"},
		{"LogLevel warn core:trace3",
			"[core:trace3] core.c(3517): Setting LogLevel for module core.c to trace3\n"},
	}
	for _, tt := range tests {
		b := conftest.New(t, &Module)
		if err := (&conftest.Place{Host: b.Main}).Obey(tt.line); err != nil {
			t.Errorf("%s: %v", tt.line, err)
		}
		if got := conftest.Warnings(b); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.line, got, tt.want)
		}
	}
	b := conftest.New(t, &Module)
	if err := conftest.In(b.Main, "<Files", "x").Obey("AllowOverride None"); err != nil {
		t.Fatal(err)
	}
	if want := "[core:warn] AH00114: Useless use of AllowOverride in line 1 of f.\n"; conftest.Warnings(b) != want {
		t.Errorf("got %q, want %q", conftest.Warnings(b), want)
	}
}

func TestOptions(t *testing.T) {
	const (
		indexes, includes = compat.OptIndexes, compat.OptIncludes
		noExec, follow    = compat.OptIncludes | compat.OptIncludesNoExec, compat.OptFollowSymLinks
	)
	tests := []struct {
		outer, inner string
		want         compat.OptionSet
	}{
		{"", "", follow},
		{"Options Indexes", "", indexes},
		{"Options Indexes", "Options +Includes", indexes | includes},
		{"Options All", "", compat.OptAll},
		{"Options All MultiViews", "Options -Indexes", compat.OptAll&^indexes | compat.OptMultiViews},
		{"Options All -Indexes", "", compat.OptAll &^ indexes},
		{"Options None", "Options +Indexes -FollowSymLinks", indexes},
		{"Options IncludesNOEXEC", "", noExec},
		{"Options Includes", "Options +IncludesNOEXEC", noExec},
		{"Options IncludesNOEXEC", "Options +Includes", includes},
		{"Options IncludesNOEXEC Includes", "", includes},
		{"Options Includes Indexes", "Options -IncludesNOEXEC", indexes},
		{"Options +Indexes", "Options +Includes", follow | indexes | includes},
		{"", "Options Indexes\nOptions +Includes", indexes | includes},
	}
	for _, tt := range tests {
		b := conftest.New(t, &Module)
		inner := conftest.In(b.Main, "<Directory", "/")
		if tt.outer != "" {
			if err := (&conftest.Place{Host: b.Main}).Obey(tt.outer); err != nil {
				t.Fatal(err)
			}
		}
		if tt.inner != "" {
			if err := inner.Obey(strings.Split(tt.inner, "\n")...); err != nil {
				t.Fatal(err)
			}
		}
		var plain compat.Core
		said := &plain
		if o := slot.In(b.Main.Section.Vector.Merge(inner.Section.Vector)); o != nil {
			said = o
		}
		if got := said.Opts(); got != tt.want {
			t.Errorf("%s / %s: got %b, want %b", tt.outer, tt.inner, got, tt.want)
		}
	}
}

func TestPermittedOptions(t *testing.T) {
	tests := []struct {
		allowed, line, want string
	}{
		{"Indexes,MultiViews", "Options Indexes", ""},
		{"Indexes,MultiViews", "Options ExecCGI", "Option ExecCGI not allowed here"},
		{"Includes", "Options IncludesNOEXEC", ""},
		{"IncludesNOEXEC", "Options Includes", "Option Includes not allowed here"},
		{"IncludesNOEXEC", "Options +IncludesNOEXEC", ""},
		{"None", "Options None", ""},
	}
	for _, tt := range tests {
		var conf compat.Core
		if err := overrideOptions(&conf, tt.allowed, true); err != nil {
			t.Fatal(err)
		}
		word := strings.TrimLeft(strings.Fields(tt.line)[1], "+-")
		ok := permitted(&compat.Cmd{OverrideOptions: conf.OverrideOptions}, optionNames[strings.ToLower(word)])
		if ok != (tt.want == "") {
			t.Errorf("%s with Options=%s: permitted is %v", tt.line, tt.allowed, ok)
		}
	}
}

func TestHost(t *testing.T) {
	b := conftest.New(t, &Module)
	h := conftest.VirtualHost(b, "")
	if err := (&conftest.Place{Host: h}).Obey("ServerName HTTPS://www.example.com:8443", "ServerAlias a *.b",
		"Timeout 7", "LimitRequestLine 10", "HttpProtocolOptions Unsafe Require1.0", "Protocols h2 http/1.1",
		"MergeSlashes Off", "AllowEncodedSlashes NoDecode", "TraceEnable Extended", "LimitInternalRecursion 20",
		"ErrorLog syslog:user:tag", "AccessFileName .a .b", "DocumentRoot /no/such"); err != nil {
		t.Fatal(err)
	}
	switch {
	case h.Name != "www.example.com" || h.Port != 8443 || h.Scheme != "https":
		t.Errorf("name is %q %d %q", h.Name, h.Port, h.Scheme)
	case strings.Join(h.Aliases, " ") != "a *.b" || strings.Join(h.AccessFiles, " ") != ".a .b":
		t.Errorf("aliases are %q, access files %q", h.Aliases, h.AccessFiles)
	case *h.Timeout != 7*time.Second || *h.LimitLine != 10 || *h.RecursionSubs != 20:
		t.Errorf("limits are %v %d %d", *h.Timeout, *h.LimitLine, *h.RecursionSubs)
	case !*h.Protocol.Unsafe || !*h.Protocol.Require10 || h.Protocol.RegisteredMethods != nil:
		t.Errorf("protocol is %+v", h.Protocol)
	case strings.Join(h.Protocols, " ") != "h2 http/1.1" || *h.MergeSlashes || h.EncodedSlashes != "nodecode":
		t.Errorf("got %q %v %q", h.Protocols, *h.MergeSlashes, h.EncodedSlashes)
	case h.ErrorLog.Syslog != "user:tag" || h.ErrorLog.Path != "" || !h.ErrorLog.Error:
		t.Errorf("error log is %+v", h.ErrorLog.Key)
	case h.DocumentRoot != "/no/such":
		t.Errorf("document root is %q", h.DocumentRoot)
	}
}

func TestErrorDocument(t *testing.T) {
	b := conftest.New(t, &Module)
	p := &conftest.Place{Host: b.Main}
	if err := p.Obey("ErrorDocument 404 /e.html", "ErrorDocument 403 http://x/", "ErrorDocument 500 word",
		`ErrorDocument 502 "/a text"`, "ErrorDocument 503 Default"); err != nil {
		t.Fatal(err)
	}
	docs := slot.In(b.Main.Section.Vector).ErrorDocuments
	for status, uri := range map[int]bool{404: true, 403: true, 500: false, 502: false} {
		if d := docs[status]; (d.URI != nil) != uri || (d.Text != nil) == uri || d.Default {
			t.Errorf("%d: got %+v", status, d)
		}
	}
	if !docs[503].Default {
		t.Error("503 is not the default")
	}
}

func TestETag(t *testing.T) {
	tests := []struct {
		line        string
		set         compat.ETagSet
		said        bool
		add, remove compat.ETagSet
	}{
		{"FileETag None", compat.ETagNone, true, 0, 0},
		{"FileETag All", compat.ETagMTime | compat.ETagSize | compat.ETagINode, true, 0, 0},
		{"FileETag MTime Size", compat.ETagMTime | compat.ETagSize, true, 0, 0},
		{"FileETag +INode -MTime", 0, false, compat.ETagINode, compat.ETagMTime},
		{"FileETag +INode Size", compat.ETagSize, true, 0, 0},
		{"FileETag Digest", compat.ETagDigest, true, 0, 0},
	}
	for _, tt := range tests {
		b := conftest.New(t, &Module)
		if err := (&conftest.Place{Host: b.Main}).Obey(tt.line); err != nil {
			t.Fatal(err)
		}
		c := slot.In(b.Main.Section.Vector)
		if (c.ETag != nil) != tt.said || c.ETag != nil && *c.ETag != tt.set || c.ETagAdd != tt.add || c.ETagRemove != tt.remove {
			t.Errorf("%s: got %v %b %b", tt.line, c.ETag, c.ETagAdd, c.ETagRemove)
		}
	}
}

func TestDefaultErrorLog(t *testing.T) {
	b := conftest.New(t, &Module)
	h := conftest.VirtualHost(b, "v")
	want := "(2)No such file or directory: AH02291: Cannot access directory '" + b.Tree.Root +
		"/logs/' for main error log\nAH00014: Configuration check failed"
	if err := conftest.Init(b); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := os.Mkdir(b.Tree.Root+"/logs", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Error(err)
	}
	if h.ErrorLog == nil || h.ErrorLog.Path != b.Tree.Root+"/logs/error_log" {
		t.Errorf("a virtual host has %+v", h.ErrorLog)
	}
}

func TestHooks(t *testing.T) {
	b := conftest.New(t, &Module)
	root := t.TempDir()
	if err := (&conftest.Place{Host: b.Main}).Obey("ErrorLog e.log", "DocumentRoot "+root+"/",
		"ForceType Text/X", "SetHandler My-Handler", "SetOutputFilter A;B"); err != nil {
		t.Fatal(err)
	}
	h := conftest.VirtualHost(b, "v")
	h.Path = "/below"
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/": root + "/", "/a//b/": root + "/a/b/", "/below/x": root + "/x", "/belowx": root + "/belowx", "*": root + "/*",
	} {
		r := conftest.Get(h, path)
		if s := conftest.Run(r, compat.Translate); s != compat.OK || r.Filename != want {
			t.Errorf("%s: got %d %q, want %q", path, s, r.Filename, want)
		}
	}
	r := conftest.Get(h, "x")
	if s := conftest.Run(r, compat.Translate); s != 400 {
		t.Errorf("a path without slash gives %d", s)
	}
	conftest.Run(r, compat.Fixups)
	conftest.Run(r, compat.InsertFilter)
	if r.ContentType != "text/x" || r.Handler != "my-handler" || strings.Join(r.OutputFilters, " ") != "A B" {
		t.Errorf("got %q %q %q", r.ContentType, r.Handler, r.OutputFilters)
	}
	inner := conftest.In(h, "<Location", "/")
	if err := inner.Obey("ForceType None", "SetHandler None"); err != nil {
		t.Fatal(err)
	}
	r = conftest.Get(h, "/")
	r.Scope, r.Handler, r.ContentType = inner.Section.Enter(h.Scope), "before", "a/b"
	conftest.Run(r, compat.Fixups)
	if r.ContentType != "a/b" || r.Handler != "before" {
		t.Errorf("None: got %q %q", r.ContentType, r.Handler)
	}
}
