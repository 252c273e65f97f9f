package mime

import (
	"bufio"
	"io"
	"os"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// A mediaType is a type as it is sent, with and without its charset parameter.
type mediaType struct {
	text  string // as written, parameters spaced as Apache does
	bare  string // without charset, where another is to be added
	valid bool   // whether it has the form of a media type
}

// parseType reads "type/subtype; name=value" (analyze_ct). Text of another form
// is sent as it is, and no character set is ever added to it.
func parseType(s string) *mediaType {
	m := &mediaType{text: s, bare: s}
	media, rest, more := strings.Cut(s, ";")
	kind, sub, found := strings.Cut(media, "/")
	kind, sub = strings.TrimSpace(kind), strings.TrimSpace(sub)
	if !found || kind == "" || sub == "" || strings.ContainsAny(kind+sub, " \t") {
		return m
	}
	text, bare := kind+"/"+sub, kind+"/"+sub
	for more {
		var name, value string
		var ok bool
		if name, value, rest, more, ok = parameter(rest); !ok {
			return m
		}
		if name != "charset" {
			bare += "; " + name + "=" + value
		}
		text += "; " + name + "=" + value
	}
	return &mediaType{text, bare, true}
}

// parameter takes the first parameter off s; more tells of a semicolon behind.
func parameter(s string) (name, value, rest string, more, ok bool) {
	name, s, ok = strings.Cut(s, "=")
	name, s = strings.TrimSpace(name), strings.TrimLeft(s, " \t\n")
	end := strings.IndexByte(s, ';')
	if strings.HasPrefix(s, `"`) {
		q := closingQuote(s)
		if q < 0 {
			return "", "", "", false, false
		}
		if end = strings.IndexByte(s[q:], ';'); end >= 0 {
			end += q
		}
	}
	if end >= 0 {
		rest, s, more = s[end+1:], s[:end], true
	}
	value = strings.TrimSpace(s)
	return name, value, rest, more, ok && isToken(name) && value != "" && (value[0] == '"' || isToken(value))
}

// closingQuote is where the string s begins with ends, or -1.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] > '~' || strings.IndexByte(`()<>@,;:\"/[]?=`, s[i]) >= 0 {
			return false
		}
	}
	return s != ""
}

// loadTypes reads TypesConfig. That there is none stops a start, but not -t.
func loadTypes(b *compat.Build) error {
	conf := slot.Make(b.Main.Section.Vector)
	conf.table = newTable(conf.extensions)
	name := conf.typesConfig
	if name == "" {
		name = "mime.types"
	}
	path := b.Path(name)
	b.Watch(path)
	f, err := os.Open(path)
	if err != nil {
		b.AtStart(func() error {
			return &apacheconf.Diagnostic{Bare: true, Pos: b.Place(b.Main, "TypesConfig"), Message: "AH01597: could not open mime types " +
				"config file " + path + ".\nAH00016: Configuration Failed"}
		})
		return nil
	}
	defer f.Close()
	types, err := readTypes(f)
	conf.types = newTable(types)
	return err
}

// maxLine is how long a line of TypesConfig may be (MAX_STRING_LEN).
const maxLine = 8192

// readTypes reads lines of a type and the extensions it has.
func readTypes(from io.Reader) (map[string]*mediaType, error) {
	types := map[string]*mediaType{}
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, maxLine), maxLine)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		words := apacheconf.Words(line)
		if len(words) < 2 {
			continue
		}
		media := parseType(words[0])
		for _, ext := range words[1:] {
			types[compat.Lower(ext)] = media
		}
	}
	if lines.Err() == bufio.ErrTooLong {
		return types, nil // what is behind such a line is not read, as in Apache
	}
	return types, lines.Err()
}
