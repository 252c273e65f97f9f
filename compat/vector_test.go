package compat

import (
	"math/rand"
	"testing"
)

// A said is what a section says in a slot of this test: Merge strings them
// together, and hosts begin anew.
type said struct{ words string }

func (s said) Merge(over said) said       { return said{s.words + over.words} }
func (s said) MergeServer(over said) said { return said{"host " + over.words} }

// The vectors say what a table of all slots would.
func TestVector(t *testing.T) {
	before := slots
	defer func() { slots = before }()
	var all []Slot[said]
	for len(slots) < maxSlots {
		all = append(all, NewSlot[said]())
	}
	random := rand.New(rand.NewSource(1))
	for range 200 {
		base, over := NewVector(), NewVector()
		var below, above [maxSlots]string
		for range random.Intn(40) {
			at := random.Intn(len(all))
			all[at].Make(base).words += "b"
			below[at] += "b"
			at = random.Intn(len(all))
			all[at].Make(over).words += "o"
			above[at] += "o"
		}
		merged, host := base.Merge(over), base.MergeServer(over)
		for i, s := range all {
			want := below[i] + above[i]
			if got := s.In(merged); got == nil != (want == "") || got != nil && got.words != want {
				t.Fatalf("slot %d: got %v, want %q", i, got, want)
			}
			if below[i] != "" {
				want = "host " + above[i]
			}
			if got := s.In(host); got == nil != (want == "") || got != nil && got.words != want {
				t.Fatalf("slot %d of a host: got %v, want %q", i, got, want)
			}
			if got := s.In(base); got != nil && got.words != below[i] {
				t.Fatalf("slot %d: the merge changed what was below to %q", i, got.words)
			}
		}
	}
	if all[0].In(nil) != nil {
		t.Error("a vector that is not there says something")
	}
}

// Looking something up takes no memory.
func TestVectorAllocations(t *testing.T) {
	v := NewVector()
	CoreSlot.Make(v)
	if n := testing.AllocsPerRun(100, func() { CoreSlot.In(v) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
