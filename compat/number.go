package compat

import (
	"math"
	"strings"
	"time"
)

// Atoi reads a number as C's atoi does: blanks, a sign, digits, and whatever
// follows is ignored; 0 where there is none. It saturates at the limits of a C
// int.
func Atoi(s string) int {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	sign := 1
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	n := 0
	for i := 0; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if n = n*10 + int(s[i]-'0'); n > math.MaxInt32 {
			return sign * math.MaxInt32
		}
	}
	return sign * n
}

// ParseOffset reads a whole decimal number as apr_strtoff with base 10 does.
// ok is false if it does not fit; whole is false if something follows it, or
// there is no digit.
func ParseOffset(s string) (n int64, whole, ok bool) {
	t := strings.TrimLeft(s, " \t\n\v\f\r")
	negative := false
	if t != "" && (t[0] == '-' || t[0] == '+') {
		negative = t[0] == '-'
		t = t[1:]
	}
	i := 0
	for ; i < len(t) && t[i] >= '0' && t[i] <= '9'; i++ {
		d := int64(t[i] - '0')
		if n > (math.MaxInt64-d)/10 {
			return 0, false, false
		}
		n = n*10 + d
	}
	if negative {
		n = -n
	}
	return n, i > 0 && i == len(t), true
}

// ParseTimeout reads a time with unit, "30", "5s", "100ms", "2mi", "1h"; unit is
// that of a bare number (ap_timeout_parameter_parse). Only the first letters of
// a unit count, and they are lower case.
func ParseTimeout(s, unit string) (time.Duration, bool) {
	digits := strings.TrimLeft(s, " \t\n\v\f\r")
	i := 0
	var n int64
	for ; i < len(digits) && digits[i] >= '0' && digits[i] <= '9'; i++ {
		if n = n*10 + int64(digits[i]-'0'); n > math.MaxInt32*1000 {
			return 0, false
		}
	}
	if i < len(digits) {
		unit = digits[i:]
	}
	per := unitOf(unit)
	if per == 0 || n > math.MaxInt64/int64(per) {
		return 0, false
	}
	return time.Duration(n) * per, true
}

func unitOf(unit string) time.Duration {
	switch {
	case strings.HasPrefix(unit, "s"):
		return time.Second
	case strings.HasPrefix(unit, "h"):
		return time.Hour
	case strings.HasPrefix(unit, "ms"):
		return time.Millisecond
	case strings.HasPrefix(unit, "mi"):
		return time.Minute
	}
	return 0
}
