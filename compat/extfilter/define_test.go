package extfilter

import (
	"testing"

	"understudy/compat/internal/conftest"
)

func TestDefine(t *testing.T) {
	for line, want := range map[string]string{
		`ExtFilterDefine a mode=x cmd=/bin/cat`:                            "Invalid mode: `x'",
		`ExtFilterDefine a cmd="/bin/cat`:                                  "Expected cmd= delimiter",
		`ExtFilterDefine a cmd=""`:                                         "Invalid cmd= parameter",
		`ExtFilterDefine a what=ever`:                                      "Unexpected parameter: `what=ever'",
		`ExtFilterDefine a PreservesContentLengths`:                        "mangled argument `PreservesContentLengths'",
		`ExtFilterOptions x`:                                               "Invalid ExtFilterOptions option: x",
		`ExtFilterDefine a ftype=30 cmd="/bin/sh -c \"a 'b\"" mode=output`: "",
	} {
		b := conftest.New(t, &Module)
		err := (&conftest.Place{Host: b.Main}).Obey(line)
		if got := text(err); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
		if want == "" && (b.OutputFilter("A") == nil || b.OutputFilter("A").Type != 30) {
			t.Errorf("%s: got %v", line, b.OutputFilter("A"))
		}
	}
	b := conftest.New(t, &Module)
	p := &conftest.Place{Host: b.Main}
	if err := p.Obey("ExtFilterDefine a cmd=/bin/cat", "ExtFilterDefine A cmd=/bin/cat"); text(err) != "ExtFilter A is already defined" {
		t.Errorf("got %v", err)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
