package compat

import "strings"

// ErrorLogFormats is what ErrorLogFormat says for a host: Host.ErrorLogFormat
// holds one, by pointer.
type ErrorLogFormats struct {
	Line       []ErrorLogItem   // of each line; nil: Apache's
	Request    [][]ErrorLogItem // printed once for a request, before its first line
	Connection [][]ErrorLogItem // and once for a connection
}

// An ErrorLogItem is a part of an ErrorLogFormat: text, or a conversion.
type ErrorLogItem struct {
	Verb      byte   // of "%a", "%M" …; 0: Text
	Text      string // literal, or the argument in braces
	Separator bool   // begins a field: goes away together with an empty item behind it
	Dash      bool   // "-": an empty value is printed as "-"
	Required  bool   // "+": without a value nothing is printed at all
	MinLevel  int    // a number: only for messages at least so verbose
}

// errorLogVerbs are the conversions there are.
const errorLogVerbs = "aAeEFiklLmnPtTvVM"

// ParseErrorLogFormat reads a format; main is that of lines, which has a message
// in it (parse_errorlog_string).
func ParseErrorLogFormat(s string, main bool) ([]ErrorLogItem, error) {
	var items []ErrorLogItem
	message := false
	for s != "" {
		item, rest, err := parseErrorLogItem(s)
		if err != nil {
			return nil, err
		}
		switch {
		case item.Verb == 'M' && !main:
			return nil, Errorf("%%M cannot be used in once-per-request or once-per-connection formats")
		case main && item.Required:
			return nil, Errorf("The '+' flag cannot be used in the main error log format")
		case !main && item.MinLevel != 0:
			return nil, Errorf("The loglevel cannot be used as a condition in " +
				"once-per-request or once-per-connection formats")
		case item.MinLevel > int(LevelTrace8):
			return nil, Errorf("The specified loglevel modifier is out of range")
		}
		message = message || item.Verb == 'M'
		items, s = append(items, item), rest
	}
	if main && !message {
		return nil, Errorf("main ErrorLogFormat must contain message format string '%%M'")
	}
	return items, nil
}

func parseErrorLogItem(s string) (item ErrorLogItem, rest string, err error) {
	for strings.HasPrefix(s, "% ") {
		item.Separator, s = true, s[2:]
	}
	if s == "" || s[0] != '%' {
		item.Separator = item.Separator || strings.HasPrefix(s, " ")
		item.Text, rest = errorLogText(s)
		return item, rest, nil
	}
	if strings.HasPrefix(s, "%%") {
		item.Text = "%"
		return item, s[2:], nil
	}
	for s = s[1:]; s != ""; {
		switch c := s[0]; {
		case c == '{':
			item.Text, s, _ = strings.Cut(s[1:], "}")
			continue
		case c == '+':
			item.Required = true
		case c == '-':
			item.Dash = true
		case c >= '0' && c <= '9':
			item.MinLevel = Atoi(s)
			s = strings.TrimLeft(s, "0123456789")
			continue
		case strings.IndexByte(errorLogVerbs, c) < 0:
			return item, "", Errorf("Unrecognized error log format directive %%%c", c)
		default:
			item.Verb = c
			return item, s[1:], nil
		}
		s = s[1:]
	}
	return item, "", Errorf("Ran off end of error log format parsing args to some directive")
}

// errorLogText takes literal text off s: up to a percent sign, or a blank that
// is not at its start, for that begins the next field.
func errorLogText(s string) (text, rest string) {
	var b []byte
	started := false
	i := 0
	for i < len(s) && s[i] != '%' && (s[i] != ' ' || !started) {
		c := s[i]
		started = started || c != ' '
		i++
		if c != '\\' {
			b = append(b, c)
			continue
		}
		switch {
		case i == len(s):
			b = append(b, '\\')
		case s[i] == 'n':
			b = append(b, '\n')
		case s[i] == 'r':
			b = append(b, '\r')
		case s[i] == 't':
			b = append(b, '\t')
		default:
			b = append(b, s[i])
		}
		i = min(i+1, len(s))
	}
	return string(b), s[i:]
}
