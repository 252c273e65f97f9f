package compat

import (
	"crypto/sha1"
	"encoding/base64"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// SetLastModified makes Last-Modified of a file's time; one in the future
// counts as now (ap_set_last_modified, ap_rationalize_mtime).
func SetLastModified(r *Request, mtime time.Time) {
	if mtime.After(r.Start) {
		mtime = r.Start
	}
	r.MTime = mtime
	r.Out.Set("Last-Modified", httpDate(mtime))
}

func httpDate(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") }

// FileETag is the entity tag of a file as FileETag asks for it
// (ap_make_etag_ex): fields in hex, weak if the file changed within the last
// second.
func FileETag(r *Request, info fs.FileInfo, path string) string {
	set := r.Scope.Core.ETags()
	if set&ETagNone != 0 || set == 0 {
		return ""
	}
	if set&ETagDigest != 0 {
		return digest(path)
	}
	weak := ""
	if r.Start.Sub(info.ModTime()) < time.Second {
		weak = "W/"
	}
	b := make([]byte, 0, 48)
	b = append(append(b, weak...), '"')
	dash := false
	field := func(n uint64) {
		if dash {
			b = append(b, '-')
		}
		b, dash = strconv.AppendUint(b, n, 16), true
	}
	if set&ETagINode != 0 {
		field(inode(info))
	}
	if set&ETagSize != 0 {
		field(uint64(info.Size()))
	}
	if set&ETagMTime != 0 {
		field(uint64(info.ModTime().UnixMicro()))
	}
	return string(append(b, '"'))
}

// ETags are the components of FileETag in force.
func (c *Core) ETags() ETagSet {
	set := ETagMTime | ETagSize
	if c.ETag != nil {
		set = *c.ETag
	}
	return set&^c.ETagRemove | c.ETagAdd
}

func digest(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha1.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return `"` + base64.StdEncoding.EncodeToString(h.Sum(nil)) + `"`
}

// MeetsConditions compares the preconditions of a request with ETag and
// Last-Modified of the response (ap_meets_conditions): OK, 304 or 412.
func MeetsConditions(r *Request) Status {
	if r.Status < 200 || r.Status > 299 && r.Status != 304 || r.Notes.Has("no-conditions") {
		return OK
	}
	etag := r.Out.Get("ETag")
	mtime := r.MTime
	if mtime.IsZero() {
		if t, err := ParseDate(r.Out.Get("Last-Modified")); err == nil {
			mtime = t
		}
	}
	if match, ok := r.In.Lookup("If-Match"); ok {
		if strings.TrimSpace(match) == "*" {
			if etag == "" && mtime.IsZero() {
				return 412
			}
		} else if etag == "" || !etagIn(match, etag, true) {
			return 412
		}
	}
	if since, ok := r.In.Lookup("If-Unmodified-Since"); ok {
		if t, err := ParseDate(since); err == nil && !mtime.IsZero() && mtime.Truncate(time.Second).After(t) {
			return 412
		}
	}
	get := r.Method == "GET" || r.Method == "HEAD"
	if none, ok := r.In.Lookup("If-None-Match"); ok {
		if strings.TrimSpace(none) == "*" && (etag != "" || !mtime.IsZero()) || etag != "" && etagIn(none, etag, r.In.Has("Range") && get) {
			if get {
				return 304
			}
			return 412
		}
		return OK
	}
	if since, ok := r.In.Lookup("If-Modified-Since"); ok && get && !mtime.IsZero() {
		t, err := ParseDate(since)
		if err == nil && !mtime.Truncate(time.Second).After(t) && !t.After(r.Start) {
			return 304
		}
	}
	return OK
}

// etagIn finds an entity tag in a list; strong comparison refuses weak ones.
func etagIn(list, etag string, strong bool) bool {
	weak := strings.HasPrefix(etag, "W/")
	if strong && weak {
		return false
	}
	want := strings.TrimPrefix(etag, "W/")
	for list != "" {
		list = strings.TrimLeft(list, " \t,")
		rest, isWeak := strings.CutPrefix(list, "W/")
		if !strings.HasPrefix(rest, `"`) {
			var word string
			word, list, _ = strings.Cut(list, ",")
			if strings.TrimSpace(word) == etag {
				return true
			}
			continue
		}
		end := strings.IndexByte(rest[1:], '"')
		if end < 0 {
			return false
		}
		tag := rest[:end+2]
		list = rest[end+2:]
		if tag == want && !(strong && isWeak) {
			return true
		}
	}
	return false
}
