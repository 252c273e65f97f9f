package vhostalias

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	const name = "www.example.com"
	for format, want := range map[string]string{
		"/%0": "/www.example.com", "/%1": "/www", "/%2": "/example", "/%-1": "/com", "/%2+": "/example.com",
		"/%-2+": "/www.example", "/%4": "/_", "/%3.1": "/c", "/%2.2+": "/xample", "/%2.-1": "/e", "/%2.-2+": "/exampl",
		"/%2.8": "/_", "/%%": "/%", "/a/%2/%3/": "/a/example/com/",
	} {
		r, err := parse(format)
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		var b strings.Builder
		for _, p := range r.parts {
			if p.take != nil {
				b.WriteString(p.take(name))
			} else {
				b.WriteString(p.text)
			}
		}
		if got := b.String(); got != want {
			t.Errorf("%s: got %s, want %s", format, got, want)
		}
	}
	for _, format := range []string{"relative", "/%x", "/%", "/%1.", "/%-"} {
		if _, err := parse(format); err == nil {
			t.Errorf("%s: no error", format)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("/%0/%-1.2+/%p", "a.b.c")
	f.Fuzz(func(t *testing.T, format, name string) {
		r, err := parse(format)
		if err != nil {
			return
		}
		for _, p := range r.parts {
			if p.take != nil {
				p.take(name)
			}
		}
	})
}
