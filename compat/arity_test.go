package compat

import (
	"slices"
	"testing"
)

// What real Apache takes for words, and what it says.
func TestSplit(t *testing.T) {
	for _, c := range []struct {
		args Arity
		raw  string
		want []string
		text string
	}{
		{Flag, "On # why", []string{"On"}, ""},
		{Flag, `on "`, []string{"on"}, ""},
		{Flag, `""`, nil, "must be On or Off"},
		{Flag, "yes", nil, "must be On or Off"},
		{NoArgs, "", nil, ""},
		{NoArgs, `""`, nil, "takes no arguments"},
		{Take1, `""`, nil, "takes one argument"},
		{Take1, "a b", nil, "takes one argument"},
		{Take1, `"a b"`, []string{"a b"}, ""},
		{Take2, `a ""`, nil, "takes two arguments"},
		{Take12, `"" b`, nil, "takes 1-2 arguments"},
		{Take12, `a ""`, []string{"a"}, ""},
		{Take23, `a b ""`, []string{"a", "b", ""}, ""},
		{Take23, `a ""`, nil, "takes two or three arguments"},
		{Take123, `a "" c`, []string{"a", "", "c"}, ""},
		{Take13, "a b", nil, "takes one or three arguments"},
		{Take13, `a ""`, []string{"a", ""}, ""},
		{TakeArgv, `a "" b ""`, []string{"a", "", "b"}, ""},
		{TakeArgv, `""`, nil, ""},
	} {
		words, text := c.args.split(c.raw)
		if !slices.Equal(words, c.want) || text != c.text {
			t.Errorf("%d of %s: got %q %q, want %q %q", c.args, c.raw, words, text, c.want, c.text)
		}
	}
}

func TestIterate(t *testing.T) {
	for _, c := range []struct {
		args Arity
		raw  string
		want []string
		text string
	}{
		{Iterate, `a b "" c`, []string{"a", "b"}, ""},
		{Iterate, `"" c`, nil, "X requires at least one argument, H"},
		{Iterate2, `a b c`, []string{"a", "b", "a", "c"}, ""},
		{Iterate2, `a`, nil, "X requires at least two arguments, H"},
		{Iterate2, `a ""`, nil, ""},
		{Iterate2, `"" b`, nil, "X requires at least two arguments, H"},
	} {
		var got []string
		d := Directive{Name: "X", Args: c.args, Help: "H", Set: func(cmd *Cmd, _ any) error {
			got = append(got, cmd.Words...)
			return nil
		}}
		text := ""
		if err := d.iterate(&Cmd{Raw: c.raw}, nil); err != nil {
			text = err.Error()
		}
		if !slices.Equal(got, c.want) || text != c.text {
			t.Errorf("%s: got %q %q, want %q %q", c.raw, got, text, c.want, c.text)
		}
	}
}
