package compat

import (
	"os"
	"testing"
	"time"
)

const (
	tag      = `"24-60a24181e4000"`
	modified = "Tue, 14 Nov 2023 22:13:20 GMT"
	before   = "Mon, 13 Nov 2023 00:00:00 GMT"
	after    = "Wed, 15 Nov 2023 00:00:00 GMT"
	future   = "Sun, 01 Jan 2090 00:00:00 GMT"
)

func TestMeetsConditions(t *testing.T) {
	tests := []struct {
		method string
		fields []Field
		want   Status
	}{
		{"GET", nil, OK},
		{"GET", []Field{{"If-Match", tag}}, OK},
		{"GET", []Field{{"If-Match", `"x", ` + tag}}, OK},
		{"GET", []Field{{"If-Match", `"x"`}}, 412},
		{"GET", []Field{{"If-Match", "W/" + tag}}, 412},
		{"GET", []Field{{"If-Match", "*"}}, OK},
		{"GET", []Field{{"If-Match", tag}, {"If-Unmodified-Since", before}}, 412},
		{"GET", []Field{{"If-Unmodified-Since", modified}}, OK},
		{"GET", []Field{{"If-Unmodified-Since", before}}, 412},
		{"GET", []Field{{"If-Unmodified-Since", "rubbish"}}, OK},
		{"GET", []Field{{"If-None-Match", tag}}, 304},
		{"HEAD", []Field{{"If-None-Match", tag}}, 304},
		{"POST", []Field{{"If-None-Match", tag}}, 412},
		{"POST", []Field{{"If-None-Match", "W/" + tag}}, OK},
		{"GET", []Field{{"If-None-Match", "W/" + tag}}, 304},
		{"GET", []Field{{"If-None-Match", "W/" + tag}, {"Range", "bytes=0-1"}}, OK},
		{"GET", []Field{{"If-None-Match", "*"}}, 304},
		{"POST", []Field{{"If-None-Match", "*"}}, 412},
		{"GET", []Field{{"If-None-Match", `"x"`}}, OK},
		{"GET", []Field{{"If-None-Match", `"x", W/"y" , ` + tag}}, 304},
		{"GET", []Field{{"If-None-Match", `"a,b", ` + tag}}, 304},
		{"GET", []Field{{"If-None-Match", `"a\",b" ` + tag}}, OK},
		{"GET", []Field{{"If-None-Match", `x, ` + tag}}, OK},
		{"GET", []Field{{"If-Modified-Since", modified}}, 304},
		{"GET", []Field{{"If-Modified-Since", after}}, 304},
		{"GET", []Field{{"If-Modified-Since", before}}, OK},
		{"GET", []Field{{"If-Modified-Since", future}}, OK},
		{"GET", []Field{{"If-Modified-Since", "rubbish"}}, OK},
		{"POST", []Field{{"If-Modified-Since", modified}}, OK},
		{"GET", []Field{{"If-None-Match", tag}, {"If-Modified-Since", modified}}, 304},
		{"GET", []Field{{"If-None-Match", tag}, {"If-Modified-Since", before}}, OK},
		{"GET", []Field{{"If-None-Match", `"x"`}, {"If-Modified-Since", modified}}, OK},
		{"GET", []Field{{"If-None-Match", tag}, {"If-Unmodified-Since", after}}, OK},
		{"GET", []Field{{"If-None-Match", tag}, {"If-Range", tag}, {"Range", "bytes=0-1"}}, OK},
	}
	for _, tt := range tests {
		r := &Request{Method: tt.method, Status: 200, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		r.Out.Set("ETag", tag)
		r.Out.Set("Last-Modified", modified)
		for _, f := range tt.fields {
			r.In.Add(f.Name, f.Value)
		}
		if got := MeetsConditions(r); got != tt.want {
			t.Errorf("%s %q: got %d, want %d", tt.method, tt.fields, got, tt.want)
		}
		r.Status = 404
		if got := MeetsConditions(r); got != OK {
			t.Errorf("a page for 404 has conditions: %d", got)
		}
	}
}

func TestParseDate(t *testing.T) {
	want := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, s := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		"Sun, 6 Nov 1994 08:49:37 GMT", " Xyz, 06 Nov 1994 08:49:37 ", "Sun Nov 06 08:49:37 1994"} {
		if got, err := ParseDate(s); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v", s, got, err)
		}
	}
	if got, err := ParseDate("Friday, 01-Jan-38 00:00:00 GMT"); err != nil || got.Year() != 2038 {
		t.Errorf("two digits: got %v, %v", got, err)
	}
	if got, err := ParseDate("Thu, 29 Feb 2024 23:59:60 GMT"); err != nil || got.Unix() != 1709251200 {
		t.Errorf("leap second: got %v, %v", got, err)
	}
	for _, s := range []string{"", " ", "Sun,", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 94 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 29 Feb 2023 00:00:00 GMT", "Sun, 06 Anu 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "0", "784111777"} {
		if got, err := ParseDate(s); err == nil {
			t.Errorf("%q: got %v", s, got)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("Sun, 06 Nov 1994 08:49:37 GMT")
	f.Add("Sunday, 06-Nov-94 08:49:37 GMT")
	f.Add("Sun Nov  6 08:49:37 1994")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil || d.Year() < 1000 {
			return
		}
		if again, err := ParseDate(FormatDate(d)); err != nil || !again.Equal(d) {
			t.Errorf("%q is %v, which is %v, %v", s, d, again, err)
		}
	})
}

func TestFileETag(t *testing.T) {
	path := t.TempDir() + "/f"
	if err := os.WriteFile(path, []byte("0123456789abcdefghijklmnopqrstuvwxyz"), 0o600); err != nil {
		t.Fatal(err)
	}
	mtime := time.Unix(1700000000, 0)
	if err := os.Chtimes(path, mtime, mtime); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	set := func(s ETagSet) *ETagSet { return &s }
	tests := []struct {
		core  Core
		start time.Time
		want  string
	}{
		{Core{}, mtime.Add(time.Hour), `"24-60a24181e4000"`},
		{Core{}, mtime.Add(time.Second), `"24-60a24181e4000"`},
		{Core{}, mtime.Add(999 * time.Millisecond), `W/"24-60a24181e4000"`},
		{Core{ETag: set(ETagSize)}, mtime.Add(time.Hour), `"24"`},
		{Core{ETag: set(ETagMTime)}, mtime.Add(time.Hour), `"60a24181e4000"`},
		{Core{ETagRemove: ETagSize}, mtime.Add(time.Hour), `"24-60a24181e4000"`}, // Nothing is there to take it from.
		{Core{ETag: set(ETagNone)}, mtime.Add(time.Hour), ""},
		{Core{ETag: set(ETagDigest)}, mtime.Add(time.Hour), `"omcEwE/F8Q21qrWEaANVMcxUJIU="`},
	}
	for _, tt := range tests {
		r := &Request{Start: tt.start, Scope: &Scope{Core: &tt.core}}
		if got := FileETag(r, info, path); got != tt.want {
			t.Errorf("%+v: got %s, want %s", tt.core, got, tt.want)
		}
	}
}

func TestLastModifiedIsNotInTheFuture(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := &Request{Start: now}
	SetLastModified(r, now.Add(time.Hour))
	if got, want := r.Out.Get("Last-Modified"), "Fri, 02 Jan 2026 03:04:05 GMT"; got != want || LastModified(r) != now.Unix() {
		t.Errorf("got %s, %d", got, LastModified(r))
	}
}
