package negotiation

import (
	"testing"

	"understudy/compat"
)

func TestEntry(t *testing.T) {
	tests := []struct {
		line, rest string
		want       preference
	}{
		{"text/html", "", preference{"text/html", 1, 2, ""}},
		{"TEXT/Plain;q=0.5, b", " b", preference{"text/plain", .5, 0, ""}},
		{"a b", "b", preference{"a", 1, 0, ""}},
		{"text/html;level=1 ;q=.25", "", preference{"text/html", .25, 1, ""}},
		{`a; charset="UTF-8"; Q = 0`, "", preference{"a", 0, 0, "utf-8"}},
		{`"a,b";qs=0.1234,c`, "c", preference{`"a,b"`, .123, 0, ""}},
		{`a;x;q`, "", preference{"a", 1, 0, ""}},
		{`"open`, "", preference{`"open`, 1, 0, ""}},
		{",", "", preference{"", 1, 0, ""}},
	}
	for _, tt := range tests {
		if got, rest := entry(tt.line); got != tt.want || rest != tt.rest {
			t.Errorf("%q: got %v, %q, want %v, %q", tt.line, got, rest, tt.want, tt.rest)
		}
	}
}

func TestQuality(t *testing.T) {
	for s, want := range map[string]float32{"": 1, "1": 1, "0": 0, "0.": 0, "0.5": .5, ".5": .5, "0.9999": .999,
		"0.1x": .1, "x": 1, "2": 1, "00.5": 0, " 0.25": .25, "-1": 1} {
		if got := quality(s); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}

func TestAcceptsAbsentAndEmpty(t *testing.T) {
	r := &compat.Request{}
	if accepts(r, "Accept") != nil {
		t.Error("an absent header is not nil")
	}
	r.In.Add("Accept", "")
	if list := accepts(r, "Accept"); list == nil || len(list) != 0 {
		t.Errorf("an empty header is %v", list)
	}
}

func FuzzEntry(f *testing.F) {
	f.Add(`a;q=0.5;b="c;d" , e`)
	f.Fuzz(func(t *testing.T, line string) {
		for line != "" {
			p, rest := entry(line)
			if len(rest) >= len(line) || p.quality < 0 || p.quality > 1 {
				t.Fatalf("%q: got %v, %q", line, p, rest)
			}
			line = rest
		}
	})
}
