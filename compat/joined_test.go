package compat

import (
	"fmt"
	"strings"
	"testing"
)

func TestJoin(t *testing.T) {
	j := newJoinedNames()
	for range 2 {
		for _, name := range []string{"", "a", "a/b.html", strings.Repeat("n", 254), strings.Repeat("n", 255), strings.Repeat("n", 9999)} {
			if got, want := j.join("/root", name), "/root/"+name; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
	if n := testing.AllocsPerRun(100, func() { j.join("/root", "a/b.html") }); n != 0 {
		t.Errorf("a known name costs %v allocations", n)
	}
}

func TestJoinedNamesAreBounded(t *testing.T) {
	j := newJoinedNames()
	for i := range 2 * keptJoined {
		j.join("/root", fmt.Sprint(i))
	}
	n := 0
	for i := range j.shards {
		n += len(j.shards[i].names)
	}
	if n > keptJoined || n < keptJoined/2 {
		t.Errorf("%d names are remembered, want at most %d", n, keptJoined)
	}
}
