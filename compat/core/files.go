package core

import (
	"crypto/md5"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"strings"

	"understudy/compat"
)

// FileHooks are the default handler: it answers with the file itself.
var FileHooks = []compat.Hook{
	compat.Run(compat.Handler, sendFile).Repeats().ReallyLast(),
}

// sendFile is core.c's default_handler.
func sendFile(r *compat.Request) compat.Status {
	switch r.Method {
	case "GET", "HEAD", "POST":
	default:
		return otherMethod(r)
	}
	if status := r.DiscardBody(); status != compat.OK {
		return status
	}
	if r.Info == nil {
		r.Logf("core", compat.LevelInfo, nil, "AH00128: File does not exist: %s", r.Filename+r.PathInfo)
		return 404
	}
	if r.IsDir() {
		r.Logf("core", compat.LevelInfo, nil, "AH00129: Attempt to serve directory: %s", r.Filename)
		return 404
	}
	if accept := r.Scope.Core.AcceptPathInfo; r.PathInfo != "" && (accept == nil || *accept != compat.PathInfoOn) {
		r.Logf("core", compat.LevelInfo, nil, "AH00130: File does not exist: %s", r.Filename+r.PathInfo)
		return 404
	}
	if !r.Info.Mode().IsRegular() {
		// One could wait for ever for what a pipe or device has to say.
		r.Logf("core", compat.LevelError, nil, "AH00038: Forbidden: %s doesn't point to a file or directory", r.Filename)
		return 403
	}
	return file(r)
}

// programs are handlers that run files. Where nobody is there who does, because
// a module is not loaded, the source is not for clients: Apache would send it.
var programs = []string{"application/x-httpd-php", "php-script", "php7-script", "php8-script", "cgi-script",
	"application/x-httpd-cgi", "fcgid-script", "fastcgi-script", "lua-script", "perl-script", "modperl", "wsgi-script",
	"python-program", "mod_python", "x-httpd-php", "isapi-handler"}

// isProgram reports whether r asks for a file to be run.
func isProgram(r *compat.Request) bool {
	if r.Handler == "" {
		return false
	}
	for _, name := range programs {
		if rest, ok := strings.CutPrefix(r.Handler, name); ok && (rest == "" || rest[0] == '-') {
			return true
		}
	}
	return false
}

// file answers with a regular file.
func file(r *compat.Request) compat.Status {
	if isProgram(r) && !r.Notes.Has("php-engine-off") {
		r.Logf("core", compat.LevelError, nil, "handler \"%s\" is of no module that is loaded; not sending the source of %s",
			r.Handler, r.Filename)
		return 500
	}
	if c := contents.find(r); c != nil {
		c.describe(r)
		return c.send(r)
	}
	f, err := r.Open()
	if err != nil {
		r.Logf("core", compat.LevelError, cause(err), "AH00132: file permissions deny server access: %s", r.Filename)
		return 403
	}
	defer f.Close()
	describe(r)
	if r.Info.Size() <= maxBody {
		if c := contents.read(r, f); c != nil {
			return c.send(r)
		}
	}
	digest(r, f)
	if conditions(r) {
		if err := r.Writer.File(f, 0, r.Info.Size()); err != nil {
			r.Aborted = true
		}
	}
	return compat.OK
}

// describe sets the fields that describe the file, in Apache's order.
func describe(r *compat.Request) {
	compat.SetLastModified(r, r.Info.ModTime())
	if etag := compat.FileETag(r, r.Info, r.Filename); etag != "" {
		r.Out.Set("ETag", etag)
	}
	compat.SetAcceptRanges(r)
	r.Out.Set("Content-Length", decimal(r.Info.Size()))
}

func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// digest adds Content-MD5 where ContentDigest says so.
func digest(r *compat.Request, body io.ReadSeeker) {
	if !wantsDigest(r) {
		return
	}
	h := md5.New()
	if _, err := io.Copy(h, body); err == nil {
		r.Out.Set("Content-MD5", base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	body.Seek(0, io.SeekStart)
}

func wantsDigest(r *compat.Request) bool {
	on := r.Scope.Core.ContentDigest
	return on != nil && *on && len(r.OutputFilters) == 0
}

// conditions looks at the preconditions, and reports whether the file is to be
// sent. A 304 or 412 of a file has no page.
func conditions(r *compat.Request) bool {
	if r.Prev != nil && r.Status != 200 || r.Main != nil {
		return true
	}
	status := compat.MeetsConditions(r)
	if status != compat.OK {
		r.Status = int(status)
	}
	return status == compat.OK
}

// otherMethod answers methods that do not ask for the file.
func otherMethod(r *compat.Request) compat.Status {
	if status := r.DiscardBody(); status != compat.OK {
		return status
	}
	r.AllowedMethods = allowed(r)
	switch {
	case r.Method == "OPTIONS" && r.AssBackwards:
		return 500 // Nobody answers that (ap_send_http_options).
	case r.Method == "OPTIONS":
		r.Out.Set("Allow", strings.Join(r.AllowedMethods, ","))
		return compat.OK
	case r.Host.Build.KnowsMethod(r.Method):
		return 405
	case strings.HasPrefix(r.Line, "\x16\x02"), strings.HasPrefix(r.Line, "\x16\x03"):
		r.Logf("core", compat.LevelError, nil, "AH00134: Invalid method in request %s - possible attempt to establish "+
			"SSL connection on non-SSL port", r.Line)
	default:
		r.Logf("core", compat.LevelError, nil, "AH00135: Invalid method in request %s", r.Line)
	}
	return 501
}

// allowed are the methods the default handler names in Allow (make_allow).
func allowed(r *compat.Request) []string {
	list := []string{"GET", "POST", "OPTIONS", "HEAD"}
	if r.Host.Trace != "off" {
		list = append(list, "TRACE")
	}
	return list
}
