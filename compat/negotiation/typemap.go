package negotiation

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"understudy/compat"
)

const (
	maxLine = 8191     // of a type map; a longer line is several
	maxMap  = 16 << 20 // Apache has no bound
)

// readMap takes the variants from the type map that is file's (read_type_map).
func (n *negotiation) readMap(file *compat.Request) compat.Status {
	r := n.r
	text, err := readBounded(file.Filename)
	if err != nil {
		r.Logf("negotiation", compat.LevelError, cause(err), "AH00683: cannot access type map file: %s", file.Filename)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			return 404
		}
		return 403
	}
	n.views, n.text = 0, text
	m := typeMapReader{text: text, self: path.Base(file.Filename)}
	variants, err := m.read()
	n.variants = variants
	switch err := err.(type) {
	case nil:
	case harmless:
		r.Logf("negotiation", compat.LevelError, nil, "%s", strings.ReplaceAll(string(err), fileMark, r.Filename))
	default:
		r.Logf("negotiation", compat.LevelError, nil, "%s", strings.ReplaceAll(err.Error(), fileMark, r.Filename))
		return 500
	}
	if info := file.Info; info != nil {
		r.VariantList = compat.FileETag(file, info, file.Filename)
	}
	return compat.OK
}

var errTooLarge = errors.New("File too large")

func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxMap+1))
	if err == nil && len(text) > maxMap {
		err = errTooLarge
	}
	return text, err
}

// cause is the operating system's part of an error.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// fileMark stands in errors for the name of the file.
const fileMark = "\x00"

// A harmless error ends a map without harm to what was read before.
type harmless string

// Error is the text.
func (h harmless) Error() string { return string(h) }

// A typeMapReader reads the records of a type map: lines of a header, with
// comments, and an empty line between two records.
type typeMapReader struct {
	text []byte
	at   int
	self string // the name a variant inside of the map has
}

// read is all variants that have a name and a property.
func (m *typeMapReader) read() ([]variant, error) {
	var all []variant
	v, described := newVariant(), false
	for {
		line, kind := m.header()
		if kind == headerSeen {
			known, err := m.field(&v, line)
			if err != nil {
				return all, err
			}
			described = described || known
			continue
		}
		if v.name != "" && described {
			all = append(all, v)
		}
		v, described = newVariant(), false
		if kind == headerEOF {
			return all, nil
		}
	}
}

// field takes a line in, and reports whether it describes the variant.
func (m *typeMapReader) field(v *variant, line string) (described bool, err error) {
	name, rest, found := strings.Cut(line, ":")
	name = compat.Lower(name)
	if !found {
		return false, errors.New("AH00681: Syntax error in type map, no ':' in " + fileMark + " for header " + name)
	}
	rest = trimSpace(rest)
	if rest == "" {
		return false, errors.New("AH00682: Syntax error in type map --- no header body: " + fileMark + " for " +
			name + line[len(name):])
	}
	rest = stripComments(rest)
	switch name {
	case "uri":
		v.name, _ = token(rest, false)
	case "content-type":
		v.describe(rest)
		return true, nil
	case "content-length":
		return true, setLength(v, rest)
	case "content-language":
		v.languages = languages(rest)
		return true, nil
	case "content-encoding":
		v.encoding, _ = token(rest, false)
		v.hasEncoding = true
		return true, nil
	case "description":
		rest = strings.ReplaceAll(rest, "\n", " ")
		v.description = rest[:len(rest)-1]
	case "body":
		return false, m.body(v, strings.TrimRight(rest, " \t\n\v\f\r"))
	}
	return false, nil
}

func setLength(v *variant, text string) error {
	word, _ := token(text, false)
	n, whole, ok := compat.ParseOffset(word)
	if !ok || !whole || word[0] == '+' || n < 0 {
		return harmless("AH00684: Parse error in type map, Content-Length: '" + word + "' in " + fileMark + " is invalid.")
	}
	v.bytes = n
	return nil
}

// languages are those of a Content-Language line.
func languages(text string) []string {
	list := []string{}
	for text != "" {
		var l string
		l, text = token(text, false)
		list = append(list, compat.Lower(l))
		if text != "" && (text[0] == ',' || text[0] == ';') {
			text = text[1:]
		}
	}
	return list
}

// body takes a variant that is in the map itself: up to the line with tag.
func (m *typeMapReader) body(v *variant, tag string) error {
	window := string(m.text[m.at:min(len(m.text), m.at+maxLine)])
	end := strings.Index(window, tag)
	if end < 0 || window == "" {
		return harmless("AH00685: Syntax error in type map, no end tag '" + tag + "' found in " + fileMark +
			" for Body: content.")
	}
	v.body, v.bytes, v.name = int64(m.at), int64(end), m.self
	next := strings.IndexByte(window[end+len(tag):], '\n')
	if next < 0 {
		m.at += len(window)
		return nil
	}
	m.at += end + len(tag) + next + 1
	return nil
}

// stripComments makes spaces of what is in parentheses; they do not nest, and
// quotes do not protect them (strip_paren_comments).
func stripComments(s string) string {
	if strings.IndexByte(s, '(') < 0 {
		return s
	}
	b := []byte(s)
	inside := false
	for i, c := range b {
		inside = inside || c == '('
		if inside {
			b[i] = ' '
		}
		inside = inside && c != ')'
	}
	return string(b)
}
