package upstream

import (
	"strconv"
	"strings"

	"understudy/compat"
)

// A URL is a URL taken apart, as apr_uri_parse does. Nothing is decoded.
type URL struct {
	Scheme, User, Host string // Host of an IPv6 address has its brackets
	Port               int    // 0: none
	Path               string // with query and fragment
	authority          string // host and port as they stand
}

// hostPort is host and port as they are written best: without the port if that
// is standard.
func (u *URL) hostPort(standard int) string {
	text := u.authority[min(len(u.Host)+1, len(u.authority)):]
	switch {
	case u.Port == 0 || u.Port == standard:
		return u.Host
	case text[0] != '0':
		return u.authority
	}
	return u.Host + ":" + strconv.Itoa(u.Port)
}

// ParseURL takes "scheme://user@host:port/path" apart. ok is false if its port
// is none.
func ParseURL(s string) (u URL, ok bool) {
	scheme, rest, found := strings.Cut(s, ":")
	if !found || !strings.HasPrefix(rest, "//") || strings.ContainsAny(scheme, "/?#") {
		u.Path = s
		return u, true
	}
	u.Scheme = scheme
	authority := rest[2:]
	if i := strings.IndexAny(authority, "/?#"); i >= 0 {
		authority, u.Path = authority[:i], authority[i:]
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		u.User, authority = authority[:i], authority[i+1:]
	}
	u.authority = authority
	u.Host, u.Port, ok = splitPort(authority)
	return u, ok
}

// splitPort takes "host:port" apart; an empty port is none.
func splitPort(authority string) (host string, port int, ok bool) {
	host = authority
	i := strings.LastIndexByte(authority, ':')
	if i < 0 || strings.HasSuffix(authority, "]") {
		return host, 0, true
	}
	host = authority[:i]
	text := authority[i+1:]
	if text == "" {
		return host, 0, true
	}
	port, err := strconv.Atoi(text)
	if err != nil || text[0] == '+' || port < 0 || port > 65535 || strings.IndexByte(host, ':') >= 0 && !strings.HasPrefix(host, "[") {
		return host, 0, false
	}
	return host, port, true
}

// String puts u together.
func (u URL) String() string {
	s := u.Scheme + "://"
	if u.User != "" {
		s += u.User + "@"
	}
	s += u.Host
	if u.Port != 0 {
		s += ":" + strconv.Itoa(u.Port)
	}
	return s + u.Path
}

// cutSocket takes the path off "unix:PATH|URL".
func cutSocket(url string) (socket, rest string, ok bool) {
	after, isUnix := CutScheme(url, "unix")
	if !isUnix {
		return "", url, false
	}
	socket, rest, ok = strings.Cut(after, "|")
	if !ok {
		return "", url, false
	}
	return strings.TrimPrefix(socket, "//"), rest, true
}

// WithoutSocket is the URL behind "unix:PATH|", with "localhost" where it has
// no host (ap_proxy_de_socketfy); ok is false if there is none.
func WithoutSocket(url string) (string, bool) {
	_, rest, isUnix := cutSocket(url)
	if !isUnix {
		return url, true
	}
	i := strings.IndexByte(rest, ':')
	switch {
	case i < 0:
		return "", false
	case rest[i:] == ":":
		return rest + "//localhost", true
	case rest[i:] == "://":
		return rest + "localhost", true
	}
	return rest, true
}

// SocketNote is the note that keeps the Unix socket r is for.
const SocketNote = "uds_path"

// SplitSocket takes a Unix socket off r's file name, "proxy:unix:PATH|URL", and
// keeps it in a note (fixup_uds_filename). It answers 400 if that is not well
// formed.
func SplitSocket(r *compat.Request) compat.Status {
	url, ok := strings.CutPrefix(r.Filename, "proxy:")
	if !ok {
		return compat.OK
	}
	socket, origin, ok := cutSocket(url)
	if !ok {
		r.Notes.Unset(SocketNote)
		return compat.OK
	}
	i := strings.IndexByte(origin, ':')
	if !strings.HasPrefix(socket, "/") && socket != "" && strings.Contains(url[5:], "//") && strings.HasPrefix(url[5:], "//") || socket == "" || i < 0 {
		r.Logf("proxy", compat.LevelError, nil, "AH10292: Invalid proxy UDS filename (%s)", r.Filename)
		r.Notes.Unset(SocketNote)
		return 400
	}
	r.Notes.Set(SocketNote, r.Host.Build.RuntimePath(socket))
	r.Filename = "proxy:" + withHost(origin, i)
	return compat.OK
}

// withHost gives a URL whose scheme ends at colon the host "localhost", if it
// has none.
func withHost(url string, colon int) string {
	rest := url[colon+1:]
	switch {
	case rest == "":
		return url + "//localhost"
	case rest == "//":
		return url + "localhost"
	case strings.HasPrefix(rest, "///"):
		return url[:colon] + "://localhost" + rest[2:]
	case strings.HasPrefix(rest, "/") && !strings.HasPrefix(rest, "//"):
		return url[:colon] + "://localhost" + rest
	}
	return url
}
