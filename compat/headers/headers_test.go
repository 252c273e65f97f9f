package headers

import (
	"strings"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func TestErrors(t *testing.T) {
	for line, want := range map[string]string{
		"Header replace X y":                "first argument must be 'add', 'set', 'setifempty', 'append', 'merge', 'unset', 'echo', 'note', 'edit', or 'edit*'.",
		"Header set X":                      "Header requires three arguments",
		"Header edit X y":                   "Header edit requires a match and a substitution",
		"Header edit X ( y":                 "Header edit regex could not be compiled",
		"Header unset X y":                  "Unknown parameter: y",
		"Header unset X env=a env=b":        "header unset takes two arguments",
		"Header set X y env=":               "error: missing environment variable name. envclause should be in the form env=envar ",
		"Header set X y env=a more":         "Too many arguments to directive",
		"Header set X y env=a more too":     "Header has too many arguments",
		"Header set X %q":                   "Unrecognized header format %q",
		"RequestHeader echo ^X":             "Header echo only valid on Header directives",
		"Header always set X y expr=true":   "",
		"Header onsuccess edit* X a b":      "",
		"RequestHeader set X: \"%{A}e %%\"": "",
	} {
		b := conftest.New(t, &Module)
		got := ""
		if err := (&conftest.Place{Host: b.Main}).Obey(line); err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

func TestEdits(t *testing.T) {
	for line, want := range map[string]string{
		"Header set A 2":                        "A: 2|B: x, \"y,z\"",
		"Header add A 2":                        "A: 1|B: x, \"y,z\"|A: 2",
		"Header append A 2":                     "A: 1, 2|B: x, \"y,z\"",
		"Header merge B x":                      "A: 1|B: x, \"y,z\"",
		"Header merge B \"\\\"y,z\\\"\"":        "A: 1|B: x, \"y,z\"",
		"Header merge B y":                      "A: 1|B: x, \"y,z\", y",
		"Header setifempty A 2":                 "A: 1|B: x, \"y,z\"",
		"Header setifempty C 2":                 "A: 1|B: x, \"y,z\"|C: 2",
		"Header unset a":                        "B: x, \"y,z\"",
		"Header edit B [xyz] <$0>":              "A: 1|B: <x>, \"y,z\"",
		"Header edit* B [xyz] <$0>":             "A: 1|B: <x>, \"<y>,<z>\"",
		"Header edit* A x* -":                   "B: x, \"y,z\"|A: -1",
		"Header echo ^I":                        "A: 1|B: x, \"y,z\"|In: i",
		"Header set A %{VAR}e-%{NONE}e-%%":      "A: v-(null)-%|B: x, \"y,z\"",
		"Header set A 2 env=VAR":                "A: 2|B: x, \"y,z\"",
		"Header set A 2 env=!VAR":               "A: 1|B: x, \"y,z\"",
		"Header set A 2 \"expr=-n env('VAR')\"": "A: 2|B: x, \"y,z\"",
		"Header set A expr=%{req:In}":           "A: i|B: x, \"y,z\"",
		"Header set A 2 early":                  "A: 1|B: x, \"y,z\"",
	} {
		b := conftest.New(t, &Module)
		section := conftest.In(b.Main, "<Location", "/")
		if err := section.Obey(line); err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if err := conftest.Init(b); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(b.Main, "/")
		r.Scope = section.Section.Enter(b.Main.Scope)
		r.Env.Set("VAR", "v")
		r.In.Add("In", "i")
		r.Out.Add("A", "1")
		r.Out.Add("B", `x, "y,z"`)
		conftest.Run(r, compat.Headers)
		var got []string
		for _, f := range r.Out.Fields() {
			got = append(got, f.Name+": "+f.Value)
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%s:\n got %s\nwant %s", line, s, want)
		}
	}
}

func FuzzParseFormat(f *testing.F) {
	f.Add(`a\t%{X}e%%%`)
	f.Add("expr=%{X}")
	f.Fuzz(func(t *testing.T, s string) {
		parseFormat(&compat.Cmd{}, s)
	})
}
