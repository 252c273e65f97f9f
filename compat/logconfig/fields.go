package logconfig

import (
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"understudy/compat"
	"understudy/compat/internal/logformat"
	"understudy/compat/internal/strftime"
)

func headerIn(name string) item {
	return func(dst []byte, r *compat.Request) []byte {
		v, ok := r.In.Lookup(name)
		return logformat.Text(dst, v, ok)
	}
}

func trailerIn(name string) item {
	return func(dst []byte, r *compat.Request) []byte {
		v, ok := r.Trailers.Lookup(name)
		return logformat.Text(dst, v, ok)
	}
}

func envVar(name string) item {
	return func(dst []byte, r *compat.Request) []byte {
		v, ok := r.Env.Lookup(name)
		return logformat.Text(dst, v, ok)
	}
}

func note(name string) item {
	return func(dst []byte, r *compat.Request) []byte {
		v, ok := r.Notes.Lookup(name)
		return logformat.Text(dst, v, ok)
	}
}

// headerOut shows the response's fields as they went out: those that survive
// errors come first, the type is without parameters, and all cookies are shown.
func headerOut(name string) item {
	switch strings.ToLower(name) {
	case "content-type":
		return withBody(contentType)
	case "content-length", "transfer-encoding":
		return withBody(field(name))
	case "set-cookie":
		return setCookies
	}
	return field(name)
}

// withBody is show for answers that may have a body; others go out without the
// fields that are about one (AP_STATUS_IS_HEADER_ONLY in ap_http_header_filter).
func withBody(show item) item {
	return func(dst []byte, r *compat.Request) []byte {
		if r.Status == 204 || r.Status == 304 {
			return append(dst, '-')
		}
		return show(dst, r)
	}
}

func field(name string) item {
	return func(dst []byte, r *compat.Request) []byte {
		v, ok := r.ErrOut.Lookup(name)
		if !ok {
			v, ok = r.Out.Lookup(name)
		}
		return logformat.Text(dst, v, ok)
	}
}

func contentType(dst []byte, r *compat.Request) []byte {
	if r.ContentType == "" {
		v, ok := r.Out.Lookup("Content-Type")
		return logformat.Text(dst, v, ok)
	}
	media, _, _ := strings.Cut(r.ContentType, ";")
	return compat.AppendLogItem(dst, strings.TrimRight(media, " \t"))
}

func setCookies(dst []byte, r *compat.Request) []byte {
	before := len(dst)
	for _, h := range []*compat.Header{&r.ErrOut, &r.Out} {
		for _, f := range h.Fields() {
			if !strings.EqualFold(f.Name, "Set-Cookie") {
				continue
			}
			if len(dst) > before {
				dst = append(dst, ", "...)
			}
			dst = compat.AppendLogItem(dst, f.Value)
		}
	}
	if len(dst) == before {
		dst = append(dst, '-')
	}
	return dst
}

// cookie finds a cookie by name, in any case (log_cookie).
func cookie(name string) item {
	return func(dst []byte, r *compat.Request) []byte {
		rest, more := r.In.Lookup("Cookie")
		for more {
			var one string
			one, rest, more = strings.Cut(rest, ";")
			key, value, _ := strings.Cut(strings.TrimLeft(one, "="), "=")
			if value != "" && strings.EqualFold(strings.Trim(key, " \t"), name) {
				return compat.AppendLogItem(dst, strings.Trim(value, " \t"))
			}
		}
		return append(dst, '-')
	}
}

// A stamp is a second as %t writes it.
type stamp struct {
	unix int64
	text string
}

var lastStamp atomic.Pointer[stamp]

// commonTime appends what %t writes of t; it changes once a second.
func commonTime(dst []byte, t time.Time) []byte {
	unix := t.Unix()
	s := lastStamp.Load()
	if s == nil || s.unix != unix {
		s = &stamp{unix, t.Local().Format("[02/Jan/2006:15:04:05 -0700]")}
		lastStamp.Store(s)
	}
	return append(dst, s.text...)
}

// requestTime compiles %{…}t: when the request began, or with "end" or "end:"
// in front when it was logged.
func requestTime(arg string) item {
	form, atEnd := arg, false
	for _, prefix := range []string{"begin", "end"} {
		rest, ok := strings.CutPrefix(arg, prefix)
		if ok && (rest == "" || rest[0] == ':') {
			form, atEnd = strings.TrimPrefix(rest, ":"), prefix == "end"
		}
	}
	appendTime := timeForm(form)
	if atEnd {
		return func(dst []byte, _ *compat.Request) []byte { return appendTime(dst, time.Now()) }
	}
	return func(dst []byte, r *compat.Request) []byte { return appendTime(dst, r.Start) }
}

func timeForm(form string) func(dst []byte, t time.Time) []byte {
	switch form {
	case "":
		return commonTime
	case "sec":
		return func(dst []byte, t time.Time) []byte { return strconv.AppendInt(dst, t.Unix(), 10) }
	case "msec":
		return func(dst []byte, t time.Time) []byte { return strconv.AppendInt(dst, t.UnixMilli(), 10) }
	case "usec":
		return func(dst []byte, t time.Time) []byte { return strconv.AppendInt(dst, t.UnixMicro(), 10) }
	case "msec_frac":
		return func(dst []byte, t time.Time) []byte { return zeros(dst, t.Nanosecond()/1e6, 100) }
	case "usec_frac":
		return func(dst []byte, t time.Time) []byte { return zeros(dst, t.Nanosecond()/1e3, 100000) }
	}
	return func(dst []byte, t time.Time) []byte { return strftime.Append(dst, form, t.Local()) }
}

// zeros appends n with zeros in front; first is the value of its first digit.
func zeros(dst []byte, n, first int) []byte {
	for ; first > 0; first /= 10 {
		dst = append(dst, byte('0'+n/first%10))
	}
	return dst
}
