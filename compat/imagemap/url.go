package imagemap

import (
	"strings"

	"understudy/compat"
)

// url makes a URL of what a map says (imap_url). base may be empty. ok is false
// where it leads nowhere.
func (m *mapping) url(base, value string) (url string, ok bool) {
	switch strings.ToLower(value) {
	case "map", "menu":
		return compat.ConstructURL(m.r, m.r.Path), true
	case "nocontent", "error":
		return value, true
	case "referer":
		if referer := m.r.In.Get("Referer"); referer != "" {
			return referer, true
		}
		value = ""
	}
	switch {
	case isAbsolute(value):
		return value, true
	case base == "" && value == "":
		return compat.ConstructURL(m.r, "/"), true
	case base == "":
		return value, true
	case !strings.Contains(base, "/") && goesUp(value):
		m.r.Logf("imagemap", compat.LevelError, nil, "AH00677: invalid base directive in map file: %s", m.r.Path)
		return "", false
	}
	return m.join(base, value)
}

// isAbsolute reports whether a value begins with letters and a colon.
func isAbsolute(value string) bool {
	i := 0
	for i < len(value) && value[i]|0x20 >= 'a' && value[i]|0x20 <= 'z' {
		i++
	}
	return i < len(value) && value[i] == ':'
}

func goesUp(value string) bool { return value == ".." || strings.HasPrefix(value, "../") }

// join resolves a relative value.
func (m *mapping) join(base, value string) (url string, ok bool) {
	host, directory := split(base)
	if strings.HasPrefix(value, "/") {
		return host + value, true
	}
	if i := strings.LastIndexByte(directory, '/'); i >= 0 {
		directory = directory[:i+1]
	}
	for goesUp(value) {
		if directory == "" {
			m.r.Logf("imagemap", compat.LevelError, nil, "AH00678: invalid directory name in map file: %s", m.r.Path)
			return "", false
		}
		directory = up(directory)
		value = value[2:]
		if rest, more := strings.CutPrefix(value, "/"); more && goesUp(rest) {
			value = rest
		}
	}
	return host + directory + value, true
}

// split cuts a base before its first slash that is alone.
func split(base string) (host, directory string) {
	for i := 0; i < len(base); i++ {
		if base[i] != '/' {
			continue
		}
		if i+1 < len(base) && base[i+1] == '/' {
			i++
			continue
		}
		return base[:i], base[i:]
	}
	return base, ""
}

// up takes the last name off, and the slash before it.
func up(directory string) string {
	directory = strings.TrimSuffix(directory, "/")
	return directory[:max(strings.LastIndexByte(directory, '/'), 0)]
}
