package dbd

import (
	"strconv"
	"strings"
)

// A statement is a query as a driver wants it.
type statement struct {
	text string
	args int // how many it takes
}

// newStatement puts what the driver wants in the place of %s, %d and their like
// (apr_dbd_prepare). "%%" is a percent sign.
func newStatement(driver, query string) statement {
	var b strings.Builder
	s := statement{}
	for i := 0; i < len(query); i++ {
		if query[i] != '%' || i+1 == len(query) {
			b.WriteByte(query[i])
			continue
		}
		n := conversion(query[i+1:])
		switch {
		case n > 0:
			s.args++
			b.WriteString(placeholder(driver, s.args))
			i += n
		case query[i+1] == '%':
			b.WriteByte('%')
			i++
		default:
			b.WriteByte('%')
		}
	}
	s.text = b.String()
	return s
}

// conversion is how long the letters of a conversion are: "s", "lld", "pDt".
func conversion(s string) int {
	for _, long := range []string{"hhd", "hhu", "hd", "hu", "lld", "llu", "ld", "lu", "lf", "pDt", "pDd", "pDi", "pDs", "pDz", "pDb", "pDc", "pDn"} {
		if strings.HasPrefix(s, long) {
			return len(long)
		}
	}
	if c := s[0] | 0x20; 'a' <= c && c <= 'z' {
		return 1
	}
	return 0
}

func placeholder(driver string, n int) string {
	if driver == "pgsql" {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}

// bind is as many of args as s takes; those that lack are NULL.
func (s statement) bind(args []any) []any {
	bound := make([]any, s.args)
	copy(bound, args)
	return bound
}
