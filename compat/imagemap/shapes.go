package imagemap

import (
	"strconv"
	"strings"
)

// A vertex is a point of the image.
type vertex struct{ x, y float64 }

func (v vertex) distance(w vertex) float64 { return (v.x-w.x)*(v.x-w.x) + (v.y-w.y)*(v.y-w.y) }

func (v vertex) inCircle(centre, edge vertex) bool {
	return v.distance(centre) <= centre.distance(edge)
}

func (v vertex) inRectangle(a, b vertex) bool {
	return v.x >= min(a.x, b.x) && v.x <= max(a.x, b.x) && v.y >= min(a.y, b.y) && v.y <= max(a.y, b.y)
}

// inPolygon counts how often a line from v crosses the edges; on an edge is
// inside (pointinpoly).
func (v vertex) inPolygon(shape []vertex) bool {
	odd := false
	for i, a := range shape {
		b := shape[(i+1)%len(shape)]
		d := (v.y-a.y)*(b.x-a.x) - (v.x-a.x)*(b.y-a.y)
		if (a.y >= v.y) != (b.y >= v.y) && (b.y >= a.y && d >= 0 || b.y < a.y && d <= 0) {
			odd = !odd
		}
		if d == 0 && v.inRectangle(a, b) {
			return true
		}
	}
	return odd
}

// vertices reads pairs of numbers. Only the digits of what was read are
// skipped, so that a number with a fraction ends the list (imap_handler).
func vertices(s string) (shape []vertex, rest string) {
	for len(shape) < maxVertices {
		x, after, ok := number(s)
		separated := strings.TrimLeft(after, ", ")
		if !ok || len(separated) == len(after) {
			break
		}
		y, _, ok := number(separated)
		if !ok {
			break
		}
		shape = append(shape, vertex{x, y})
		s = trimDigits(trimSpace(s))
		if s != "" {
			s = s[1:]
		}
		s = trimDigits(trimSpace(s))
	}
	for i, v := range shape {
		if v.x == -1 {
			return shape[:i], s
		}
	}
	return shape, s
}

// coordinates are those of a click, "x,y"; -1 is one that is missing.
func coordinates(query string) (x, y float64) {
	x, y = -1, -1
	first := query[digitOr(query, ','):]
	if n, _, ok := number(first); ok {
		x = n
	}
	if _, second, found := strings.Cut(query, ","); found {
		if n, _, ok := number(second[digitOr(second, 0):]); ok {
			y = n
		}
	}
	return x, y
}

// digitOr is where the first digit of s, or the byte stop, is.
func digitOr(s string, stop byte) int {
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' || stop != 0 && s[i] == stop {
			return i
		}
	}
	return len(s)
}

// number reads a decimal number as C's strtod does.
func number(s string) (n float64, rest string, ok bool) {
	s = trimSpace(s)
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	start := i
	i += len(s[i:]) - len(trimDigits(s[i:]))
	digits := i - start
	if i < len(s) && s[i] == '.' {
		fraction := len(s[i+1:]) - len(trimDigits(s[i+1:]))
		if digits += fraction; digits > 0 {
			i += 1 + fraction
		}
	}
	if digits == 0 {
		return 0, s, false
	}
	if end := exponent(s[i:]); end > 0 {
		i += end
	}
	n, _ = strconv.ParseFloat(s[:i], 64) // Too large is infinite.
	return n, s[i:], true
}

// exponent is how long the exponent is that s begins with.
func exponent(s string) int {
	if s == "" || s[0]|0x20 != 'e' {
		return 0
	}
	i := 1
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	if end := len(s) - len(trimDigits(s[i:])); end > i {
		return end
	}
	return 0
}

func trimSpace(s string) string  { return strings.TrimLeft(s, " \t\n\v\f\r") }
func trimDigits(s string) string { return strings.TrimLeft(s, "0123456789") }

// field is the first word of s, and what follows the spaces behind it.
func field(s string) (word, rest string) {
	i := strings.IndexAny(s, " \t\n\v\f\r")
	if i < 0 {
		return s, ""
	}
	return s[:i], trimSpace(s[i:])
}

// quoted is the text in quotes that s begins with, if it does.
func quoted(s string) (text, rest string, ok bool) {
	inside, ok := strings.CutPrefix(trimSpace(s), `"`)
	if !ok {
		return "", s, false
	}
	text, rest, _ = strings.Cut(inside, `"`)
	return text, rest, true
}
