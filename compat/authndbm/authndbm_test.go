package authndbm

import (
	"path/filepath"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func TestCheck(t *testing.T) {
	b := conftest.New(t, &Module)
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	at, _ := filepath.Abs("../internal/dbm/testdata")
	for _, tt := range []struct {
		lines          []string
		user, password string
		want           compat.AuthnResult
	}{
		{[]string{"AuthDBMUserFile " + at + "/db"}, "user1", "pw1", compat.AuthnGranted},
		{[]string{"AuthDBMUserFile " + at + "/db"}, "user1", "pw2", compat.AuthnDenied},
		{[]string{"AuthDBMUserFile " + at + "/db"}, "user7", "pw7", compat.AuthnNotFound},
		{[]string{"AuthDBMType SDBM", "AuthDBMUserFile " + at + "/sdbm"}, "user60", "pw60", compat.AuthnGranted},
		{[]string{"AuthDBMType gdbm", "AuthDBMUserFile " + at + "/gdbm"}, "user60", "pw60", compat.AuthnGranted},
		{[]string{"AuthDBMType SDBM", "AuthDBMUserFile " + at + "/groups"}, "amy", "secret", compat.AuthnGranted},
		{[]string{"AuthDBMType NDBM", "AuthDBMUserFile " + at + "/sdbm"}, "user60", "pw60", compat.AuthnError},
		{[]string{"AuthDBMUserFile " + at + "/none"}, "user60", "pw60", compat.AuthnError},
		{[]string{"AuthDBMType db"}, "user60", "pw60", compat.AuthnError},
	} {
		place := conftest.In(b.Main, "<Location", "/")
		if err := place.Obey(tt.lines...); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(b.Main, "/")
		r.Scope = place.Section.Enter(b.Main.Scope)
		if got := check(r, tt.user, tt.password); got != tt.want {
			t.Errorf("%v %s: got %d, want %d", tt.lines, tt.user, got, tt.want)
		}
	}
}
