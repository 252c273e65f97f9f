package cachestore

import (
	"reflect"
	"testing"

	"understudy/compat"
)

func TestForm(t *testing.T) {
	var response, request compat.Header
	response.Add("ETag", `"a"`)
	request.Add("Accept", "text/html")
	h := Head{Name: "http://h:80/a?", HasBody: true, Inode: 7, Device: 9, Info: Info{Status: 200, Date: 1, Expire: 2,
		RequestTime: 3, ResponseTime: 4, Control: Control{Said: true, Public: true, HasSM: true, MaxAge: -1, MaxStale: -1,
			MinFresh: -1, SMaxAge: 60}}}
	b := h.Format(&response, &request)
	got, out, in, body, err := ParseHead(append(b, "body"...))
	if err != nil || !reflect.DeepEqual(got, h) || out.Get("ETag") != `"a"` || in.Get("Accept") != "text/html" || string(body) != "body" {
		t.Errorf("got %+v, %v, %v, %v", got, out, in, err)
	}
	for n := range b {
		if _, _, _, _, err := ParseHead(b[:n]); err == nil {
			t.Errorf("%d bytes of %d are taken for a file", n, len(b))
		}
	}
}

func FuzzHead(f *testing.F) {
	var h compat.Header
	f.Add(Head{Name: "k", Info: Info{Status: 200}}.Format(&h, &h))
	f.Add(FormatVary(1, []string{"Accept"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, response, request, _, err := ParseHead(b); err == nil {
			if _, _, _, _, err := ParseHead(h.Format(response, request)); err != nil {
				t.Errorf("%q: not read again", b)
			}
		}
		ParseVary(b)
	})
}
