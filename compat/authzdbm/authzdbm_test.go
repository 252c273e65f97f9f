package authzdbm

import (
	"path/filepath"
	"reflect"
	"testing"

	"understudy/compat"

	"understudy/compat/internal/auth"
	"understudy/compat/internal/conftest"
)

func TestGroup(t *testing.T) {
	b := conftest.New(t, &Module)
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	at, _ := filepath.Abs("../internal/dbm/testdata")
	for _, tt := range []struct {
		file, require, user string
		want                auth.Result
	}{
		{"groups", "web", "amy", auth.Granted},
		{"groups", "none staff", "amy", auth.Granted},
		{"groups", "x", "amy", auth.Denied},
		{"groups", "staff", "bob", auth.Denied},
		{"groups", "staff", "", auth.DeniedNoUser},
		{"nothing", "staff", "amy", auth.Failed},
	} {
		place := conftest.In(b.Main, "<Location", "/")
		if err := place.Obey("AuthzDBMType SDBM", "AuthDBMGroupFile "+at+"/"+tt.file); err != nil {
			t.Fatal(err)
		}
		check, err := parseGroup(&compat.Cmd{}, tt.require)
		if err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(b.Main, "/")
		r.Scope = place.Section.Enter(b.Main.Scope)
		r.User, r.HasUser = tt.user, tt.user != ""
		if got := check(r); got != tt.want {
			t.Errorf("%s of %s, Require dbm-group %s: got %s, want %s", tt.user, tt.file, tt.require, got, tt.want)
		}
	}
}

func TestSplit(t *testing.T) {
	for list, want := range map[string][]string{"": nil, "a": {"a"}, "a,b": {"a", "b"}, "a,,b,": {"a", "b"}, ",a": {"", "a"}} {
		if got := split(list); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q, want %q", list, got, want)
		}
	}
}
