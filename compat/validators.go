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
	r.Out.Set("Last-Modified", FormatDate(mtime))
}

// LastModified is what Last-Modified says of the response to r, else the time
// of its content, else now, in seconds.
func LastModified(r *Request) int64 {
	if v, ok := r.Out.Lookup("Last-Modified"); ok {
		if t, err := ParseDate(v); err == nil {
			return t.Unix()
		}
	}
	if !r.MTime.IsZero() {
		return r.MTime.Unix()
	}
	return r.Start.Unix()
}

// SetAcceptRanges says whether parts may be asked for (ap_set_accept_ranges).
func SetAcceptRanges(r *Request) {
	if max := r.Scope.Core.MaxRanges; max != nil && *max == 0 {
		r.Out.Set("Accept-Ranges", "none")
		return
	}
	r.Out.Set("Accept-Ranges", "bytes")
}

// ETags are the components of FileETag in force; none is as nobody said, even if
// some are taken away (core_merge_dir_configs).
func (c *Core) ETags() ETagSet {
	var set ETagSet
	if c.ETag != nil {
		set = *c.ETag
	}
	return set&^c.ETagRemove | c.ETagAdd
}

// FileETag is the entity tag of a file as FileETag asks for it
// (ap_make_etag_ex): fields in hex, weak if the file changed within the last
// second.
func FileETag(r *Request, info fs.FileInfo, path string) string {
	set := r.Scope.Core.ETags()
	if r.Notes.Has("no-etag") { // As filters have it whose output is another each time.
		return ""
	}
	if set&ETagDigest != 0 && info.Mode().IsRegular() {
		return r.digest(path)
	}
	if set&ETagNone != 0 {
		return ""
	}
	if set == 0 {
		set = ETagMTime | ETagSize
	}
	b := r.openTag(info.ModTime())
	start := len(b)
	if set&ETagINode != 0 {
		b = strconv.AppendUint(b, inode(info), 16)
	}
	if set&ETagSize != 0 {
		b = strconv.AppendUint(dash(b, start), uint64(info.Size()), 16)
	}
	if set&ETagMTime != 0 {
		b = strconv.AppendUint(dash(b, start), uint64(info.ModTime().UnixMicro()), 16)
	}
	return string(r.closeTag(b))
}

// AbsentETag is the entity tag of what is not a file and changed at a time.
func AbsentETag(r *Request, mtime time.Time) string {
	if r.Scope.Core.ETags()&ETagNone != 0 {
		return ""
	}
	return string(r.closeTag(strconv.AppendUint(r.openTag(mtime), uint64(mtime.UnixMicro()), 16)))
}

// openTag begins an entity tag: a weak one where the list of variants has a
// weak one, too.
func (r *Request) openTag(mtime time.Time) []byte {
	b := make([]byte, 0, 64)
	if r.ETagWeak || r.Start.Sub(mtime) < time.Second || strings.HasPrefix(r.VariantList, "W") {
		b = append(b, "W/"...)
	}
	return append(b, '"')
}

// closeTag ends an entity tag: with that of the list of variants, and then
// without a closing quote, for Apache loses it (etag_end).
func (r *Request) closeTag(b []byte) []byte {
	if r.VariantList == "" {
		return append(b, '"')
	}
	list := strings.TrimPrefix(strings.TrimPrefix(r.VariantList, "W/"), `"`)
	return append(append(b, ';'), strings.TrimSuffix(list, `"`)...)
}

func dash(b []byte, start int) []byte {
	if len(b) > start {
		return append(b, '-')
	}
	return b
}

func (r *Request) digest(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha1.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	b := r.openTag(time.Time{})
	return string(r.closeTag(base64.StdEncoding.AppendEncode(b, h.Sum(nil))))
}

// MeetsConditions compares the preconditions of a request with ETag and
// Last-Modified of the response (ap_meets_conditions): OK, 304 or 412. A field
// that is there and does not say "unchanged" outweighs others that do.
func MeetsConditions(r *Request) Status {
	if r.Status < 200 || r.Status > 299 || r.NoLocalCopy || r.Notes.Has("no-conditions") {
		return OK
	}
	if failed, _ := unlessMatch(r); failed {
		return 412
	}
	failed, seenUnmodified := unlessUnmodified(r)
	if failed {
		return 412
	}
	get := r.Method == "GET" || r.Method == "HEAD"
	matched, seenNone := noneMatch(r, get)
	if matched && !get {
		return 412
	}
	same, seenSince := notModifiedSince(r)
	if r.In.Has("If-Range") && r.In.Has("Range") {
		return OK // The ranges decide.
	}
	changed := seenUnmodified || seenNone && !matched || seenSince && !same
	if get && (matched || same) && !changed {
		return 304
	}
	return OK
}

