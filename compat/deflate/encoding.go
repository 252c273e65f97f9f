package deflate

import (
	"strings"

	"understudy/compat"
)

// withoutGzip is a list of encodings without gzip, where that is the outermost
// one (check_gzip).
func withoutGzip(list string) (rest string, found bool) {
	for {
		comma := strings.LastIndexByte(list, ',')
		if comma < 0 {
			return "", isGzip(list)
		}
		switch last := strings.TrimLeft(list[comma+1:], " \t\n\v\f\r"); {
		case isGzip(last):
			return list[:comma], true
		case last == "" || strings.EqualFold(last, "identity"):
			list = list[:comma]
		default:
			return "", false
		}
	}
}

func isGzip(token string) bool {
	return strings.EqualFold(token, "gzip") || strings.EqualFold(token, "x-gzip")
}

// stripField takes gzip off the Content-Encoding of h.
func stripField(h *compat.Header) bool {
	value, _ := h.Lookup("Content-Encoding")
	rest, found := withoutGzip(value)
	switch {
	case !found:
	case rest == "":
		h.Del("Content-Encoding")
	default:
		h.Set("Content-Encoding", rest)
	}
	return found
}

// stripAnswer takes gzip off what the answer to r is encoded by: the first of
// those who say something counts.
func stripAnswer(r *compat.Request) bool {
	switch {
	case r.Out.Has("Content-Encoding"):
		return stripField(&r.Out)
	case r.ErrOut.Has("Content-Encoding"):
		return stripField(&r.ErrOut)
	}
	rest, found := withoutGzip(strings.Join(r.Encodings, ", "))
	if !found {
		return false
	}
	if r.Encodings = nil; rest != "" {
		r.Encodings = []string{rest}
	}
	return true
}
