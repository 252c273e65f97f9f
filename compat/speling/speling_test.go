package speling

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		asked, there string
		want         int
	}{
		{"Index.html", "index.html", miscapitalized},
		{"idnex.html", "index.html", transposition},
		{"idex.html", "index.html", missingChar},
		{"inddex.html", "index.html", extraChar},
		{"inxex.html", "index.html", simpleTypo},
		{"inxex.htm", "index.html", veryDifferent},
		{"a", ".", simpleTypo},
		{"", "a", missingChar},
		{"ab", "ba", transposition},
	} {
		if got := distance(c.asked, c.there); got != c.want {
			t.Errorf("%s for %s: got %s, want %s", c.asked, c.there, reasons[got], reasons[c.want])
		}
	}
}
