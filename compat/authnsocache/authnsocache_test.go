package authnsocache

import (
	"os"
	"path/filepath"
	"testing"

	"understudy/compat"
	"understudy/compat/authnfile"
	"understudy/compat/internal/conftest"
	"understudy/compat/socacheshmcb"
)

func TestCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "users")
	os.WriteFile(file, []byte("amy:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"), 0o600)
	b := conftest.New(t, &Module, &authnfile.Module, &socacheshmcb.Module)
	place := conftest.In(b.Main, "<Location", "/")
	if err := place.Obey("AuthnCacheProvideFor file", "AuthnCacheContext test", "AuthUserFile "+file); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	r := conftest.Get(b.Main, "/")
	r.Scope = place.Section.Enter(b.Main.Scope)
	if got := check(r, "amy", "secret"); got != compat.AuthnNotFound {
		t.Errorf("before: %d", got)
	}
	p, _ := compat.FindAuthn(b, "file")
	p.Password(r, "amy", "wrong")
	for password, want := range map[string]compat.AuthnResult{"secret": compat.AuthnGranted, "wrong": compat.AuthnDenied} {
		if got := check(r, "amy", password); got != want {
			t.Errorf("%s: got %d, want %d", password, got, want)
		}
	}
	if got := check(r, "bob", "secret"); got != compat.AuthnNotFound {
		t.Errorf("another: %d", got)
	}
}

func TestNoStore(t *testing.T) {
	b := conftest.New(t, &Module)
	if err := conftest.In(b.Main, "<Location", "/").Obey("AuthnCacheSOCache shmcb"); err == nil {
		t.Error("a provider that is not loaded is taken")
	}
}
