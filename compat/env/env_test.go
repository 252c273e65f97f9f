package env

import (
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func TestEnvironment(t *testing.T) {
	t.Setenv("FROM_OUTSIDE", "outside")
	b := conftest.New(t, &Module)
	main := &conftest.Place{Host: b.Main}
	if err := main.Obey("SetEnv A 1", "SetEnv B", "PassEnv FROM_OUTSIDE NOT_THERE", "SetEnv GONE x",
		"UnsetEnv GONE", "SetEnv a=b c", "SetEnv KEPT k"); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	section := conftest.In(b.Main, "<Location", "/")
	if err := section.Obey("UnsetEnv A a=b", "SetEnv KEPT over", "SetEnv NEW n"); err != nil {
		t.Fatal(err)
	}
	r := conftest.Get(b.Main, "/")
	r.Scope = section.Section.Enter(b.Main.Scope)
	r.Env.Set("KEPT", "by SetEnvIf")
	if s := conftest.Run(r, compat.Fixups); s != compat.OK {
		t.Fatalf("got %d", s)
	}
	want := []compat.Field{{Name: "KEPT", Value: "over"}, {Name: "B"},
		{Name: "FROM_OUTSIDE", Value: "outside"}, {Name: "NEW", Value: "n"}}
	if got := r.Env.All(); len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i, v := range r.Env.All() {
		if v != want[i] {
			t.Errorf("got %v, want %v", v, want[i])
		}
	}
	warnings := "[env:warn] AH01506: PassEnv variable NOT_THERE was undefined\n" +
		"[env:warn] AH10032: Spurious usage of '=' in an environment variable name. 'SetEnv a b' expected instead?\n"
	if got := conftest.Warnings(b); got != warnings {
		t.Errorf("got %s, want %s", got, warnings)
	}
}
