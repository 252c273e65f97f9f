package core

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"understudy/compat"
)

// FileHooks are the default handler: it answers with the file itself.
var FileHooks = []compat.Hook{
	compat.Run(compat.Handler, sendFile).ReallyLast(),
}

// sendFile is core.c's default_handler.
func sendFile(r *compat.Request) compat.Status {
	switch r.Method {
	case "GET", "HEAD", "POST":
	case "OPTIONS":
		return sendOptions(r)
	default:
		if r.Method == "PUT" || r.Method == "DELETE" || methods[r.Method] {
			if status := r.DiscardBody(); status != compat.OK {
				return status
			}
			r.AllowedMethods = allowed(r)
			return 405
		}
		r.AllowedMethods = allowed(r)
		r.Notes.Set("error-notes", "")
		return 501
	}
	if status := r.DiscardBody(); status != compat.OK {
		return status
	}
	if r.Info == nil {
		r.Logf("core", compat.LevelInfo, nil, "AH00128: File does not exist: %s", r.Filename+r.PathInfo)
		return 404
	}
	if r.IsDir() {
		r.Logf("core", compat.LevelError, nil, "AH00129: Attempt to serve directory: %s", r.Filename)
		return 404
	}
	if !r.Info.Mode().IsRegular() {
		r.Logf("core", compat.LevelError, nil, "AH00130: Attempt to serve non-regular file: %s", r.Filename)
		return 403
	}
	if accept := r.Scope.Core.AcceptPathInfo; r.PathInfo != "" && (accept == nil || *accept != compat.PathInfoOn) {
		r.Logf("core", compat.LevelInfo, nil, "AH00128: File does not exist: %s", r.Filename+r.PathInfo)
		return 404
	}
	return file(r)
}

// file sends a regular file, if its preconditions are met.
func file(r *compat.Request) compat.Status {
	f := contents.find(r)
	if f == nil {
		opened, err := os.Open(r.Filename)
		if err != nil {
			r.Logf("core", compat.LevelError, cause(err), "AH00132: file permissions deny server access: %s", r.Filename)
			return 403
		}
		defer opened.Close()
		return whole(r, opened)
	}
	f.describe(r)
	if !conditions(r) {
		return compat.OK
	}
	if _, err := r.Writer.Write(f.body); err != nil {
		r.Aborted = true
	}
	return compat.OK
}

func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// whole describes and sends an open file.
func whole(r *compat.Request, f *os.File) compat.Status {
	info := r.Info
	compat.SetLastModified(r, info.ModTime())
	if etag := compat.FileETag(r, info, r.Filename); etag != "" {
		r.Out.Set("ETag", etag)
	}
	acceptRanges(r)
	if !conditions(r) {
		return compat.OK
	}
	if info.Size() <= maxBody {
		if c := contents.keep(r, f); c != nil {
			if _, err := r.Writer.Write(c.body); err != nil {
				r.Aborted = true
			}
			return compat.OK
		}
	}
	if err := r.Writer.File(f, 0, info.Size()); err != nil && !errors.Is(err, syscall.EPIPE) {
		r.Aborted = true
	}
	return compat.OK
}

func acceptRanges(r *compat.Request) {
	if max := r.Scope.Core.MaxRanges; max != nil && *max == 0 {
		r.Out.Set("Accept-Ranges", "none")
		return
	}
	r.Out.Set("Accept-Ranges", "bytes")
}

// conditions looks at the preconditions, and reports whether the file is to be
// sent. A 304 or 412 of a file has no page.
func conditions(r *compat.Request) bool {
	if r.Prev != nil && r.Status != 200 || r.Main != nil {
		return true
	}
	status := compat.MeetsConditions(r)
	if status == compat.OK {
		return true
	}
	r.Status = int(status)
	if status == 412 {
		r.Out.Del("Accept-Ranges")
	}
	return false
}

// methods are those Apache knows beside the ones named above.
var methods = map[string]bool{"PATCH": true, "PROPFIND": true, "PROPPATCH": true, "MKCOL": true, "COPY": true,
	"MOVE": true, "LOCK": true, "UNLOCK": true, "VERSION-CONTROL": true, "CHECKOUT": true, "UNCHECKOUT": true,
	"CHECKIN": true, "UPDATE": true, "LABEL": true, "REPORT": true, "MKWORKSPACE": true, "MKACTIVITY": true,
	"BASELINE-CONTROL": true, "MERGE": true, "TRACE": true, "CONNECT": true}

// allowed are the methods the default handler names in Allow (make_allow).
func allowed(r *compat.Request) []string {
	list := []string{"GET", "POST", "OPTIONS", "HEAD"}
	if r.Host.Trace != "off" {
		list = append(list, "TRACE")
	}
	return list
}

// sendOptions answers OPTIONS with what is allowed (ap_send_http_options).
func sendOptions(r *compat.Request) compat.Status {
	if status := r.DiscardBody(); status != compat.OK {
		return status
	}
	allow := ""
	for i, m := range allowed(r) {
		if i > 0 {
			allow += ","
		}
		allow += m
	}
	r.Out.Set("Allow", allow)
	r.ContentType = ""
	return compat.OK
}
