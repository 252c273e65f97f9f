package upstream

import "testing"

func TestNewWorker(t *testing.T) {
	for _, c := range []struct{ url, name, problem string }{
		{"HTTP://Host:80/x", "http://host/x", ""},
		{"unix:/s|http://other/x", "http://other/x", ""},
		{"unix:/s|http:", "http://localhost", ""},
		{"unix:/s|fcgi:", "fcgi://localhost", ""},
		{"http:", "", "URL must be absolute!: http:"},
		{"/x", "", "URL must be absolute!: /x"},
		{"unix:/s|/x", "", "URL must be absolute!: unix:/s|/x"},
	} {
		w, err := NewWorker(c.url, false, func(p string) string { return p })
		switch {
		case err != nil:
			if err.Error() != c.problem {
				t.Errorf("%s: got %v, want %s", c.url, err, c.problem)
			}
		case w.Name != c.name || c.problem != "":
			t.Errorf("%s: got %s, want %s%s", c.url, w.Name, c.name, c.problem)
		}
	}
}
