package http2

import (
	"strings"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
)

// directives are in the order of Apache's table. What is inert is checked as
// Apache checks it.
var directives = []compat.Directive{
	number("H2MaxSessionStreams", 1, "value must be > 0", func(c *config) **int { return &c.maxStreams },
		"maximum number of open streams per session"),
	number("H2WindowSize", 1024, "value must be >= 1024", func(c *config) **int { return &c.window },
		"window size on client DATA"),
	inert("H2MinWorkers", compat.Take1, compat.Server, atLeast(1, "value must be > 0"),
		"minimum number of worker threads per child", "streams need no workers"),
	inert("H2MaxWorkers", compat.Take1, compat.Server, atLeast(1, "value must be > 0"),
		"maximum number of worker threads per child", "streams need no workers"),
	inert("H2MaxWorkerIdleSeconds", compat.Take1, compat.Server, idleSeconds,
		"maximum number of idle seconds before a worker shuts down", "streams need no workers"),
	inert("H2StreamMaxMemSize", compat.Take1, compat.Server, atLeast(1024, "value must be >= 1024"),
		"maximum number of bytes buffered in memory for a stream", "flow control bounds what is kept of a stream"),
	inert("H2SerializeHeaders", compat.Take1, compat.Server, serializeHeaders,
		"disabled, this directive has no longer an effect.", "Apache ignores it too"),
	toggle("H2ModernTLSOnly", compat.Server, func(c *config) **bool { return &c.modernTLS },
		"off to not impose RFC 7540 restrictions on TLS"),
	toggle("H2Upgrade", compat.Server|compat.AuthConfig, func(c *config) **bool { return &c.upgrade },
		"on to allow HTTP/1 Upgrades to h2/h2c"),
	toggle("H2Direct", compat.Server, func(c *config) **bool { return &c.direct },
		"on to enable direct HTTP/2 mode"),
	inert("H2SessionExtraFiles", compat.Take1, compat.Server, extraFiles,
		"number of extra file a session might keep open (obsolete)", "Apache ignores it too"),
	inert("H2TLSWarmUpSize", compat.Take1, compat.Server, anything,
		"number of bytes on TLS connection before doing max writes", "the sizes of TLS records follow the connection"),
	inert("H2TLSCoolDownSecs", compat.Take1, compat.Server, anything,
		"seconds of idle time on TLS before shrinking writes", "the sizes of TLS records follow the connection"),
	inert("H2Push", compat.Take1, compat.Server|compat.AuthConfig, onOff,
		"off to disable HTTP/2 server push", "nothing is pushed: browsers take no pushes any more"),
	inert("H2PushPriority", compat.Take23, compat.Server, pushPriority,
		"define priority of PUSHed resources per content type", "nothing is pushed"),
	inert("H2PushDiarySize", compat.Take1, compat.Server, diarySize, "size of push diary", "nothing is pushed"),
	inert("H2CopyFiles", compat.Take1, compat.FileInfo, onOff, "on to perform copy of file data", "files are sent as they are read"),
	slot.Directive("H2PushResource", compat.Take123, compat.FileInfo|compat.AuthConfig, pushResource,
		"add a resource to be pushed in this location/on this server."),
	toggle("H2EarlyHints", compat.Server, func(c *config) **bool { return &c.earlyHints },
		"on to enable interim status 103 responses"),
	inert("H2Padding", compat.Take1, compat.Server, padding, "set payload padding", "frames are not padded"),
	inert("H2OutputBuffering", compat.Take1, compat.Server, onOff, "set stream output buffer on/off", "output is buffered as the connection takes it"),
	slot.Directive("H2StreamTimeout", compat.Take1, compat.Server, setStreamTimeout, "set stream timeout"),
	inert("H2MaxDataFrameLen", compat.Take1, compat.Server, atLeast(0, "value must be 0 or larger"),
		"maximum number of bytes in a single HTTP/2 DATA frame", "frames have the size that the client allows"),
	inert("H2MaxHeaderBlockLen", compat.Take1, compat.Server, atLeast(0, "value must be 0 or larger"),
		"maximum number of bytes in a response header block", "headers of answers are as long as they are"),
	inert("H2MaxStreamErrors", compat.Take1, compat.Server, atLeast(0, "value must be 0 or larger"),
		"maximum number of flow control errors tolerated", "a connection whose client breaks the rules is closed"),
	slot.Directive("H2EarlyHint", compat.Take2, compat.FileInfo|compat.AuthConfig, earlyHint,
		"add a a 'Link:' header for a 103 Early Hints response."),
	inert("H2ProxyRequests", compat.Take1, compat.FileInfo, onOff, "Enables forward proxy requests via HTTP/2", "forward proxying is for HTTP/1"),
	inert("H2WebSockets", compat.Take1, compat.Server, webSockets, "off to disable WebSockets over HTTP/2", "there are no WebSockets over HTTP/2"),
}

func inert(name string, args compat.Arity, where compat.Place, set func(*compat.Cmd) error, help, why string) compat.Directive {
	return compat.Row(name, args, where, set, help).Inertly(why)
}

func number(name string, least int, why string, at func(*config) **int, help string) compat.Directive {
	return slot.Directive(name, compat.Take1, compat.Server, func(c *compat.Cmd, conf *config) error {
		n := compat.Atoi(c.Arg(0))
		if n < least {
			return compat.Errorf("%s", why)
		}
		*at(conf) = &n
		return nil
	}, help)
}

