package headers

import (
	"os"
	"strconv"
	"strings"
	"time"

	"understudy/apacheconf/expr"
	"understudy/compat"
)

// A format is the value of a field: text and what is known of the request, or
// an expression.
type format struct {
	parts []func(*compat.Request) string
	text  *expr.Text // instead of parts
}

// parseFormat reads a value (parse_format_string).
func parseFormat(c *compat.Cmd, s string) (f format, err error) {
	if source, ok := strings.CutPrefix(s, "expr="); ok {
		if f.text, err = c.ExprText(source); err != nil {
			return f, compat.Errorf("Can't parse value expression : %v", err)
		}
		return f, nil
	}
	for s != "" {
		if s[0] != '%' {
			end := strings.IndexByte(s, '%')
			if end < 0 {
				end = len(s)
			}
			f.add(constant(unescape(s[:end])))
			s = s[end:]
			continue
		}
		part, rest, err := item(s[1:])
		if err != nil {
			return f, err
		}
		f.add(part)
		s = rest
	}
	return f, nil
}

func (f *format) add(part func(*compat.Request) string) { f.parts = append(f.parts, part) }

func constant(s string) func(*compat.Request) string {
	return func(*compat.Request) string { return s }
}

// unescape obeys the backslashes of literal text.
var unescape = strings.NewReplacer(`\\`, `\`, `\r`, "\r", `\n`, "\n", `\t`, "\t").Replace

// item reads what stands behind a percent sign (parse_format_tag).
func item(s string) (part func(*compat.Request) string, rest string, err error) {
	if s == "" || s[0] == '%' {
		return constant("%"), strings.TrimPrefix(s, "%"), nil
	}
	arg := ""
	if s[0] == '{' {
		arg, s, _ = strings.Cut(s[1:], "}")
	}
	if s == "" {
		return nil, "", compat.Errorf("Unrecognized header format %%")
	}
	rest = s[1:]
	switch s[0] {
	case 't':
		part = func(r *compat.Request) string {
			r.Once()
			return "t=" + strconv.FormatInt(r.Start.UnixMicro(), 10)
		}
	case 'D':
		part = func(r *compat.Request) string {
			r.Once()
			return "D=" + strconv.FormatInt(time.Since(r.Start).Microseconds(), 10)
		}
	case 'e':
		part = func(r *compat.Request) string { return orNull(r.Env.Lookup(arg)) }
	case 's':
		part = func(r *compat.Request) string {
			r.Once()
			v := compat.TLSVariable(r, arg)
			return orNull(v, v != "")
		}
	case 'l':
		part = func(r *compat.Request) string {
			r.Once()
			return "l=" + load()
		}
	case 'i', 'b':
		return nil, "", compat.Errorf("Header format %%%c is not supported by Understudy: it has no workers that could be idle or busy", s[0])
	default:
		return nil, "", compat.Errorf("Unrecognized header format %%%c", s[0])
	}
	return part, rest, nil
}

// orNull is a value on one line, or "(null)".
func orNull(v string, ok bool) string {
	if !ok {
		return "(null)"
	}
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(v)
}

// load is the machine's load averages, as "0.10/0.20/0.30".
func load() string {
	b, _ := os.ReadFile("/proc/loadavg")
	if f := strings.Fields(string(b)); len(f) >= 3 {
		return strings.Join(f[:3], "/")
	}
	return "0.00/0.00/0.00"
}

// of is the value for r.
func (f *format) of(r *compat.Request) string {
	if f.text != nil {
		return f.text.Eval(compat.ExprContext(r))
	}
	if len(f.parts) == 1 {
		return f.parts[0](r)
	}
	var b strings.Builder
	for _, part := range f.parts {
		b.WriteString(part(r))
	}
	return b.String()
}
