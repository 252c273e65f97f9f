package proxyftp

import (
	"encoding/base64"
	"net"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// A session is one request's with a server.
type session struct {
	c    *upstream.Call
	r    *compat.Request
	conf *config

	user, password string
	path           string // what of it is left to go, not decoded
	kind           byte   // of the transfer: A, I or E
	list           bool   // a listing is asked for

	message  string // the text of the last reply
	readme   string // what the server said of the login
	pwd      string
	size     string // of the file; "": not known
	modified time.Time
	data     net.Conn
	active   net.Listener // where the server is to connect to; nil: we connect
}

// handle asks a server (proxy_ftp_handler).
func handle(c *upstream.Call) compat.Status {
	r := c.R
	if _, ok := upstream.CutScheme(c.URL, "ftp"); !ok || c.Remote != nil {
		return compat.Declined
	}
	if r.Method != "GET" && r.Method != "HEAD" {
		return 501
	}
	s := &session{c: c, r: r, conf: slot.Of(r)}
	if s.conf == nil {
		s.conf = &config{}
	}
	u, ok := upstream.ParseURL(c.URL)
	if !ok {
		return upstream.ProxyError(r, 400, nil, "URI cannot be parsed")
	}
	if status := s.asked(u); status != compat.OK {
		return status
	}
	c.Function = "FTP"
	defer c.Release()
	if status := c.Acquire(); status != compat.OK {
		return status
	}
	switch status := c.Determine(); status {
	case compat.OK:
	case 500:
		return upstream.ProxyError(r, 502, nil, "Error resolving backend address")
	default:
		return status
	}
	if _, err := c.Connect(true); err != nil {
		return 503
	}
	c.Conn.Spent = true
	defer s.close()
	return s.run()
}

// asked finds who asks, for what and in which form. A user in the URL of a worker
// does not count, as in Apache; the client says who it is.
func (s *session) asked(u upstream.URL) compat.Status {
	s.path, _, _ = strings.Cut(strings.TrimPrefix(u.Path, "/"), "?")
	path, suffix, _ := strings.Cut(s.path, ";")
	s.path, s.kind = path, 'I'
	if kind, ok := strings.CutPrefix(suffix, "type="); ok && kind != "" && isLetter(kind[0]) {
		s.kind = kind[0] &^ 0x20
		if s.list = s.kind == 'D'; s.list {
			s.kind = 'A'
		}
		if strings.IndexByte("AEI", s.kind) < 0 {
			return upstream.ProxyError(s.r, 400, nil, `ftp proxy supports only types 'a', 'i', or 'e': "`+suffix+`" is invalid.`)
		}
	}
	s.user, s.password = "anonymous", "apache-proxy@"
	scheme, encoded, _ := strings.Cut(s.r.In.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return compat.OK
	}
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil || len(plain) == 0 || plain[0] == ':' {
		return compat.OK
	}
	if !sayable(string(plain)) {
		return upstream.ProxyError(s.r, 400, nil, "user credentials contained invalid character")
	}
	s.user, s.password, _ = strings.Cut(string(plain), ":")
	s.r.User, s.r.HasUser, s.r.AuthType = s.user, true, "Basic"
	return compat.OK
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// run is the session, step by step.
func (s *session) run() compat.Status {
	for _, step := range []func() compat.Status{s.greet, s.login, s.walk, s.open, s.ask, s.answer} {
		if status := step(); status != compat.OK {
			return status
		}
	}
	s.command("QUIT")
	return compat.OK
}

func (s *session) close() {
	if s.data != nil {
		s.data.Close()
	}
	if s.active != nil {
		s.active.Close()
	}
}

// The bounds of a reply: a line is cut as Apache cuts it.
const (
	maxLine  = 79
	maxLines = 1000
	longest  = 8190
)

// command sends a line and waits for the reply to it; -1: there is none.
func (s *session) command(line string) int {
	shown := line
	if strings.HasPrefix(line, "PASS ") {
		shown = "PASS ****"
	}
	s.r.Logf("proxy_ftp", compat.LevelTrace2, nil, ">%s", shown)
	if _, err := s.c.Conn.Write([]byte(line + "\r\n")); err != nil {
		return -1
	}
	return s.reply()
}

// reply reads a reply, of which the first line is kept (ftp_getrc_msg).
func (s *session) reply() int {
	line, err := s.c.Conn.ReadLine(longest)
	if err != nil || len(line) < 3 {
		s.message = "<unable to read result>"
		return -1
	}
	first := string(line[:min(len(line), maxLine)])
	code, goesOn := codeOf(first)
	s.message = first[min(4, len(first)):]
	if goesOn && !s.restOf(first[:3]+" ") {
		return -1
	}
	s.r.Logf("proxy_ftp", compat.LevelTrace2, nil, "<%03d %s", code, s.message)
	if code == 421 {
		s.message = "<unable to read result>"
	}
	return code
}

// codeOf is the number that the first line of a reply begins with, 0 if that is
// none. goesOn tells that there are more lines.
func codeOf(first string) (code int, goesOn bool) {
	code, err := strconv.Atoi(first[:3])
	if err != nil || first[0] == '-' || first[0] == '+' || len(first) > 3 && first[3] != ' ' && first[3] != '-' {
		code = 0
	}
	return code, len(first) > 3 && first[3] == '-'
}

// restOf reads up to the last line of a reply, which begins so.
func (s *session) restOf(last string) bool {
	for range maxLines {
		line, err := s.c.Conn.ReadLine(longest)
		if err != nil {
			return false
		}
		if strings.HasPrefix(string(line), last) || string(line) == last[:3] {
			return true
		}
	}
	return false
}

// failed is the answer for a reply that tells of a failure.
func (s *session) failed(code int) compat.Status {
	if code == -1 || code == 421 {
		return upstream.ProxyError(s.r, 502, nil, "Error reading from remote server")
	}
	return upstream.ProxyError(s.r, 502, nil, s.message)
}

// greet hears whether the server is ready.
func (s *session) greet() compat.Status {
	switch code := s.reply(); code {
	case 220:
		return compat.OK
	case 120:
		if n, ok := minutesIn(s.message); ok {
			s.r.Out.Add("Retry-After", strconv.Itoa(60*n))
		}
		return upstream.ProxyError(s.r, 503, nil, s.message)
	default:
		return s.failed(code)
	}
}

// minutesIn is the number in "Service ready in 5 minutes."
func minutesIn(text string) (n int, ok bool) {
	for _, word := range strings.Fields(text) {
		if n := compat.Atoi(word); word[0] >= '0' && word[0] <= '9' {
			return n, true
		}
	}
	return 0, false
}

func (s *session) login() compat.Status {
	code := s.command("USER " + s.user)
	if code == 331 {
		code = s.command("PASS " + s.password)
		if code == 332 {
			return upstream.ProxyError(s.r, 401, nil, "Need account for login: "+s.message)
		}
	}
	switch code {
	case 530:
		s.r.Logf("proxy_ftp", compat.LevelInfo, nil, "AH01035: missing or failed auth to %s", s.site())
		return s.unauthorized()
	case 230, 202:
		s.readme = s.message
		return compat.OK
	}
	return s.failed(code)
}

// unauthorized asks the client who it is (ftp_unauthorized).
func (s *session) unauthorized() compat.Status {
	s.r.Proxied = false
	s.r.ErrOut.Set("WWW-Authenticate", `Basic realm="`+s.site()+`"`)
	return 401
}

// site is the part of the URL before the path, without a password; of a reverse
// proxy there is but the user.
func (s *session) site() string {
	user := s.r.User
	if !s.r.Forward {
		if user == "" {
			return ""
		}
		return user + "@"
	}
	u, _ := upstream.ParseURL(s.c.URL)
	u.User, u.Path = user, ""
	return u.String()
}

// walk changes to the directory of what is asked for, one part of the path after
// the other.
func (s *session) walk() compat.Status {
	if len(s.path) >= 3 && strings.EqualFold(s.path[:3], "%2f") {
		s.path = strings.TrimLeft(s.path[3:], "/")
		if code := s.command("CWD /"); code == -1 || code == 421 {
			return s.failed(code)
		}
	}
	for {
		part, rest, more := strings.Cut(s.path, "/")
		name := compat.Unescape(part)
		if strings.IndexByte(name, '/') >= 0 {
			return upstream.ProxyError(s.r, 400, nil, "Use of /%2f is only allowed at the base directory")
		}
		if !more {
			s.path = name
			return compat.OK
		}
		if status := s.changeTo(name); status != compat.OK {
			return status
		}
		s.path = rest
	}
}

func (s *session) changeTo(name string) compat.Status {
	switch code := s.command("CWD " + s.conf.quoted(name)); code {
	case 250:
		return compat.OK
	case 550:
		return upstream.ProxyError(s.r, 404, nil, s.message)
	default:
		return s.failed(code)
	}
}

// ask asks for the file, or a listing where there is no file of that name.
func (s *session) ask() compat.Status {
	if s.path == "" || isPattern(s.path) && on(s.conf.list) {
		s.list = true
	} else if status := s.measure(); status != compat.OK {
		return status
	}
	s.whereabouts()
	code := 0
	if s.list {
		s.command("TYPE A")
		if s.path != "" {
			code = s.command("LIST " + s.path)
		} else {
			code = s.listHere()
		}
	} else {
		s.command("TYPE " + string(s.kind))
		s.date()
		code = s.command("RETR " + s.conf.quoted(s.path))
	}
	if code == 550 {
		s.list = true
		s.command("TYPE A")
		if status := s.changeTo(s.path); status != compat.OK {
			return status
		}
		s.whereabouts()
		code = s.listHere()
	}
	switch code {
	case 125, 150, 226, 250:
		return compat.OK
	}
	return s.failed(code)
}

// measure asks for the size of the file, which may turn out to be a directory.
func (s *session) measure() compat.Status {
	s.command("TYPE " + string(s.kind))
	switch code := s.command("SIZE " + s.conf.quoted(s.path)); code {
	case -1, 421:
		return s.failed(code)
	case 213:
		end := 0
		for end < len(s.message) && s.message[end] >= '0' && s.message[end] <= '9' {
			end++
		}
		s.size = s.message[:end]
	case 550:
		s.list = true
		status := s.changeTo(s.path)
		s.path = ""
		return status
	}
	return compat.OK
}

// whereabouts asks for the name of the directory.
func (s *session) whereabouts() {
	if s.command("PWD") != 257 {
		return
	}
	s.pwd = directoryOf(s.message)
}

// directoryOf is the name in "/home/me" is the current directory, quoted or not.
func directoryOf(text string) string {
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		name, _, _ := strings.Cut(quoted, `"`)
		return name
	}
	name, _, _ := strings.Cut(text, " ")
	return name
}

// listHere asks for the listing of the directory, in the long form where the
// server looks like one of Unix.
func (s *session) listHere() int {
	if s.pwd == "" || strings.IndexByte(s.pwd, '/') >= 0 {
		return s.command("LIST -lag")
	}
	return s.command("LIST")
}

// date asks when the file was changed.
func (s *session) date() {
	if s.command("MDTM "+s.conf.quoted(s.path)) != 213 || len(s.message) < 14 {
		return
	}
	if t, err := time.Parse("20060102150405", s.message[:14]); err == nil {
		s.modified = t
	}
}
