package status

import (
	"math"
	"strconv"
	"strings"
)

// general writes a number as APR's %g does: no zero before the point, and a
// point behind a lone digit before an exponent (apr_gcvt).
func general(v float64, digits int) string {
	switch {
	case v == 0:
		return "0"
	case math.IsInf(v, 0):
		return "inf"
	case math.IsNaN(v):
		return "nan"
	}
	scientific := strconv.FormatFloat(v, 'e', digits-1, 64) // d.ddde±xx
	mantissa, exponent, _ := strings.Cut(scientific, "e")
	point, _ := strconv.Atoi(exponent)
	point++ // .dddd × 10^point
	sign := ""
	if mantissa[0] == '-' {
		sign, mantissa = "-", mantissa[1:]
	}
	d := strings.TrimRight(strings.Replace(mantissa, ".", "", 1), "0")
	switch {
	case point >= 0 && point-len(d) > 4 || point < -3:
		e := "+" + strconv.Itoa(point-1)
		if point-1 < 0 {
			e = strconv.Itoa(point - 1)
		}
		return sign + d[:1] + "." + d[1:] + "e" + e
	case point <= 0:
		return sign + "." + strings.Repeat("0", -point) + d
	case len(d) <= point:
		return sign + d + strings.Repeat("0", point-len(d))
	}
	return sign + d[:point] + "." + d[point:]
}

// ratio divides in the precision Apache does.
func ratio(a, b float64) float64 { return float64(float32(a) / float32(b)) }

const (
	kilo = 1 << 10
	mega = 1 << 20
	giga = 1 << 30
)

func fixed(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }

// byteSize is a number of bytes for people (format_byte_out).
func byteSize(n int64) string {
	switch {
	case n < 5*kilo:
		return strconv.FormatInt(n, 10) + " B"
	case n < mega/2:
		return fixed(ratio(float64(n), kilo), 1) + " kB"
	case n < giga/2:
		return fixed(ratio(float64(n), mega), 1) + " MB"
	}
	return fixed(ratio(float64(n), giga), 1) + " GB"
}

// kilobyteSize is a number of kilobytes for people (format_kbyte_out).
func kilobyteSize(n int64) string {
	switch {
	case n < kilo:
		return strconv.FormatInt(n, 10) + " kB"
	case n < mega:
		return fixed(ratio(float64(n), kilo), 1) + " MB"
	}
	return fixed(ratio(float64(n), mega), 1) + " GB"
}

// uptime is a time in words, each after a space; what is zero is left out.
func uptime(seconds int64) string {
	var b strings.Builder
	for _, u := range []struct {
		name string
		n    int64
	}{{"day", seconds / 86400}, {"hour", seconds / 3600 % 24}, {"minute", seconds / 60 % 60}, {"second", seconds % 60}} {
		if u.n == 0 {
			continue
		}
		b.WriteString(" " + strconv.FormatInt(u.n, 10) + " " + u.name)
		if u.n != 1 {
			b.WriteByte('s')
		}
	}
	return b.String()
}
