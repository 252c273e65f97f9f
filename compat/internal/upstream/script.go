package upstream

import (
	"bytes"
	"strconv"
	"strings"

	"understudy/compat"
)

// maxScriptHeader bounds the header of what answers as a CGI script does.
const maxScriptHeader = 128 << 10

// maxScriptLine bounds a line of it (MAX_STRING_LEN).
const maxScriptLine = 8192

// A ScriptHeader collects the header of an answer until it ends.
type ScriptHeader struct {
	buf  []byte
	done bool
}

// Add takes more of the answer. When the header has ended it returns what
// follows it, and true. Too much of it is a malformed one.
func (h *ScriptHeader) Add(p []byte) (body []byte, done bool, tooLong bool) {
	from := max(len(h.buf)-3, 0)
	h.buf = append(h.buf, p...)
	if end := headerEnd(h.buf, from); end >= 0 {
		body, h.buf, h.done = h.buf[end:], h.buf[:end:end], true
		return body, true, false
	}
	return nil, false, len(h.buf) > maxScriptHeader
}

// Bytes is what was collected.
func (h *ScriptHeader) Bytes() []byte { return h.buf }

// Done reports whether the header has ended.
func (h *ScriptHeader) Done() bool { return h.done }

// headerEnd is where an empty line ends, be it with LF or CRLF; -1 if there is
// none yet.
func headerEnd(b []byte, from int) int {
	for i := from; i < len(b); i++ {
		if b[i] != '\n' {
			continue
		}
		switch rest := b[i+1:]; {
		case len(rest) > 0 && rest[0] == '\n':
			return i + 2
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			return i + 3
		}
	}
	if len(b) > 0 && b[0] == '\n' {
		return 1
	}
	if bytes.HasPrefix(b, []byte("\r\n")) {
		return 2
	}
	return -1
}

// Apply makes the answer of r what the header says, OK; or answers 500 if it is
// malformed, 304 or 412 if that is what the client's conditions come to
// (ap_scan_script_header_err_core). module is whose log is written to.
func (h *ScriptHeader) Apply(r *compat.Request, module string) compat.Status {
	said := false
	var others, cookies []compat.Field
	for line := range bytes.Lines(h.buf) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, ok := strings.Cut(string(line), ":")
		if !ok || len(line) > maxScriptLine {
			return malformed(r, module, string(line))
		}
		value = strings.TrimLeft(value, " \t\n\v\f\r")
		switch strings.ToLower(name) {
		case "content-type":
			r.ContentType = scriptType(value)
		case "status":
			status := compat.Atoi(value)
			if status < 100 || status >= 600 {
				r.Logf(module, compat.LevelError, nil, "Invalid status line from script '%s': %.30s", base(r.Filename), value)
				return 500
			}
			said, r.Status, r.Reason = true, status, ""
			if _, reason, found := strings.Cut(value, " "); found {
				r.Reason = strings.TrimSpace(reason)
			}
		case "location", "content-length", "content-range", "transfer-encoding", "etag":
			r.Out.Set(name, value)
		case "last-modified":
			if t, err := compat.ParseDate(value); err == nil {
				r.MTime = t
				r.Out.Set("Last-Modified", compat.FormatDate(t))
			}
		case "set-cookie":
			cookies = append(cookies, compat.Field{Name: name, Value: value})
		default:
			others = append(others, compat.Field{Name: name, Value: value})
		}
	}
	for _, f := range others {
		r.ErrOut.Merge(f.Name, f.Value)
	}
	for _, f := range cookies {
		r.ErrOut.Add(f.Name, f.Value)
	}
	if said || r.Method != "GET" && r.Method != "HEAD" {
		return compat.OK
	}
	return compat.MeetsConditions(r)
}

// scriptType is a media type in lower case, with its parameters as they are.
func scriptType(v string) string {
	kind, params, has := strings.Cut(v, ";")
	kind = strings.ToLower(kind)
	if has {
		return kind + ";" + params
	}
	return kind
}

func malformed(r *compat.Request, module, line string) compat.Status {
	r.Logf(module, compat.LevelError, nil, "malformed header from script '%s': Bad header: %.30s", base(r.Filename), line)
	return 500
}

// Ended answers for a script that said nothing, or not all of a header.
func (h *ScriptHeader) Ended(r *compat.Request, module string) compat.Status {
	r.Logf(module, compat.LevelError, nil, "End of script output before headers: %s", base(r.Filename))
	return 500
}

func base(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// ScriptFraming leaves the framing of the answer to us: what a script says of
// its length was never compared with anything.
func ScriptFraming(r *compat.Request) {
	if !r.Env.Has("ap_trust_cgilike_cl") {
		r.Out.Del("Content-Length")
		r.Notes.Set("unknown-length", "1")
	}
	r.Out.Del("Transfer-Encoding")
}

// AppendNumber adds a number in decimal.
func AppendNumber(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }
