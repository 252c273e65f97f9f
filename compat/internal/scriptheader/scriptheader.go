// Package scriptheader reads the header that scripts, and files that are sent
// as they are, begin with.
package scriptheader

import (
	"bufio"
	"path"
	"strconv"
	"strings"

	"understudy/compat"
)

// maxLine is how much of a line counts as one (MAX_STRING_LEN).
const maxLine = 8190

// Read takes the header from in, which stands behind the empty line then, and
// makes fields of r of it (ap_scan_script_header_err_core). module is who
// complains. It answers OK, what the preconditions of the request ask for, or
// an error.
func Read(r *compat.Request, module string, in *bufio.Reader) compat.Status {
	h := reader{r: r, module: module}
	for first := true; ; first = false {
		line, ok := readLine(in)
		if !ok {
			text := "Premature end of script headers"
			if first {
				text = "End of script output before headers"
			}
			return h.fail(500, text+": "+path.Base(r.Filename))
		}
		if line == "" {
			return h.finish()
		}
		name, value, found := strings.Cut(line, ":")
		if !found {
			for ok {
				_, ok = readLine(in)
			}
			return h.fail(500, "malformed header from script '"+path.Base(r.Filename)+"': Bad header: ")
		}
		h.field(name, strings.TrimLeft(value, " \t\v\f\r\n"))
	}
}

// readLine is the next line without its end; a long one is several.
func readLine(in *bufio.Reader) (line string, ok bool) {
	var b []byte
	for len(b) < maxLine {
		c, err := in.ReadByte()
		if err != nil {
			break
		}
		if b = append(b, c); c == '\n' {
			break
		}
	}
	if len(b) == 0 {
		return "", false
	}
	s := strings.TrimSuffix(string(b), "\n")
	if len(s) < len(b) {
		s = strings.TrimSuffix(s, "\r")
	}
	s, _, _ = strings.Cut(s, "\x00")
	return s, true
}

// A reader is the work on one header.
type reader struct {
	r         *compat.Request
	module    string
	hasStatus bool
	merged    []compat.Field
	cookies   []compat.Field
}

// fail tells the log, and the page, what is wrong.
func (h *reader) fail(status compat.Status, text string) compat.Status {
	h.r.Logf(h.module, compat.LevelError, nil, "%s", text)
	h.r.Notes.Set("error-notes", compat.EscapeHTML(text))
	h.r.Notes.Set("verbose-error-to", "*")
	return status
}

func (h *reader) field(name, value string) {
	r := h.r
	switch strings.ToLower(name) {
	case "content-type":
		media, parameters, more := strings.Cut(strings.TrimRight(value, " \t\v\f\r\n"), ";")
		if r.ContentType, r.Charset = compat.Lower(media), ""; more {
			r.ContentType += ";" + parameters
		}
	case "status":
		h.status(value)
	case "location", "content-length", "content-range", "transfer-encoding", "etag":
		r.Out.Set(name, value)
	case "last-modified":
		t, err := compat.ParseDate(value)
		if err != nil {
			r.Logf(h.module, compat.LevelInfo, nil, "AH10247: Ignored invalid header value: Last-Modified: '%s'", value)
			return
		}
		compat.SetLastModified(r, t)
	case "set-cookie":
		h.cookies = append(h.cookies, compat.Field{Name: name, Value: value})
	default:
		h.merged = append(h.merged, compat.Field{Name: name, Value: value})
	}
}

// status takes a status with or without a phrase of its own.
func (h *reader) status(value string) {
	h.hasStatus = true
	h.r.Status = compat.Atoi(value)
	if h.r.Status < 100 || h.r.Status > 999 {
		h.fail(500, "Invalid status line from script '"+path.Base(h.r.Filename)+"': "+value[:min(len(value), 30)])
		h.r.Status = 500 // What Apache's status line says then.
		return
	}
	phrase, given := strings.CutPrefix(value, strconv.Itoa(h.r.Status)+" ")
	if h.r.Reason = ""; given {
		h.r.Reason = phrase
	}
}

// finish puts the fields where they survive errors.
func (h *reader) finish() compat.Status {
	status := compat.OK
	if !h.hasStatus && (h.r.Method == "GET" || h.r.Method == "HEAD") {
		status = compat.MeetsConditions(h.r)
	}
	for _, f := range h.merged {
		h.r.ErrOut.Merge(f.Name, f.Value)
	}
	for _, f := range h.cookies {
		h.r.ErrOut.Add(f.Name, f.Value)
	}
	return status
}
