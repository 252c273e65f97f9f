package cache

import (
	"testing"
	"time"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
)

func TestCovers(t *testing.T) {
	for _, tt := range []struct {
		prefix, url string
		want        bool
	}{
		{"/a", "/ab", true},
		{"/", "/x", true},
		{"/a", "/b", false},
		{"/", "http://h/", false},
		{"http://", "http://h/x", true},
		{"http://h/a", "http://H/ab", true},
		{"http://h:81/", "http://h/", false},
		{"http://.example.com/", "http://www.example.com/", true},
		{"http://*example.com/", "http://example.com:80/", true},
		{"http://h/", "http://evil/", false},
		{"https://h/", "http://h/", false},
	} {
		if got := newPrefix(tt.prefix).covers(newPrefix(tt.url)); got != tt.want {
			t.Errorf("%s of %s: got %v", tt.url, tt.prefix, got)
		}
	}
}

func TestSessions(t *testing.T) {
	c := &serverConfig{ignoreSessions: []string{"sid"}}
	for _, tt := range []struct{ path, query, wantPath, wantQuery string }{
		{"/a;sid=1", "", "/a", ""},
		{"/a;sid=1/b", "", "/a;sid=1/b", ""},
		{"/a", "sid=1", "/a", ""},
		{"/a", "x=1&sid=2", "/a", "x=1"},
		{"/a", "sid=2&x=1", "/a", "x=1"},
		{"/a", "x=1&sid=2&y=3", "/a", "x=1&y=3"},
		{"/a", "xsid=2", "/a", "xsid=2"},
	} {
		if path, query := c.withoutSession(tt.path, tt.query); path != tt.wantPath || query != tt.wantQuery {
			t.Errorf("%s?%s: got %s?%s", tt.path, tt.query, path, query)
		}
	}
}

// answer is a request with an answer that could be kept.
func answerTo(set func(*compat.Request)) *compat.Request {
	r := &compat.Request{Status: 200, Start: time.Now(), Scope: &compat.Scope{Vector: compat.NewVector()}}
	r.Out.Add("Cache-Control", "max-age=60")
	set(r)
	return r
}

func TestRefusals(t *testing.T) {
	quick, later := &serverConfig{}, &serverConfig{quick: new(bool)}
	for _, tt := range []struct {
		name string
		host *serverConfig
		set  func(*compat.Request)
		kept bool
	}{
		{"plain", quick, func(*compat.Request) {}, true},
		{"private", quick, func(r *compat.Request) { r.Out.Set("Cache-Control", "max-age=60, private") }, false},
		{"private of errors", quick, func(r *compat.Request) { r.ErrOut.Set("Cache-Control", "private") }, false},
		{"no-store", quick, func(r *compat.Request) { r.Out.Add("Cache-Control", "no-store") }, false},
		{"Authorization", quick, func(r *compat.Request) { r.In.Set("Authorization", "x") }, false},
		{"Authorization, public", quick, func(r *compat.Request) {
			r.In.Set("Authorization", "x")
			r.Out.Set("Cache-Control", "max-age=60, public")
		}, true},
		{"a user by other means", quick, func(r *compat.Request) { r.User, r.HasUser = "u", true }, false},
		{"a user, each request is checked", later, func(r *compat.Request) { r.User, r.HasUser = "u", true }, true},
		{"varies by all", quick, func(r *compat.Request) { r.Out.Set("Vary", "Accept, *") }, false},
		{"no-cache", quick, func(r *compat.Request) { r.NoCache = true }, false},
		{"environment", quick, func(r *compat.Request) { r.Env.Set("no-cache", "1") }, false},
		{"not modified", quick, func(r *compat.Request) { r.Status = 304 }, false},
		{"404", quick, func(r *compat.Request) { r.Status = 404; r.Out.Del("Cache-Control") }, false},
		{"expired", quick, func(r *compat.Request) {
			r.Out.Set("Cache-Control", "public")
			r.Out.Set("Expires", "Tue, 14 Nov 2023 22:13:20 GMT")
		}, false},
	} {
		s := &state{host: tt.host, place: noPlace}
		if a := s.inspect(answerTo(tt.set)); (a.reason == "") != tt.kept {
			t.Errorf("%s: got %q", tt.name, a.reason)
		}
	}
}

func TestNamedFieldsAreNotKept(t *testing.T) {
	s := &state{host: &serverConfig{ignoreHeaders: []string{"X-Ignored"}}, place: noPlace}
	r := answerTo(func(r *compat.Request) {
		r.Out.Set("Cache-Control", `max-age=60, private="Set-Cookie, X-Own"`)
		for _, name := range []string{"Set-Cookie", "X-Own", "X-Ignored", "Connection", "Keep-Alive", "X-Kept"} {
			r.Out.Set(name, "x")
		}
	})
	h := s.response(r)
	for _, f := range h.Fields() {
		if f.Name != "Cache-Control" && f.Name != "X-Kept" {
			t.Errorf("%s is kept", f.Name)
		}
	}
}

func TestVariant(t *testing.T) {
	var response, request compat.Header
	response.Add("Vary", "Accept-Language, Cookie")
	request.Add("Accept-Language", "de")
	r := answerTo(func(r *compat.Request) { r.In.Set("Accept-Language", "de") })
	if !sameVariant(r, &response, &request) {
		t.Error("the same request has another answer")
	}
	r.In.Set("Cookie", "a=b")
	if sameVariant(r, &response, &request) {
		t.Error("one with a cookie has the answer to one without")
	}
}

func TestCurrentAge(t *testing.T) {
	const s = cachestore.Second
	info := &cachestore.Info{Date: 100 * s, RequestTime: 99 * s, ResponseTime: 101 * s}
	for said, want := range map[string]int64{"": 1 + 2 + 9, "50": 50 + 2 + 9, "x": 12, "99999999999999999999": 12} {
		if got := currentAge(info, said, 110*s); got != want {
			t.Errorf("%q: got %d, want %d", said, got, want)
		}
	}
	if currentAge(info, "9000000000000000000", 110*s) < 0 {
		t.Error("an age below 0")
	}
}
