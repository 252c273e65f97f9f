package imagemap

import (
	"testing"

	"understudy/compat/internal/conftest"
)

func TestURL(t *testing.T) {
	b := conftest.New(t, &Module)
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		base, value, want string
		ok                bool
	}{
		{"", "map", "http://localhost/dir/a.map", true},
		{"", "", "http://localhost/", true},
		{"", "x", "x", true},
		{"http://h/a/b", "x", "http://h/a/x", true},
		{"http://h/a/b", "/x", "http://h/x", true},
		{"http://h/a/b/", "../x", "http://h/a/x", true},
		{"http://h/a/b/", "../../x", "http://h/x", true},
		{"http://h/a/b/", "..", "http://h/a", true},
		{"http://h/a/", "../../x", "", false},
		{"http://h", "../x", "", false},
		{"http://h", "x", "http://hx", true},
		{"noslash", "../x", "", false},
		{"http://h/a", "mailto:me", "mailto:me", true},
		{"http://h/a", "nocontent", "nocontent", true},
		{"http://h/a/b", "referer", "http://ref/", true},
	}
	for _, tt := range tests {
		r := conftest.Get(b.Main, "/dir/a.map")
		r.In.Add("Referer", "http://ref/")
		m := &mapping{r: r}
		if got, ok := m.url(tt.base, tt.value); got != tt.want || ok != tt.ok {
			t.Errorf("%q, %q: got %q, %v, want %q, %v", tt.base, tt.value, got, ok, tt.want, tt.ok)
		}
	}
}

func TestShapes(t *testing.T) {
	square := []vertex{{0, 0}, {10, 0}, {10, 10}, {0, 10}}
	arrow := []vertex{{0, 0}, {10, 5}, {0, 10}, {5, 5}}
	for _, tt := range []struct {
		at            vertex
		square, arrow bool
		rect, circle  bool
	}{
		{vertex{5, 5}, true, true, true, true},
		{vertex{2, 5}, true, false, true, true},
		{vertex{10, 10}, true, false, true, false},
		{vertex{11, 5}, false, false, false, false},
		{vertex{0, 0}, true, true, true, false},
	} {
		if tt.at.inPolygon(square) != tt.square || tt.at.inPolygon(arrow) != tt.arrow ||
			tt.at.inRectangle(vertex{10, 0}, vertex{0, 10}) != tt.rect ||
			tt.at.inCircle(vertex{5, 5}, vertex{5, 10}) != tt.circle {
			t.Errorf("%v", tt.at)
		}
	}
}

func TestVertices(t *testing.T) {
	tests := []struct {
		s    string
		want []vertex
		rest string
	}{
		{"0,0 10,10", []vertex{{0, 0}, {10, 10}}, ""},
		{" 1 2, 3 4 \"x\"", []vertex{{1, 2}}, ", 3 4 \"x\""},
		{"1.5,2 3,4", []vertex{{1.5, 2}}, ",2 3,4"},
		{"x", nil, "x"}, {"1", nil, "1"}, {"-1,2", nil, "2"},
	}
	for _, tt := range tests {
		got, rest := vertices(tt.s)
		if len(got) != len(tt.want) || len(got) > 0 && got[0] != tt.want[0] {
			t.Errorf("%q: got %v, %q, want %v", tt.s, got, rest, tt.want)
		}
	}
}

func TestCoordinates(t *testing.T) {
	for query, want := range map[string]vertex{"1,2": {1, 2}, "": {-1, -1}, "x5,y6": {5, 6}, "5": {5, -1}, ",7": {-1, 7},
		"1e1,2.5": {10, 2.5}, "1.,2": {1, 2}, "-3,4": {3, 4}} {
		if x, y := coordinates(query); x != want.x || y != want.y {
			t.Errorf("%q: got %v,%v, want %v", query, x, y, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("poly /x \"t\" 0,0 1,1 2,2", "5,5", true)
	f.Add("base ../..", "0,0", false)
	f.Add("default http://h/../../..", "", true)
	b := conftest.New(f, &Module)
	if err := conftest.Init(b); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line, query string, menu bool) {
		m := &mapping{r: conftest.Get(b.Main, "/a.map"), base: "http://h/a/b", style: "none"}
		if menu {
			m.style = "unknown"
		}
		m.point(query)
		m.shows = false
		m.line(1, line)
		m.line(2, line)
	})
}