// unlessMatch is If-Match: it fails if the tag is not in the list.
func unlessMatch(r *Request) (failed, seen bool) {
	list, seen := r.In.Lookup("If-Match")
	if !seen || strings.HasPrefix(list, "*") {
		return false, seen
	}
	return !etagIn(list, r.Out.Get("ETag"), true), true
}

// unlessUnmodified is If-Unmodified-Since: it fails if there was a change. To
// a request for a range, one within the last minute is not certain.
func unlessUnmodified(r *Request) (failed, seen bool) {
	since, seen := r.In.Lookup("If-Unmodified-Since")
	if !seen {
		return false, false
	}
	t, err := ParseDate(since)
	mtime := LastModified(r)
	return err == nil && mtime > t.Unix() && !(recent(r, mtime) && r.In.Has("Range")), true
}

func recent(r *Request, mtime int64) bool { return r.Start.Unix() < mtime+60 }

// noneMatch is If-None-Match. Weak tags count for GET and HEAD of the whole.
func noneMatch(r *Request, get bool) (matched, seen bool) {
	list, seen := r.In.Lookup("If-None-Match")
	if !seen {
		return false, false
	}
	if strings.HasPrefix(list, "*") {
		return true, true
	}
	return etagIn(list, r.Out.Get("ETag"), !get || r.In.Has("Range")), true
}

// notModifiedSince is If-Modified-Since. A date in the future means nothing.
func notModifiedSince(r *Request) (same, seen bool) {
	since, seen := r.In.Lookup("If-Modified-Since")
	if !seen {
		return false, false
	}
	t, err := ParseDate(since)
	mtime := LastModified(r)
	return err == nil && t.Unix() >= mtime && t.Unix() <= r.Start.Unix() &&
		!(recent(r, mtime) && r.In.Has("Range")), true
}

// etagIn finds an entity tag in a list. Strong comparison knows no weak ones;
// the list ends for it at the first (find_list_item).
func etagIn(list, etag string, strong bool) bool {
	if !strong {
		etag = strings.TrimPrefix(etag, "W/")
	}
	if !strings.HasPrefix(etag, `"`) {
		return false
	}
	for {
		list = strings.TrimLeft(list, ", \t")
		if !strong {
			list = strings.TrimPrefix(list, "W/")
		}
		if !strings.HasPrefix(list, `"`) {
			return false
		}
		end := listItem(list)
		if strings.TrimRight(list[:end], " \t") == etag {
			return true
		}
		list = list[end:]
	}
}

// listItem is where the first item of a list ends: at a comma outside of
// quotes.
func listItem(list string) int {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return i
		}
	}
	return len(list)
}

// ConditionsFail reports whether any precondition of r does not hold for stored
// fields of an answer, so that only its source can tell what is with them now
// (the ap_condition_… functions as cache_select asks them).
func ConditionsFail(r *Request, stored *Header) bool {
	probe := &Request{Method: r.Method, Start: r.Start}
	probe.In.CopyFrom(&r.In)
	probe.Out.CopyFrom(stored)
	if failed, _ := unlessMatch(probe); failed {
		return true
	}
	if failed, _ := unlessUnmodified(probe); failed {
		return true
	}
	if matched, seen := noneMatch(probe, r.Method == "GET" || r.Method == "HEAD"); seen && !matched {
		return true
	}
	if same, seen := notModifiedSince(probe); seen && !same {
		return true
	}
	value, ok := r.In.Lookup("If-Range")
	if !ok || !r.In.Has("Range") {
		return false
	}
	if strings.HasPrefix(value, `"`) {
		return value != stored.Get("ETag")
	}
	since, err := ParseDate(value)
	mtime := LastModified(probe)
	return err != nil || since.Unix() != mtime || recent(probe, mtime)
}
