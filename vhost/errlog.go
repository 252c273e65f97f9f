package vhost

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
)

// Log writes a line to the error log of r's host (log_error_core).
func (e *engine) Log(r *compat.Request, module string, level compat.Level, err error, text string) {
	line := LogLine{Module: module, Level: level, Err: err, Text: text, Client: client(r), Referer: r.In.Get("Referer")}
	l := r.Host.ErrorLog
	if l == nil {
		os.Stderr.Write(line.Append(nil))
		return
	}
	if formats, ok := r.Host.ErrorLogFormat.(*compat.ErrorLogFormats); ok && formats.Line != nil {
		if b := line.format(nil, formats.Line, r); len(b) > 0 {
			l.Write(b)
		}
		return
	}
	l.Write(line.Append(nil))
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
	Text    string // "AH00128: …"
	Client  string // "ADDR:PORT"; "" for lines of no request
	Referer string
	PID     int // of the process that says so; 0: this one
}

var pid = os.Getpid()

// Append adds the line in Apache's default format.
func (l *LogLine) Append(b []byte) []byte {
	b = append(b, '[')
	b = time.Now().AppendFormat(b, "Mon Jan 02 15:04:05.000000 2006")
	b = append(b, "] ["...)
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
	if l.Err != nil {
		b = append(b, osError(l.Err)...)
		b = append(b, ": "...)
	}
	if l.Client != "" {
		b = append(b, "[client "...)
		b = append(b, l.Client...)
		b = append(b, "] "...)
	}
	b = appendLogText(b, l.Text)
	if l.Referer != "" {
		b = append(b, ", referer: "...)
		b = compat.AppendLogItem(b, l.Referer)
	}
	return append(b, '\n')
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

// appendLogText adds a message with its control characters escaped
// (ap_escape_errorlog_item); line ends and tabs inside stay visible as \n, \t.
func appendLogText(b []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c < ' ' || c == 0x7f:
			const hex = "0123456789abcdef"
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return b
}

// format adds the line in the format of ErrorLogFormat (do_errorlog_format).
// An item without value takes the separator before it with it.
func (l *LogLine) format(b []byte, items []compat.ErrorLogItem, r *compat.Request) []byte {
	field := 0 // where the field under way begins, with its separator
	skip := false
	for _, item := range items {
		if item.Separator {
			field, skip = len(b), false
		}
		if item.Verb == 0 {
			if !skip {
				b = append(b, item.Text...)
			}
			continue
		}
		if item.MinLevel > 0 && int(l.Level) < item.MinLevel {
			continue
		}
		value := l.item(item, r)
		switch {
		case value != "":
			if !skip {
				b = append(b, value...)
			}
		case item.Dash:
			b = append(b, '-')
		case item.Required:
			return nil
		default:
			b, skip = b[:field], true
		}
	}
	return append(b, '\n')
}

func (l *LogLine) item(item compat.ErrorLogItem, r *compat.Request) string {
	switch item.Verb {
	case 'M':
		return string(appendLogText(nil, l.Text))
	case 'a':
		if item.Text == "c" {
			return r.Conn.Remote.Addr().Unmap().String() + ":" + itoa(int(r.Conn.Remote.Port()))
		}
		return l.Client
	case 'A':
		return r.Conn.Local.Addr().Unmap().String() + ":" + itoa(int(r.Conn.Local.Port()))
	case 'e':
		return r.Env.Get(item.Text)
	case 'E':
		if l.Err != nil {
			return osError(l.Err)
		}
	case 'i':
		return string(compat.AppendLogItem(nil, r.In.Get(item.Text)))
	case 'k':
		return itoa(r.Conn.Keepalives)
	case 'l':
		return l.Level.String()
	case 'L':
		if strings.EqualFold(item.Text, "c") {
			return r.Conn.LogID
		}
		return r.LogID
	case 'm':
		return l.Module
	case 'n':
		return r.Notes.Get(item.Text)
	case 'P', 'T':
		return itoa(pid)
	case 't':
		switch item.Text {
		case "u":
			return time.Now().Format("Mon Jan 02 15:04:05.000000 2006")
		case "cu", "uc":
			return time.Now().Format("2006-01-02 15:04:05.000000")
		case "c":
			return time.Now().Format("2006-01-02 15:04:05")
		}
		return time.Now().Format("Mon Jan 02 15:04:05 2006")
	case 'v':
		return r.Host.Name
	case 'V':
		return compat.ServerName(r)
	}
	return ""
}
