package logconfig

import (
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/logformat"
)

type item = logformat.Item

func init() {
	for name, make := range map[string]func(arg string) item{
		"h": remoteHost, "a": remoteAddress, "e": envVar, "i": headerIn, "o": headerOut,
		"n": note, "p": port, "P": process, "t": requestTime, "C": cookie, "^ti": trailerIn,
	} {
		logformat.Register(logformat.Conversion{Name: name, Compile: make})
	}
	for name, append := range plain {
		logformat.Register(logformat.Conversion{Name: name,
			Compile: func(string) item { return append }})
	}
	for name, make := range map[string]func(arg string) item{
		"L": logID, "T": durationScaled,
		"D": func(string) item { return microseconds },
		"r": func(string) item { return requestLine },
		"U": func(string) item { return path },
		"s": func(string) item { return status },
		"R": func(string) item { return handler },
	} {
		logformat.Register(logformat.Conversion{Name: name, Original: true, Compile: make})
	}
}

// plain are the conversions that take no argument.
var plain = map[string]item{
	"A": func(dst []byte, r *compat.Request) []byte { return appendAddr(dst, r.Conn.Local.Addr()) },
	"l": func(dst []byte, r *compat.Request) []byte { return text(dst, compat.RemoteLogname(r)) },
	"u": user,
	"f": func(dst []byte, r *compat.Request) []byte { return text(dst, r.Filename) },
	"b": bytesOrDash,
	"B": func(dst []byte, r *compat.Request) []byte { return strconv.AppendInt(dst, r.Sent, 10) },
	"V": func(dst []byte, r *compat.Request) []byte { return text(dst, compat.ServerName(r)) },
	"v": func(dst []byte, r *compat.Request) []byte { return text(dst, r.Host.Name) },
	"H": func(dst []byte, r *compat.Request) []byte { return text(dst, r.Protocol) },
	"m": func(dst []byte, r *compat.Request) []byte { return text(dst, r.Method) },
	"q": query,
	"X": connectionStatus,
	"k": func(dst []byte, r *compat.Request) []byte {
		return strconv.AppendInt(dst, int64(r.Conn.Keepalives), 10)
	},
	"^to": func(dst []byte, r *compat.Request) []byte { return append(dst, '-') },
}

// text is s, or "-" if it is empty.
func text(dst []byte, s string) []byte { return logformat.Text(dst, s, s != "") }

func appendAddr(dst []byte, a netip.Addr) []byte {
	if !a.IsValid() {
		return append(dst, '-')
	}
	return a.Unmap().WithZone("").AppendTo(dst)
}

func remoteHost(arg string) item {
	address := remoteAddress(arg)
	if arg == "c" {
		return address
	}
	return func(dst []byte, r *compat.Request) []byte {
		if l := r.Scope.Core.HostnameLookups; l == "" || l == "off" {
			return address(dst, r)
		}
		return text(dst, compat.RemoteHost(r))
	}
}

func remoteAddress(arg string) item {
	if arg == "c" {
		return func(dst []byte, r *compat.Request) []byte { return appendAddr(dst, r.Conn.Remote.Addr()) }
	}
	return func(dst []byte, r *compat.Request) []byte { return appendAddr(dst, r.RemoteAddr.Addr()) }
}

func user(dst []byte, r *compat.Request) []byte {
	switch {
	case !r.HasUser:
		return append(dst, '-')
	case r.User == "":
		return append(dst, `""`...)
	}
	return compat.AppendLogItem(dst, r.User)
}

// requestLine hides a password that a client put into an absolute URL.
func requestLine(dst []byte, r *compat.Request) []byte {
	before, after, ok := cutPassword(r.Target)
	if !ok {
		return text(dst, r.Line)
	}
	dst = compat.AppendLogItem(append(compat.AppendLogItem(dst, r.Method), ' '), before)
	dst = compat.AppendLogItem(append(dst, "XXXXXXXX"...), after)
	if r.AssBackwards {
		return dst
	}
	return compat.AppendLogItem(append(dst, ' '), r.Protocol)
}

