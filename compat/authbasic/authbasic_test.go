package authbasic

import (
	"os"
	"path/filepath"
	"testing"

	"understudy/compat"
	"understudy/compat/authncore"
	"understudy/compat/authnfile"
	"understudy/compat/internal/conftest"
)

func TestAuthenticate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "users")
	os.WriteFile(file, []byte("amy:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"), 0o600)
	basic := []string{"AuthType Basic", `AuthName "a \"realm\""`, "AuthUserFile " + file}
	for _, tt := range []struct {
		name   string
		lines  []string
		field  string
		status compat.Status
		user   string
	}{
		{"right", basic, "Basic YW15OnNlY3JldA==", compat.OK, "amy"},
		{"any case", basic, "bAsIc   YW15OnNlY3JldA", compat.OK, "amy"},
		{"wrong", basic, "Basic YW15OnNvbWV0aGluZw==", 401, "amy"},
		{"unknown", basic, "Basic Ym9iOnNlY3JldA==", 401, "bob"},
		{"none", basic, "", 401, ""},
		{"another scheme", basic, "Digest x", 401, ""},
		{"no base64", basic, "Basic %%%", 401, ""},
		{"without realm", basic[:1], "Basic YW15OnNlY3JldA==", 500, ""},
		{"another type", []string{"AuthType Digest"}, "Basic YW15OnNlY3JldA==", compat.Declined, ""},
		{"no file", basic[:2], "Basic YW15OnNlY3JldA==", 500, "amy"},
		{"not authoritative", append([]string{"AuthBasicAuthoritative Off"}, basic...), "Basic Ym9iOnNlY3JldA==", compat.Declined, "bob"},
	} {
		b := conftest.New(t, &Module, &authncore.Module, &authnfile.Module)
		section := conftest.In(b.Main, "<Location", "/")
		if err := section.Obey(tt.lines...); err != nil {
			t.Fatal(err)
		}
		if err := conftest.Init(b); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(b.Main, "/")
		r.Scope = section.Section.Enter(b.Main.Scope)
		if tt.field != "" {
			r.In.Add("Authorization", tt.field)
		}
		c := slot.Of(r)
		if c == nil {
			c = &config{}
		}
		if status := authenticate(r, c); status != tt.status || r.User != tt.user {
			t.Errorf("%s: got %d %q, want %d %q", tt.name, status, r.User, tt.status, tt.user)
		}
		if got := r.ErrOut.Get("WWW-Authenticate"); (tt.status == 401) != (got == `Basic realm="a \"realm\""`) {
			t.Errorf("%s: challenge %q", tt.name, got)
		}
	}
}
