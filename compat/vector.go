package compat

import (
	"math/bits"
	"slices"
)

// maxSlots bounds how many slots there can be.
const maxSlots = 64 * len(Vector{}.said)

// A Vector is what one section says: for each slot a *T, or nothing. Most
// sections say something in few of the slots, and there may be tens of thousands
// of them, so that only what is said takes room.
type Vector struct {
	said   [4]uint64 // a bit for each slot
	values []any     // of the slots whose bit is set, in their order
}

// NewVector is an empty vector.
func NewVector() *Vector { return &Vector{} }

// place is where in v.values the value of slot index is, or would be.
func (v *Vector) place(index int) (at int, said bool) {
	word, bit := index/64, uint64(1)<<(index%64)
	for _, w := range v.said[:word] {
		at += bits.OnesCount64(w)
	}
	return at + bits.OnesCount64(v.said[word]&(bit-1)), v.said[word]&bit != 0
}

// get is the configuration in slot index of v, which may be nil, or nil.
func (v *Vector) get(index int) any {
	if v == nil || v.said[index/64]&(1<<(index%64)) == 0 {
		return nil
	}
	at, _ := v.place(index)
	return v.values[at]
}

// At is the configuration in slot index of v, made there if it is not.
func (v *Vector) At(index int) any {
	at, said := v.place(index)
	if !said {
		v.insert(at, index, slots[index].fresh())
	}
	return v.values[at]
}

func (v *Vector) insert(at, index int, config any) {
	v.said[index/64] |= 1 << (index % 64)
	v.values = slices.Insert(v.values, at, config)
}

// set puts config into slot index.
func (v *Vector) set(index int, config any) {
	at, said := v.place(index)
	if said {
		v.values[at] = config
		return
	}
	v.insert(at, index, config)
}

// Merge lays over on top of v. It changes neither.
func (v *Vector) Merge(over *Vector) *Vector {
	m := &Vector{}
	n := 0
	for i := range m.said {
		m.said[i] = v.said[i] | over.said[i]
		n += bits.OnesCount64(m.said[i])
	}
	m.values = make([]any, 0, n)
	below, above := v.values, over.values
	for i, word := range m.said {
		for ; word != 0; word &= word - 1 {
			bit := word & -word
			var config any
			if v.said[i]&bit != 0 {
				config, below = below[0], below[1:]
			}
			if over.said[i]&bit != 0 {
				if config == nil {
					config = above[0]
				} else {
					config = slots[i*64+bits.TrailingZeros64(bit)].merge(config, above[0])
				}
				above = above[1:]
			}
			m.values = append(m.values, config)
		}
	}
	return m
}

// MergeServer lays a virtual host's vector on top of the main server's.
func (v *Vector) MergeServer(over *Vector) *Vector {
	m := v.Merge(over)
	for i, s := range slots {
		base := v.get(i)
		if s.mergeServer == nil || base == nil {
			continue
		}
		host := over.get(i)
		if host == nil {
			host = s.fresh()
		}
		m.set(i, s.mergeServer(base, host))
	}
	return m
}