// cutPassword finds a password in "scheme://user:password@host/…": what is
// before it, and what is behind.
func cutPassword(target string) (before, after string, ok bool) {
	i := strings.Index(target, "://")
	if i < 0 || strings.IndexByte(target[:i], '/') >= 0 {
		return "", "", false
	}
	authority := target[i+3:]
	if end := strings.IndexAny(authority, "/?#"); end >= 0 {
		authority = authority[:end]
	}
	at := strings.LastIndexByte(authority, '@')
	colon := strings.IndexByte(authority, ':')
	if at < 0 || colon < 0 || colon > at {
		return "", "", false
	}
	return target[:i+3+colon+1], target[i+3+at:], true
}

func path(dst []byte, r *compat.Request) []byte    { return text(dst, r.Path) }
func handler(dst []byte, r *compat.Request) []byte { return text(dst, r.Handler) }

func query(dst []byte, r *compat.Request) []byte {
	if !r.HasQuery {
		return dst
	}
	return compat.AppendLogItem(append(dst, '?'), r.Query)
}

func status(dst []byte, r *compat.Request) []byte {
	if r.Status <= 0 {
		return append(dst, '-')
	}
	return strconv.AppendInt(dst, int64(r.Status), 10)
}

func bytesOrDash(dst []byte, r *compat.Request) []byte {
	if r.Sent == 0 {
		return append(dst, '-')
	}
	return strconv.AppendInt(dst, r.Sent, 10)
}

func connectionStatus(dst []byte, r *compat.Request) []byte {
	switch {
	case r.Aborted:
		return append(dst, 'X')
	case r.KeepAlive:
		return append(dst, '+')
	}
	return append(dst, '-')
}

func logID(arg string) item {
	return func(dst []byte, r *compat.Request) []byte {
		if arg == "c" {
			return append(dst, dash(r.Conn.LogID)...)
		}
		return append(dst, dash(r.LogID)...)
	}
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func microseconds(dst []byte, r *compat.Request) []byte {
	return strconv.AppendInt(dst, time.Since(r.Start).Microseconds(), 10)
}

func durationScaled(arg string) item {
	var unit time.Duration
	switch strings.ToLower(arg) {
	case "", "s":
		unit = time.Second
	case "ms":
		unit = time.Millisecond
	case "us":
		unit = time.Microsecond
	default:
		return bogus(arg)
	}
	return func(dst []byte, r *compat.Request) []byte {
		return strconv.AppendInt(dst, int64(time.Since(r.Start)/unit), 10)
	}
}

// bogus prints an argument that means nothing, as Apache does.
func bogus(arg string) item {
	return func(dst []byte, _ *compat.Request) []byte { return append(dst, arg...) }
}

func port(arg string) item {
	switch strings.ToLower(arg) {
	case "", "canonical":
		return func(dst []byte, r *compat.Request) []byte {
			return strconv.AppendInt(dst, int64(canonicalPort(r)), 10)
		}
	case "remote":
		return func(dst []byte, r *compat.Request) []byte {
			return strconv.AppendUint(dst, uint64(r.RemoteAddr.Port()), 10)
		}
	case "local":
		return func(dst []byte, r *compat.Request) []byte {
			return strconv.AppendUint(dst, uint64(r.Conn.Local.Port()), 10)
		}
	}
	return bogus(arg)
}

func canonicalPort(r *compat.Request) int {
	switch {
	case r.Host.Port != 0:
		return r.Host.Port
	case r.Conn.TLS != nil || r.Host.Scheme == "https":
		return 443
	}
	return 80
}

func process(arg string) item {
	switch strings.ToLower(arg) {
	case "", "pid", "tid":
		return bogus(strconv.Itoa(os.Getpid()))
	case "hextid":
		return bogus(strconv.FormatInt(int64(os.Getpid()), 16))
	}
	return bogus(arg)
}
