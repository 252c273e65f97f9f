package compat

import (
	"path"
	"strings"
)

// CleanFilename resolves "//", "/./" and "/../" in an absolute file name and
// keeps a slash at its end (apr_filepath_merge). A clean name is returned as it
// is.
func CleanFilename(name string) string {
	if !strings.Contains(name, "//") && !strings.Contains(name, "/.") {
		return name
	}
	clean := path.Clean(name)
	if strings.HasSuffix(name, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}
