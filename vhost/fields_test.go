package vhost

import (
	"testing"

	"understudy/compat"
)

func TestContentType(t *testing.T) {
	utf8 := "utf-8"
	tests := []struct{ kind, charset, standard, want string }{
		{"", "", "utf-8", ""},
		{"text/html", "", "", "text/html"},
		{"text/html", "", "utf-8", "text/html; charset=utf-8"},
		{"text/PLAIN", "", "utf-8", "text/PLAIN; charset=utf-8"},
		{"text/css", "", "utf-8", "text/css"},
		{"text/css", "koi8-r", "utf-8", "text/css; charset=koi8-r"},
		{"text/html; Charset=x", "koi8-r", "utf-8", "text/html; Charset=x"},
		{"text/html; level=1", "", "utf-8", "text/html; level=1; charset=utf-8"},
	}
	for _, tt := range tests {
		r := &compat.Request{ContentType: tt.kind, Charset: tt.charset, Scope: &compat.Scope{Core: &compat.Core{}}}
		if tt.standard != "" {
			r.Scope.Core.DefaultCharset = &utf8
		}
		if got := contentType(r); got != tt.want {
			t.Errorf("%+v: got %q", tt, got)
		}
	}
}

func TestUniteVary(t *testing.T) {
	tests := []struct {
		errs, outs []string
		want       []string
	}{
		{nil, nil, nil},
		{nil, []string{"Host"}, []string{"Host"}},
		{nil, []string{"X-A, Host"}, []string{"X-A,Host"}},
		{nil, []string{"a", "b", "A"}, []string{"a,b"}},
		{[]string{"a"}, []string{"b a", "c,,"}, []string{"a,b,c"}},
	}
	for _, tt := range tests {
		r := &compat.Request{}
		for _, v := range tt.errs {
			r.ErrOut.Add("Vary", v)
		}
		for _, v := range tt.outs {
			r.Out.Add("Vary", v)
		}
		uniteVary(r)
		got := append(r.ErrOut.Values("Vary"), r.Out.Values("Vary")...)
		if len(got) != len(tt.want) || len(got) > 0 && got[0] != tt.want[0] {
			t.Errorf("%q %q: got %q, want %q", tt.errs, tt.outs, got, tt.want)
		}
	}
}

func TestLanguages(t *testing.T) {
	r := &compat.Request{Languages: []string{"en"}}
	if got := languages(r); got != "en" {
		t.Errorf("got %q", got)
	}
	r.Out.Set("Content-Language", "EN, de")
	if got := languages(r); got != "en,de" {
		t.Errorf("got %q", got)
	}
}

func TestUnfold(t *testing.T) {
	for v, want := range map[string]string{"a\r\n b": "a b", "a\r\n\t  b\r\n c": "a b c", "a\r\nb": "", "a\nb": "", "a\r\n": "", "a\x00": ""} {
		got, ok := unfold(v)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: got %q, %v", v, got, ok)
		}
	}
}
