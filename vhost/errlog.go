package vhost

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
)

// Log writes a line to the error log of r's host (log_error_core). The first
// of a request, and of a connection, comes after what ErrorLogFormat wants to
// say of those.
func (e *engine) Log(r *compat.Request, module string, level compat.Level, err error, text string) {
	r.Once() // The next one is logged, too.
	line := NewLogLine(module, level, text)
	line.Err, line.Client, line.Referer = err, client(r), r.In.Get("Referer")
	formats, _ := r.Host.ErrorLogFormat.(*compat.ErrorLogFormats)
	if formats == nil {
		formats = &noFormats
	}
	if r.Conn.LogID == "" {
		r.Conn.LogID = newLogID(time.Now())
		about := compat.Request{Conn: r.Conn, Host: r.Host, Scope: r.Host.Scope, RemoteAddr: r.Conn.Remote}
		say(r.Host, level, formats.Connection, &about)
	}
	main := r
	if r.Main != nil {
		main = r.Main
	}
	if main.LogID == "" {
		if main.LogID = main.Env.Get("UNIQUE_ID"); main.LogID == "" {
			main.LogID = newLogID(main.Start)
		}
		say(r.Host, level, formats.Request, main)
	}
	if formats.Line != nil {
		write(r.Host, level, line.format(nil, formats.Line, r))
		return
	}
	line.Send(r.Host)
}

// LogHost writes a line to the error log of h that is of no request.
func (e *engine) LogHost(h *compat.Host, module string, level compat.Level, text string) {
	LogHost(h, module, level, text)
}

// LogHost writes a line to the error log of h.
func LogHost(h *compat.Host, module string, level compat.Level, text string) {
	line := LogLine{Module: module, Level: level, Text: text}
	if formats, _ := h.ErrorLogFormat.(*compat.ErrorLogFormats); formats != nil && formats.Line != nil {
		write(h, level, line.format(nil, formats.Line, &compat.Request{Host: h, Scope: h.Scope, Conn: &compat.Conn{}}))
		return
	}
	line.Send(h)
}

// LogConn writes a line about a connection to the error log of h.
func (s *Server) LogConn(c *compat.Conn, h *compat.Host, module string, level compat.Level, text string) {
	e := engine{Server: s}
	e.Log(&compat.Request{Conn: c, Host: h, Scope: h.Scope, RemoteAddr: c.Remote, LogID: "-"}, module, level, nil, text)
}

var noFormats compat.ErrorLogFormats

// say writes the lines about a request or connection, at the level of the line
// they come before.
func say(h *compat.Host, level compat.Level, lines [][]compat.ErrorLogItem, r *compat.Request) {
	line := LogLine{Level: -1, Client: client(r)}
	for _, items := range lines {
		write(h, level, line.format(nil, items, r))
	}
}

// Send writes l to the error log of h in the default format.
func (l *LogLine) Send(h *compat.Host) {
	if h.ErrorLog != nil && h.ErrorLog.Syslog != "" {
		write(h, l.Level, l.appendUntimed(nil))
		return
	}
	write(h, l.Level, l.Append(nil))
}

func write(h *compat.Host, level compat.Level, line []byte) {
	switch {
	case len(line) == 0:
	case h.ErrorLog == nil:
		os.Stderr.Write(line)
	case h.ErrorLog.Syslog != "":
		h.ErrorLog.Write(append(syslogPrefix(level), line...))
	default:
		h.ErrorLog.Write(line)
	}
}

// syslogPrefix is how the program that passes lines on to syslog is told their
// severity; syslog has none below debug.
func syslogPrefix(level compat.Level) []byte {
	return append(strconv.AppendInt([]byte("<"), int64(min(level, compat.LevelDebug)), 10), '>')
}

// AppendSyslog adds the line as it goes to syslog, which knows the time itself.
func (l *LogLine) AppendSyslog(b []byte) []byte {
	return l.appendUntimed(append(b, syslogPrefix(l.Level)...))
}

func client(r *compat.Request) string {
	if !r.RemoteAddr.IsValid() {
		return ""
	}
	return compat.ClientAddr(r) + ":" + itoa(int(r.RemoteAddr.Port()))
}

// A LogLine is what a line of an error log is made of.
type LogLine struct {
	Module  string // short name: "core"
	Level   compat.Level
	Err     error  // of the operating system, goes before the text
	Source  string // where Apache says so: "mod_rewrite.c(893)"; "" where nobody knows
	Text    string // "AH00128: …"
	Client  string // "ADDR:PORT"; "" for lines of no request
	Referer string
	PID     int // of the process that says so; 0: this one
}

// NewLogLine is a line of no request. A text that is for finding faults may begin
// with where Apache's source says it.
func NewLogLine(module string, level compat.Level, text string) LogLine {
	l := LogLine{Module: module, Level: level, Text: text}
	if level >= compat.LevelDebug {
		l.Source, l.Text = cutSource(text)
	}
	return l
}

var pid = os.Getpid()

// Append adds the line in Apache's default format.
func (l *LogLine) Append(b []byte) []byte {
	b = append(b, '[')
	b = time.Now().AppendFormat(b, "Mon Jan 02 15:04:05.000000 2006")
	return l.appendUntimed(append(b, "] "...))
}

