package expires

import (
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		code     string
		modified bool
		after    time.Duration
		why      string
	}{
		{"A3600", false, time.Hour, ""},
		{"M60", true, time.Minute, ""},
		{"access plus 1 month", false, 720 * time.Hour, ""},
		{"now 1 day 2 hours 3 minutes", false, 26*time.Hour + 3*time.Minute, ""},
		{"modification plus 2 weeks", true, 336 * time.Hour, ""},
		{"access", false, 0, ""},
		{"later 1 day", false, 0, "bad expires code, unrecognised <base> 'later'"},
		{"access plus foo", false, 0, "bad expires code, numeric value expected <num> 'foo'"},
		{"access 1", false, 0, "bad expires code, missing <type>"},
		{"access 1 m", false, 0, "bad expires code, unrecognised <type>'m'"},
	} {
		e, why := parse(tt.code)
		if why != tt.why {
			t.Errorf("%s: got %q, want %q", tt.code, why, tt.why)
		} else if why == "" && (e.modified != tt.modified || e.after != tt.after) {
			t.Errorf("%s: got %+v", tt.code, e)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("access plus 1 month 2 days")
	f.Fuzz(func(t *testing.T, s string) {
		if e, why := parse(s); (e == nil) != (why != "") {
			t.Errorf("%q: %v and %q", s, e, why)
		}
	})
}

func TestOf(t *testing.T) {
	html, text, other := &expiry{after: 1}, &expiry{after: 2}, &expiry{after: 3}
	c := config{byType: map[string]*expiry{"text/html": html, "text/*": text}, otherwise: other, wildcards: true}
	for name, want := range map[string]*expiry{"text/html; charset=x": html, "Text/CSS": text, "image/png": other, "": other} {
		if got := c.of(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}
