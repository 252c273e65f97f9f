package vhost

import (
	"slices"
	"strings"
	"testing"

	"understudy/compat"
)

func TestChooseRanges(t *testing.T) {
	limit := func(n int) *int { return &n }
	tests := []struct {
		value string
		core  compat.Core
		want  []span
		wrong bool // not satisfiable
	}{
		{value: "bytes=0-4", want: []span{{0, 5}}},
		{value: "BYTES=0-4", want: []span{{0, 5}}},
		{value: "bytes=5-", want: []span{{5, 36}}},
		{value: "bytes=-5", want: []span{{31, 36}}},
		{value: "bytes=-500", want: []span{{0, 36}}},
		{value: "bytes=30-500", want: []span{{30, 36}}},
		{value: "bytes=0-", want: []span{{0, 36}}},
		{value: "bytes=9-10,0-,3-4", want: []span{{0, 36}}},
		{value: "bytes=36-", wrong: true},
		{value: "bytes=100-200,300-", wrong: true},
		{value: "bytes=100-200,0-1", want: []span{{0, 2}}},
		{value: "bytes=0-4,3-6", want: []span{{0, 7}}},
		{value: "bytes=0-4,5-6", want: []span{{0, 7}}},
		{value: "bytes=5-6,0-4", want: []span{{0, 7}}},
		{value: "bytes=0-4,10-14", want: []span{{0, 5}, {10, 15}}},
		{value: "bytes=10-14,0-4", want: []span{{10, 15}, {0, 5}}},
		{value: "bytes=0-4,", want: []span{{0, 5}}},
		{value: "bytes=0-1,,5-6", want: []span{{0, 2}, {5, 7}}},
		{value: "bytes=,5-6"},
		{value: "bytes=0-1, ,5-6"},
		{value: "bytes=0-20,30-35,0-20"}, // More than the whole.
		{value: "bytes=-0"}, {value: "bytes=4-0"}, {value: "bytes=-"}, {value: "bytes="}, {value: "bytes=a-b"},
		{value: "bytes=0-4, 6-8"}, {value: "bytes= 0-4"}, {value: "bytes=0-4;x"}, {value: "bytes"}, {value: "items=0-4"},
		{value: "bytes=0--4"}, {value: "bytes=+0-4"}, {value: "bytes=0-99999999999999999999"},
		{value: "bytes=99999999999999999999-"},
		{value: "bytes=0-1,4-5", core: compat.Core{MaxRanges: limit(1)}},
		{value: "bytes=0-1,4-5", core: compat.Core{MaxRanges: limit(-1)}, want: []span{{0, 2}, {4, 6}}},
		{value: "bytes=0-1", core: compat.Core{MaxRanges: limit(0)}},
		{value: "bytes=0-4,3-6,5-8", core: compat.Core{MaxRangeOverlaps: limit(1)}},
		{value: "bytes=0-4,3-6", core: compat.Core{MaxRangeOverlaps: limit(1)}, want: []span{{0, 7}}},
		{value: "bytes=5-6,4-4", core: compat.Core{MaxRangeReversals: limit(0)}},
	}
	for _, tt := range tests {
		got, ok := chooseRanges(tt.value, 36, &tt.core)
		if !slices.Equal(got, tt.want) || ok == tt.wrong {
			t.Errorf("%s: got %v, %v", tt.value, got, ok)
		}
	}
}

func TestManyRanges(t *testing.T) {
	value := "bytes=" + strings.Repeat("0-0,2-2,", 100)
	if got, ok := chooseRanges(value+"4-4", 1000, &compat.Core{}); got != nil || !ok {
		t.Errorf("201 ranges: got %d", len(got))
	}
	if got, _ := chooseRanges(strings.TrimSuffix(value, ","), 1000, &compat.Core{}); len(got) != 200 {
		t.Errorf("200 ranges: got %d", len(got))
	}
}

func FuzzChooseRanges(f *testing.F) {
	f.Add("bytes=0-4,-5,9-", int64(36))
	f.Fuzz(func(t *testing.T, value string, length int64) {
		if length < 1 {
			return
		}
		spans, _ := chooseRanges(value, length, &compat.Core{})
		var sum int64
		for _, s := range spans {
			if s.from < 0 || s.from >= s.end || s.end > length {
				t.Errorf("%s of %d: %v", value, length, s)
			}
			sum += s.size()
		}
		if sum > length {
			t.Errorf("%s of %d: %d bytes", value, length, sum)
		}
	})
}

func TestSplitTarget(t *testing.T) {
	tests := []struct {
		method, target string
		want           target
		host           string
	}{
		{"GET", "/a?b", target{rest: "/a?b"}, ""},
		{"GET", "//a/b", target{rest: "/a/b"}, ""},
		{"GET", "?q", target{rest: "/?q"}, ""},
		{"OPTIONS", "*", target{rest: "*"}, ""},
		{"OPTIONS", "http://a", target{"http", "a", true, "*"}, "a"},
		{"GET", "http://a", target{"http", "a", true, "/"}, "a"},
		{"GET", "http://a?q", target{"http", "a", true, "/?q"}, "a"},
		{"GET", "http://a:80/b:c", target{"http", "a:80", true, "/b:c"}, "a"},
		{"GET", "http://u:p@a:99999/", target{"http", "u:p@a:99999", true, "/"}, "a"},
		{"GET", "http://[::1]:80/", target{"http", "[::1]:80", true, "/"}, "[::1]"},
		{"GET", "http://[::1]/", target{"http", "[::1]", true, "/"}, "[::1]"},
		{"GET", "http:///a", target{"http", "", true, "/a"}, ""},
		{"GET", "http:/a", target{"http", "", false, "/a"}, ""},
		{"CONNECT", "a:443", target{"", "a:443", true, "a:443"}, "a"},
	}
	for _, tt := range tests {
		if got := splitTarget(tt.method, tt.target); got != tt.want || got.host() != tt.host {
			t.Errorf("%s %s: got %+v, %q", tt.method, tt.target, got, got.host())
		}
	}
	if splitTarget("GET", "ftp://a/").answered() || !splitTarget("GET", "HTTPS://a/").answered() {
		t.Error("answered")
	}
}
