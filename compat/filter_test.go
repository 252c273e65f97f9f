package compat_test

import (
	"io"
	"strings"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

// marks is a filter that writes its name around what goes through it.
func marks(name string, t compat.FilterType) *compat.OutputFilter {
	return &compat.OutputFilter{Name: name, Type: t, Wrap: func(_ *compat.Request, next compat.BodyWriter) compat.BodyWriter {
		return marked{next, name}
	}}
}

type marked struct {
	compat.BodyWriter
	name string
}

func (m marked) Write(p []byte) (int, error) {
	return m.BodyWriter.Write([]byte(m.name + "(" + string(p) + ")"))
}

type sink struct {
	compat.BodyWriter
	strings.Builder
}

func (s *sink) Write(p []byte) (int, error) { return s.Builder.Write(p) }

func TestFilterOrder(t *testing.T) {
	b := conftest.New(t)
	for _, f := range []*compat.OutputFilter{marks("Pack", compat.FilterContent), marks("first", compat.FilterResource),
		marks("Second", compat.FilterResource), marks("rate", compat.FilterProtocol+3)} {
		b.AddOutputFilter(f)
	}
	for _, in := range []string{"input", "again"} {
		b.AddInputFilter(&compat.InputFilter{Name: in, Type: compat.FilterResource, Wrap: func(_ *compat.Request, next io.Reader) io.Reader {
			return io.MultiReader(strings.NewReader(in+" "), next)
		}})
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		names string
		least compat.FilterType
		want  string
	}{
		{"", 0, "x"},
		{"PACK first second", 0, "Pack(Second(first(x)))"},
		{"second RATE pack First", 0, "rate(Pack(first(Second(x))))"},
		{"second RATE pack none", compat.FilterProtocol, "rate(x)"},
		{"none first", 0, "first(x)"},
	} {
		r := conftest.Get(b.Main, "/")
		r.OutputFilters = strings.Fields(c.names)
		var s sink
		io.WriteString(r.FilterOutput(&s, c.least), "x")
		if s.String() != c.want {
			t.Errorf("%s: got %s, want %s", c.names, s.String(), c.want)
		}
		if log := strings.Join(r.Engine.(*conftest.Engine).Lines, "\n"); strings.Contains(c.names, "none") !=
			strings.Contains(log, "core:error AH00082: an unknown filter was not added: none") {
			t.Errorf("%s: got log %q", c.names, log)
		}
	}

	r := conftest.Get(b.Main, "/")
	r.Body, r.BodyLength = strings.NewReader("body"), 4
	r.InputFilters = []string{"Input", "AGAIN"}
	r.FilterInput()
	if got, _ := io.ReadAll(r.Body); string(got) != "input again body" || r.BodyLength != -1 {
		t.Errorf("got %q, length %d", got, r.BodyLength)
	}
	if _, n := r.UnfilteredBody(); n != 4 {
		t.Errorf("got length %d of the unfiltered body, want 4", n)
	}
}
