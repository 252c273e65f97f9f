package davfs

import (
	"os"
	"strconv"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// Live are the properties that are made of a file (dav_fs_props).
func (f files) Live() []dav.Live {
	return []dav.Live{
		{Namespace: "DAV:", Name: "creationdate", Value: ofFile(true, func(res *dav.Resource) string {
			return compat.StateOf("", res.Info).Changed().UTC().Format("2006-01-02T15:04:05Z")
		})},
		{Namespace: "DAV:", Name: "getcontentlength", Value: ofFile(false, func(res *dav.Resource) string {
			return strconv.FormatInt(res.Info.Size(), 10)
		})},
		{Namespace: "DAV:", Name: "getlastmodified", Value: ofFile(true, func(res *dav.Resource) string {
			return compat.FormatDate(res.Info.ModTime())
		})},
		{Namespace: "DAV:", Name: "getetag", Value: ofFile(true, f.ETag)},
		{Namespace: propsNamespace, Name: "executable", Value: ofFile(false, executable), Check: checkExecutable, Set: setExecutable},
	}
}

const propsNamespace = "http://apache.org/dav/props/"

// ofFile is what value says of a file, or of a directory too.
func ofFile(collections bool, value func(*dav.Resource) string) func(*dav.Resource) (string, bool) {
	return func(res *dav.Resource) (string, bool) {
		if !res.Exists || res.Info == nil || res.Collection && !collections {
			return "", false
		}
		return value(res), true
	}
}

func executable(res *dav.Resource) string {
	if res.Info.Mode()&0o100 != 0 {
		return "T"
	}
	return "F"
}

// checkExecutable looks at a value for "executable" (dav_fs_patch_validate).
func checkExecutable(res *dav.Resource, e *dav.Element, remove bool) *dav.Error {
	if res.Collection {
		return dav.Numbered(409, dav.ErrPropReadOnly, "Property is read-only.")
	}
	if remove {
		return dav.New(409, "The 'executable' property cannot be removed.")
	}
	const expects = "The 'executable' property expects a single character, valued 'T' or 'F'. "
	switch text, pieces := e.Single(); {
	case pieces == 0:
		return dav.New(409, expects+"There was no value submitted.")
	case pieces > 1 || len(text) != 1:
		return dav.New(409, expects+"The value submitted has too many characters.")
	case text != "T" && text != "F":
		return dav.New(409, expects+"The value submitted is invalid.")
	}
	return nil
}

func setExecutable(res *dav.Resource, e *dav.Element) (undo func() *dav.Error, problem *dav.Error) {
	was := res.Info.Mode().Perm()
	mode := was &^ 0o100
	if text, _ := e.Single(); text == "T" {
		mode |= 0o100
	}
	if mode == was {
		return nil, nil
	}
	if err := os.Chmod(res.Path, mode); err != nil {
		return nil, dav.Caused(500, cause(err), "Could not set the executable flag of the target resource.")
	}
	return func() *dav.Error {
		if err := os.Chmod(res.Path, was); err != nil {
			return dav.Caused(500, cause(err), "After a failure occurred, the resource's executable flag could not be restored.")
		}
		return nil
	}, nil
}
