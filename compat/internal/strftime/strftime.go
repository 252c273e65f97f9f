// Package strftime writes times as C's strftime does in the C locale.
package strftime

import (
	"strconv"
	"time"
)

// Append appends t in the form that format asks for. What is no conversion is
// copied.
func Append(dst []byte, format string, t time.Time) []byte {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			dst = append(dst, format[i])
			continue
		}
		i++
		if (format[i] == 'E' || format[i] == 'O') && i+1 < len(format) {
			i++ // alternative forms are the plain ones in the C locale
		}
		dst = one(dst, format[i], t)
	}
	return dst
}

// compound conversions stand for others.
var compound = map[byte]string{
	'c': "%a %b %e %H:%M:%S %Y", 'D': "%m/%d/%y", 'F': "%Y-%m-%d", 'r': "%I:%M:%S %p",
	'R': "%H:%M", 'T': "%H:%M:%S", 'x': "%m/%d/%y", 'X': "%H:%M:%S",
}

// layouts are those Go has a form for.
var layouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'e': "_2", 'h': "Jan", 'I': "03",
	'p': "PM", 'P': "pm", 'y': "06", 'z': "-0700", 'Z': "MST",
}

func one(dst []byte, c byte, t time.Time) []byte {
	switch c { // What listings and logs have most.
	case 'Y':
		return strconv.AppendInt(dst, int64(t.Year()), 10)
	case 'm':
		return pad(dst, int(t.Month()), 2, '0')
	case 'd':
		return pad(dst, t.Day(), 2, '0')
	case 'H':
		return pad(dst, t.Hour(), 2, '0')
	case 'M':
		return pad(dst, t.Minute(), 2, '0')
	case 'S':
		return pad(dst, t.Second(), 2, '0')
	}
	if layout, ok := layouts[c]; ok {
		return t.AppendFormat(dst, layout)
	}
	if form, ok := compound[c]; ok {
		return Append(dst, form, t)
	}
	year, week := t.ISOWeek()
	weekday := int(t.Weekday())
	switch c {
	case 'C':
		return pad(dst, t.Year()/100, 2, '0')
	case 'g':
		return pad(dst, year%100, 2, '0')
	case 'G':
		return strconv.AppendInt(dst, int64(year), 10)
	case 'j':
		return pad(dst, t.YearDay(), 3, '0')
	case 'k':
		return pad(dst, t.Hour(), 2, ' ')
	case 'l':
		return pad(dst, (t.Hour()+11)%12+1, 2, ' ')
	case 'n':
		return append(dst, '\n')
	case 's':
		return strconv.AppendInt(dst, t.Unix(), 10)
	case 't':
		return append(dst, '\t')
	case 'u':
		return pad(dst, (weekday+6)%7+1, 1, '0')
	case 'U':
		return pad(dst, (t.YearDay()+6-weekday)/7, 2, '0')
	case 'V':
		return pad(dst, week, 2, '0')
	case 'w':
		return pad(dst, weekday, 1, '0')
	case 'W':
		return pad(dst, (t.YearDay()+6-(weekday+6)%7)/7, 2, '0')
	case '%':
		return append(dst, '%')
	}
	return append(dst, '%', c)
}

// pad appends n with at least width digits, filled with fill.
func pad(dst []byte, n, width int, fill byte) []byte {
	var digits [20]byte
	s := strconv.AppendInt(digits[:0], int64(n), 10)
	for i := len(s); i < width; i++ {
		dst = append(dst, fill)
	}
	return append(dst, s...)
}
