package directory

import (
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

func TestFilter(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"(&(objectclass=*)(uid=alice))", "(&(objectclass=*)(uid=alice))"},
		{"uid=alice", "(uid=alice)"},
		{" ( & (a=1) (b=2) ) ", "(&(a=1)(b=2))"},
		{`(uid=a\*b\(\)\\c)`, `(uid=a\2ab\28\29\5cc)`},
		{`(uid=a\2ab)`, `(uid=a\2ab)`},
		{"(uid=é x)", `(uid=\c3\a9\20x)`},
		{"(uid=\xff)", `(uid=\ff)`},
		{"(uid=)", "(uid=)"},
		{"(cn:dn:2.4.6:=x)", "(cn:dn:2.4.6:=x)"},
		{"(a>=1)", "(a>=1)"},
		{"(!(a=1))", "(!(a=1))"},
		{"", ""}, {"(", ""}, {"()", ""}, {"(a)", ""}, {"((a=1))", ""}, {"(a=1", ""}, {"(a=1))", ""}, {"(a=(b)", ""}, {"(!(a=1)(b=1))", ""},
		{`(a=\x)`, ""}, {`(a=\`, ""}, {"(*=1)", ""},
	} {
		got, ok := filter(tt.text)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q: got %q %v, want %q", tt.text, got, ok, tt.want)
		}
	}
}

// What a user is called never ends up outside of the value, and what comes out
// can be sent.
func FuzzFilter(f *testing.F) {
	f.Add("alice)(uid=*", "(cn=*)")
	f.Add(`\2a*()\`, "none")
	f.Fuzz(func(t *testing.T, name, around string) {
		if text, ok := filter(around); ok {
			if _, err := ldap.CompileFilter(text); err != nil && !strings.Contains(err.Error(), "attribute") {
				t.Errorf("%q became %q: %v", around, text, err)
			}
		}
		if strings.ContainsRune(name, 0) {
			return
		}
		escaped := strings.NewReplacer(`\`, `\\`, "*", `\*`, "(", `\(`, ")", `\)`).Replace(name)
		text, ok := filter("(&(objectclass=*)(uid=" + escaped + "))")
		if !ok {
			t.Fatalf("%q is no filter", name)
		}
		p, err := ldap.CompileFilter(text)
		if err != nil || len(p.Children) != 2 || p.Children[1].Tag != ldap.FilterEqualityMatch ||
			p.Children[1].Children[1].Data.String() != name {
			t.Errorf("%q became %q: %v", name, text, err)
		}
	})
}
