package dialup

import (
	"testing"

	"understudy/compat"
)

func TestStandard(t *testing.T) {
	for name, want := range map[string]int64{"V.21": 12, "v.34": 3600, "I-was-rich-and-got-a-leased-line": 187500} {
		var c config
		if err := standard(&compat.Cmd{Words: []string{name}}, &c); err != nil || c.speed != want {
			t.Errorf("%s: got %d, %v, want %d", name, c.speed, err, want)
		}
	}
	if err := standard(&compat.Cmd{Words: []string{"V.90"}}, &config{}); err == nil {
		t.Error("an unknown standard is taken")
	}
}
