package compat

import (
	"errors"
	"strings"
)

// errAboveRoot is APR_EABOVEROOT as it is logged.
var errAboveRoot = errors.New("(20023)The given path was above the root path")

// errNameTooLong is what names get that no system takes.
var errNameTooLong = errors.New("(36)File name too long")

// MaxFilename is how long a file name may be, with what Apache adds to it
// (APR_PATH_MAX).
const MaxFilename = 4096 - 4

// MapBelowRoot makes the file that path names below DocumentRoot the file of r
// (ap_core_translate).
func MapBelowRoot(r *Request, path string) Status {
	if path != "*" && !strings.HasPrefix(path, "/") {
		r.Logf("core", LevelError, nil, "AH00126: Invalid URI in request '%s' '%s'", path, r.Line)
		return 400
	}
	if h := r.Host; h.Path != "" && underServerPath(path, h.Path) {
		path = path[len(h.Path):]
	}
	path = strings.TrimLeft(path, "/")
	if leavesRoot(path) {
		r.Logf("core", LevelError, errAboveRoot, "AH00127: Cannot map %s to file", First(r).Line)
		return 403
	}
	root := strings.TrimSuffix(DocumentRoot(r), "/")
	if len(root)+len(path) > MaxFilename {
		r.Logf("core", LevelError, errNameTooLong, "AH00127: Cannot map %s to file", First(r).Line)
		return 403
	}
	r.Filename = CleanFilename(joined.join(root, path))
	r.CanonicalFilename = r.Filename
	return OK
}

// underServerPath reports whether path is prefix or below it.
func underServerPath(path, prefix string) bool {
	if !strings.HasPrefix(path, prefix) {
		return false
	}
	return strings.HasSuffix(prefix, "/") || len(path) == len(prefix) || path[len(prefix)] == '/'
}

// leavesRoot reports whether a relative path leads out of where it begins. What
// a client sends has been looked at before; what it is rewritten to has not.
func leavesRoot(path string) bool {
	if !strings.Contains(path, "..") {
		return false
	}
	depth := 0
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}
