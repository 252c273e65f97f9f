package compat

import (
	"errors"
	"strings"
	"time"
)

// FormatDate writes a time as HTTP headers have it.
func FormatDate(t time.Time) string { return t.UTC().Format(dateForm) }

// AppendDate is FormatDate that appends.
func AppendDate(b []byte, t time.Time) []byte { return t.UTC().AppendFormat(b, dateForm) }

const dateForm = "Mon, 02 Jan 2006 15:04:05 GMT"

var errDate = errors.New("not a date of HTTP")

// ParseDate reads a date in one of the three forms of RFC 9110, section 5.6.7
// (apr_date_parse_http). Neither the day of the week nor the zone is looked at,
// and the first second of 1970 counts as no date.
func ParseDate(s string) (time.Time, error) {
	s = strings.TrimLeft(s, " \t")
	_, s, found := strings.Cut(s, " ")
	if !found {
		return time.Time{}, errDate
	}
	var d dateParts
	switch {
	case matches(s, "## Aaa #### ##:##:## *"):
		d = dateParts{s[0:2], s[3:6], s[7:11], s[12:20]}
	case matches(s, "##-Aaa-## ##:##:## *"):
		d = dateParts{s[0:2], s[3:6], s[7:9], s[10:18]}
	case matches(s, "Aaa _# ##:##:## ####*"):
		d = dateParts{s[4:6], s[0:3], s[16:20], s[7:15]}
	case matches(s, "# Aaa #### ##:##:## *"):
		d = dateParts{s[0:1], s[2:5], s[6:10], s[11:19]}
	default:
		return time.Time{}, errDate
	}
	t, ok := d.time()
	if !ok || t.Unix() == 0 {
		return time.Time{}, errDate
	}
	return t, nil
}

// matches compares s with a form: # is a digit, _ one or a space, A and a are
// letters, * is whatever follows.
func matches(s, form string) bool {
	for i := range len(form) {
		if form[i] == '*' {
			return true
		}
		if i >= len(s) || !fits(s[i], form[i]) {
			return false
		}
	}
	return len(s) == len(form)
}

func fits(c, form byte) bool {
	digit := c >= '0' && c <= '9'
	switch form {
	case '#':
		return digit
	case '_':
		return digit || c == ' '
	case 'A':
		return c >= 'A' && c <= 'Z'
	case 'a':
		return c >= 'a' && c <= 'z'
	}
	return c == form
}

// dateParts are the parts of a date as written; clock is "15:04:05".
type dateParts struct{ day, month, year, clock string }

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

func (d dateParts) time() (time.Time, bool) {
	year, month, day := Atoi(d.year), strings.Index(monthNames, d.month), Atoi(d.day)
	if len(d.year) == 2 {
		year += 1900
		if year < 1970 {
			year += 100
		}
	}
	hour, min, sec := Atoi(d.clock[0:2]), Atoi(d.clock[3:5]), Atoi(d.clock[6:8])
	if month < 0 || month%3 != 0 || hour > 23 || min > 59 || sec > 61 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month/3+1), day, hour, min, sec, 0, time.UTC)
	first := time.Date(year, time.Month(month/3+1), 1, 0, 0, 0, 0, time.UTC)
	return t, day > 0 && day <= first.AddDate(0, 1, -1).Day()
}