func (l *LogLine) appendUntimed(b []byte) []byte {
	b = append(b, '[')
	b = append(b, l.Module...)
	b = append(b, ':')
	b = append(b, l.Level.String()...)
	b = append(b, "] [pid "...)
	id := int64(pid)
	if l.PID != 0 {
		id = int64(l.PID)
	}
	b = strconv.AppendInt(b, id, 10)
	b = append(b, ":tid "...)
	b = strconv.AppendInt(b, id, 10)
	b = append(b, "] "...)
	if l.Source != "" {
		b = append(append(b, l.Source...), ": "...)
	} else if l.Level >= compat.LevelDebug {
		b = append(append(b, sourceFile(l.Module)...), "(0): "...)
	}
	if l.Err != nil {
		b = append(b, osError(l.Err)...)
		b = append(b, ": "...)
	}
	if l.Client != "" {
		b = append(b, "[client "...)
		b = append(b, l.Client...)
		b = append(b, "] "...)
	}
	b = compat.AppendErrorLogItem(b, l.Text)
	if l.Referer != "" {
		b = append(b, ", referer: "...)
		b = compat.AppendErrorLogItem(b, l.Referer)
	}
	return append(b, '\n')
}

// sourceFile is the file of Apache that a module's lines for debugging name,
// with the number of a line, in front of the client; there is none here.
func sourceFile(module string) string {
	switch module {
	case "core":
		return "core.c"
	case "http":
		return "http_core.c"
	case "mpm_event":
		return "event.c"
	}
	return "mod_" + module + ".c"
}

// cutSource takes "file.c(line): " off the beginning of a text.
func cutSource(text string) (source, rest string) {
	end := strings.Index(text, "): ")
	if end < 0 {
		return "", text
	}
	file, line, ok := strings.Cut(text[:end], ".c(")
	if !ok || strings.ContainsAny(file, " :") || strings.Trim(line, "0123456789") != "" {
		return "", text
	}
	return text[:end+1], text[end+3:]
}

// osError is an error of the operating system as Apache logs it: "(2)No such
// file or directory".
func osError(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	return "(" + itoa(int(errno)) + ")" + apacheconf.Strerror(errno)
}

// format adds the line in the format of ErrorLogFormat (do_errorlog_format).
// An item without value takes the separator before it with it.
func (l *LogLine) format(b []byte, items []compat.ErrorLogItem, r *compat.Request) []byte {
	field := 0 // where the field under way begins, with its separator
	skip := false
	for _, item := range items {
		if item.Separator {
			if !skip {
				field = len(b)
			}
			skip = false
		}
		switch {
		case item.Verb == 'M':
			b = compat.AppendErrorLogItem(b, l.Text)
			continue
		case skip:
			continue
		case item.Verb == 0:
			b = append(b, item.Text...)
			continue
		case l.Level >= 0 && item.MinLevel > int(l.Level):
			b, skip = b[:field], true
			continue
		}
		switch value := l.item(item, r); {
		case value != "":
			b = append(b, value...)
		case item.Required:
			return nil
		case item.Dash:
			b = append(b, '-')
		default:
			b, skip = b[:field], true
		}
	}
	if len(b) == 0 {
		return nil
	}
	return append(b, '\n')
}

func (l *LogLine) item(item compat.ErrorLogItem, r *compat.Request) string {
	switch item.Verb {
	case 'a':
		if item.Text == "c" {
			return addrPort(r.Conn.Remote)
		}
		return l.Client
	case 'A':
		return addrPort(r.Conn.Local)
	case 'e':
		return string(compat.AppendLogItem(nil, r.Env.Get(item.Text)))
	case 'E':
		if l.Err != nil {
			return osError(l.Err)
		}
	case 'F':
		return l.Source
	case 'i':
		return string(compat.AppendLogItem(nil, r.In.Get(item.Text)))
	case 'k':
		return itoa(r.Conn.Keepalives)
	case 'l':
		if l.Level >= 0 {
			return l.Level.String()
		}
	case 'L':
		if strings.EqualFold(item.Text, "c") {
			return r.Conn.LogID
		}
		if r.Main != nil {
			return r.Main.LogID
		}
		return r.LogID
	case 'm':
		return l.Module
	case 'n':
		return string(compat.AppendLogItem(nil, r.Notes.Get(item.Text)))
	case 'P', 'T':
		return itoa(pid)
	case 't':
		return logTime(item.Text, time.Now())
	case 'v':
		return r.Host.Name
	case 'V':
		return compat.ServerName(r)
	}
	return ""
}

func addrPort(a netip.AddrPort) string {
	return a.Addr().Unmap().String() + ":" + itoa(int(a.Port()))
}

// logTime is %t: "u", "c" and "z" stand for microseconds, compact, and the
// offset from UTC; with a "%" the argument is a format of strftime (log_ctime).
func logTime(arg string, t time.Time) string {
	if strings.Contains(arg, "%") {
		return compat.Strftime(arg, t)
	}
	date, clock, year := "Mon Jan 02 ", "15:04:05", " 2006"
	if strings.Contains(arg, "c") {
		date, year = "2006-01-02 ", ""
	}
	if strings.Contains(arg, "u") {
		clock += ".000000"
	}
	if strings.Contains(arg, "z") {
		year += " -0700"
	}
	return t.Format(date + clock + year)
}

var logIDs atomic.Uint64

// newLogID is an identifier that no other request or connection has for a long
// time (core_generate_log_id): eleven characters of base64.
func newLogID(t time.Time) string {
	id := uint64(t.UnixMicro()) ^ uint64(pid)<<40 ^ logIDs.Add(1)<<52
	return base64.RawStdEncoding.EncodeToString(binary.LittleEndian.AppendUint64(nil, id))
}