func toggle(name string, where compat.Place, at func(*config) **bool, help string) compat.Directive {
	return slot.Directive(name, compat.Take1, where, func(c *compat.Cmd, conf *config) error {
		on := c.On()
		*at(conf) = &on
		return onOff(c)
	}, help)
}

func onOff(c *compat.Cmd) error {
	if !c.On() && !strings.EqualFold(c.Arg(0), "off") {
		return compat.Errorf("value must be On or Off")
	}
	return nil
}

func anything(*compat.Cmd) error { return nil }

func atLeast(least int, why string) func(*compat.Cmd) error {
	return func(c *compat.Cmd) error {
		if compat.Atoi(c.Arg(0)) < least {
			return compat.Errorf("%s", why)
		}
		return nil
	}
}

func idleSeconds(c *compat.Cmd) error {
	if _, ok := compat.ParseTimeout(c.Arg(0), "s"); !ok {
		return compat.Errorf("Invalid idle limit value")
	}
	return nil
}

func setStreamTimeout(c *compat.Cmd, conf *config) error {
	d, ok := compat.ParseTimeout(c.Arg(0), "s")
	if !ok {
		return compat.Errorf("Invalid timeout value")
	}
	d = max(d, time.Duration(0))
	conf.streamTimeout = &d
	return nil
}

func serializeHeaders(c *compat.Cmd) error {
	if c.On() {
		c.Warnf("http2", compat.LevelWarn, "AH10307: %s: this feature has been disabled and the directive to enable it is ignored.", c.Name)
	}
	return nil
}

func extraFiles(c *compat.Cmd) error {
	c.Warnf("http2", compat.LevelWarn, "H2SessionExtraFiles is obsolete and will be ignored")
	return nil
}

// webSockets says what is not there; clients take HTTP/1.1 for WebSockets then.
func webSockets(c *compat.Cmd) error {
	if c.On() {
		c.Build.Warn(apacheconf.Diagnostic{Pos: c.Node.Pos, Bare: true, Ours: true, Module: "http2", Level: "warn",
			Message: "H2WebSockets has no effect: WebSockets over HTTP/2 are not yet supported by Understudy"})
	}
	return onOff(c)
}

func padding(c *compat.Cmd) error {
	switch n := compat.Atoi(c.Arg(0)); {
	case n < 0:
		return compat.Errorf("number of bits must be >= 0")
	case n > 8:
		return compat.Errorf("number of bits must be <= 8")
	}
	return nil
}

func diarySize(c *compat.Cmd) error {
	switch n := compat.Atoi(c.Arg(0)); {
	case n < 0:
		return compat.Errorf("value must be >= 0")
	case n&(n-1) != 0:
		return compat.Errorf("value must a power of 2")
	case n > 1<<15:
		return compat.Errorf("value must <= 65536")
	}
	return nil
}

// pushPriority checks "TYPE [After|Before|Interleaved] [WEIGHT]"
// (h2_conf_add_push_priority).
func pushPriority(c *compat.Cmd) error {
	kind, dependency, weight := c.Arg(0), c.Arg(1), c.Arg(2)
	if kind == "" {
		return compat.Errorf("1st argument must be a mime-type, like 'text/css' or '*'")
	}
	if weight == "" && dependency != "" && dependency[0] >= '0' && dependency[0] <= '9' {
		dependency, weight = "After", dependency
	}
	switch strings.ToLower(dependency) {
	case "after", "interleaved":
	case "before":
		if weight != "" {
			return compat.Errorf("dependency 'Before' does not allow a weight")
		}
	default:
		return compat.Errorf("dependency must be one of 'After', 'Before' or 'Interleaved'")
	}
	if weight != "" && compat.Atoi(weight) < 1 {
		return compat.Errorf("weight must be a number >= 1")
	}
	return nil
}

// pushResource reads "[add] PATH [critical]" (h2_conf_add_push_res).
func pushResource(c *compat.Cmd, conf *config) error {
	path, last := c.Arg(0), c.Arg(1)
	if strings.EqualFold(path, "add") {
		path, last = c.Arg(1), c.Arg(2)
	} else if c.Arg(2) != "" {
		return compat.Errorf("too many parameter")
	}
	link := "<" + path + ">; rel=preload"
	if last != "" {
		if !strings.EqualFold(last, "critical") {
			return compat.Errorf("unknown last parameter")
		}
		link += "; critical"
	}
	conf.links = append(conf.links, link)
	return nil
}

func earlyHint(c *compat.Cmd, conf *config) error {
	name, value := c.Arg(0), strings.TrimLeft(c.Arg(1), " \t\n\v\f\r")
	switch {
	case name == "":
		return compat.Errorf("Early Hint header name must not be empty")
	case value == "":
		return compat.Errorf("Early Hint header value must not be empty/only space")
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return compat.Errorf("Early Hint header value contains invalid characters")
	}
	conf.hints = append(conf.hints, compat.Field{Name: name, Value: value})
	return nil
}

var prefork = apacheconf.Diagnostic{Bare: true, Module: "http2", Level: "warn",
	Message: "AH10034: The mpm module (prefork.c) is not supported by mod_http2. The mpm determines how things are " +
		"processed in your server. HTTP/2 has more demands in this regard and the currently selected mpm will just " +
		"not do. This is an advisory warning. Your server will continue to work, but the HTTP/2 protocol will be inactive."}
