// Package script runs CGI programs, for mod_cgi and mod_cgid, and reads the
// headers that programs answer with.
package script

import (
	"bufio"
	"errors"
	"os"
	"path"
	"strconv"
	"strings"

	"understudy/compat"
)

// maxLine bounds a line of a program's header, as in Apache (MAX_STRING_LEN).
const maxLine = 8192

// ReadHeader reads the header of a program's output into r
// (ap_scan_script_header_err_core). It answers OK, or the status to answer
// with; bad is the line that was no header, or no whole one. module is whose error log it is.
func ReadHeader(r *compat.Request, in *bufio.Reader, module string) (status compat.Status, bad string) {
	name := path.Base(r.Filename)
	fail := func(status compat.Status, format string, args ...any) compat.Status {
		r.Logf(module, compat.LevelError, nil, format, args...)
		return status
	}
	said, first := 0, true
	var merged compat.Header
	var cookies []string
	for ; ; first = false {
		line, err := readLine(in)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return fail(504, "Script timed out before returning headers: %s", name), ""
		case err != nil && first:
			return fail(500, "End of script output before headers: %s", name), line
		case err != nil:
			return fail(500, "Premature end of script headers: %s", name), line
		}
		if line == "" {
			break
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			return fail(500, "malformed header from script '%s': Bad header: %.30s", name, line), line
		}
		value = strings.TrimLeft(value, " \t\v\f\r")
		switch strings.ToLower(key) {
		case "content-type":
			r.ContentType = lowerType(strings.TrimRight(value, " \t\v\f\r"))
		case "status":
			said = compat.Atoi(value)
			if said < 100 || said > 599 {
				fail(0, "Invalid status line from script '%s': %.30s", name, value)
			}
			r.Status, r.Reason = said, reasonOf(value)
		case "location", "content-length", "content-range", "transfer-encoding", "etag":
			r.Out.Set(key, value)
		case "last-modified":
			if t, err := compat.ParseDate(value); err == nil {
				r.MTime = t
				compat.SetLastModified(r, t)
			}
		case "set-cookie":
			cookies = append(cookies, value)
		default:
			merged.Add(key, value)
		}
	}
	if said == 0 && (r.Method == "GET" || r.Method == "HEAD") {
		status = compat.MeetsConditions(r)
	}
	for _, f := range merged.Fields() {
		r.ErrOut.Merge(f.Name, f.Value)
	}
	for _, c := range cookies {
		r.ErrOut.Add("Set-Cookie", c)
	}
	return status, ""
}

func readLine(in *bufio.Reader) (string, error) {
	var b []byte
	for {
		part, err := in.ReadSlice('\n')
		if b = append(b, part...); len(b) > maxLine {
			return string(b[:maxLine]), nil
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return string(b), err
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"), nil
	}
}

// reasonOf is the phrase of "404 Not here".
func reasonOf(line string) string {
	code, phrase, _ := strings.Cut(strings.TrimSpace(line), " ")
	if _, err := strconv.Atoi(code); err != nil {
		return ""
	}
	return phrase
}

// lowerType is a media type in lower case, its parameters as they are
// (ap_content_type_tolower).
func lowerType(v string) string {
	t, params, ok := strings.Cut(v, ";")
	if !ok {
		return strings.ToLower(v)
	}
	return strings.ToLower(t) + ";" + params
}
