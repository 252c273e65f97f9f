package unixd

import (
	"testing"

	"understudy/compat/internal/conftest"
)

func TestDirectives(t *testing.T) {
	tests := []struct{ line, want string }{
		{"User no-such-user-x", "AH00543: apache2: bad user name no-such-user-x"},
		{"User #0", rootRefused},
		{"User #33", ""},
		{"Group no-such-group-x", "AH00544: apache2: bad group name no-such-group-x"},
		{"Group #33", ""},
		{"ChrootDir /no/such", "ChrootDir must be a valid directory"},
		{"ChrootDir /", "ChrootDir is not supported by Understudy: not starting outside of it"},
		{"Suexec On", "suEXEC isn't supported: Missing suexec binary /usr/lib/apache2/suexec"},
		{"Suexec Off", ""},
	}
	for _, tt := range tests {
		b := conftest.New(t, &Module)
		got := ""
		if err := (&conftest.Place{Host: b.Main}).Obey(tt.line); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.line, got, tt.want)
		}
	}
}
