package imagemap

import (
	"io"
	"strings"

	"understudy/compat"
)

const (
	maxMap      = 4 << 20 // of a map file; Apache has no bound
	maxLine     = 8192
	maxVertices = 100
)

// readLines are the lines of the map without spaces around them, joined where
// one ends with a backslash. They end before one that is too long.
func readLines(r *compat.Request) (lines []string, ok bool) {
	if r.Info == nil || !r.Info.Mode().IsRegular() {
		return nil, false
	}
	f, err := r.Open()
	if err != nil {
		return nil, false
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxMap+1))
	if err != nil || len(text) > maxMap {
		return nil, false
	}
	joined := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		part, more := strings.CutSuffix(line, `\`)
		joined += part
		if len(joined) >= maxLine {
			return lines, true
		}
		if !more {
			lines = append(lines, strings.Trim(joined, " \t\v\f\r"))
			joined = ""
		}
	}
	if joined != "" {
		lines = append(lines, strings.Trim(joined, " \t\v\f\r"))
	}
	return lines, true
}

// A mapping is the work on one request.
type mapping struct {
	r              *compat.Request
	style          string // of the menu
	shows          bool   // the menu, for nobody clicked
	x, y           float64
	base, fallback string
	nearest        string  // where the nearest point leads
	distance       float64 // to it, squared
	second         vertex  // of the last shape that had one
}

// A verdict is what a line comes to.
type verdict uint8

const (
	next verdict = iota
	hit
	broken
)

// point finds where was clicked. Who has no mouse sends nothing, or the
// origin, and gets the menu.
func (m *mapping) point(query string) {
	m.x, m.y = coordinates(query)
	if m.x == -1 || m.y == -1 || m.x == 0 && m.y == 0 {
		m.x, m.y = -1, -1
		m.shows = !strings.HasPrefix(m.style, "no")
	}
}

// line obeys a line of the map; with hit, to is where it leads.
func (m *mapping) line(number int, line string) (to string, v verdict) {
	switch {
	case line == "":
		m.blank()
		return "", next
	case line[0] == '#':
		m.comment(line[1:])
		return "", next
	}
	directive, rest := field(line)
	if rest == "" {
		m.r.Logf("imagemap", compat.LevelError, nil, "AH00679: map file %s, line %d syntax error: requires at least "+
			"two fields", m.r.Path, number)
		return "", broken
	}
	value, rest := field(rest)
	directive = strings.ToLower(directive)
	if strings.HasPrefix(directive, "base") {
		base, ok := m.url("", value)
		if m.base = base; !ok {
			return "", broken
		}
		return "", next
	}
	label, rest, labelled := quoted(rest)
	if directive == "default" {
		return "", m.setDefault(value, label, labelled)
	}
	shape, rest := vertices(rest)
	switch len(shape) {
	case 0:
	case 1:
		m.second.x = -1 // Apache leaves the other as it was.
	default:
		m.second = shape[1]
	}
	if m.shows {
		if !labelled {
			label, _, labelled = quoted(rest)
		}
		return "", m.entry(value, label, labelled)
	}
	return value, m.try(directive, shape, value)
}

func (m *mapping) setDefault(value, label string, labelled bool) verdict {
	var ok bool
	if m.fallback, ok = m.url("", value); !ok {
		return broken
	}
	if !m.shows {
		return next
	}
	to, ok := m.url(m.base, m.fallback)
	if !ok {
		return broken
	}
	if !labelled {
		label = m.fallback
	}
	m.link("(Default) ", to, label)
	return next
}

// entry shows a line in the menu.
func (m *mapping) entry(value, label string, labelled bool) verdict {
	to, ok := m.url(m.base, value)
	if !ok {
		return broken
	}
	if !labelled {
		label = value
	}
	m.link("          ", to, label)
	return next
}

// try compares the click with a shape.
func (m *mapping) try(directive string, shape []vertex, value string) verdict {
	if m.x == -1 || len(shape) == 0 || shape[0].x == -1 {
		return next
	}
	at := vertex{m.x, m.y}
	inside := false
	switch directive {
	case "poly":
		inside = at.inPolygon(shape)
	case "circle":
		inside = at.inCircle(shape[0], m.second)
	case "rect":
		inside = at.inRectangle(shape[0], m.second)
	case "point":
		if d := at.distance(shape[0]); m.x >= 0 && m.y >= 0 && (m.nearest == "" || d < m.distance) {
			m.nearest, m.distance = value, d
		}
	}
	if inside {
		return hit
	}
	return next
}
