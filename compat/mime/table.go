package mime

// A table finds values by file name extension, whatever its case, without
// making a lower-case copy of it. It is built once and then only read.
type table[V any] struct {
	slots []slotOf[V] // a power of two, half of them empty at least
}

type slotOf[V any] struct {
	key   string // lower case; "" is empty
	value *V
}

// newTable makes a table of values whose keys are lower case.
func newTable[V any](values map[string]*V) *table[V] {
	size := 4
	for size < 2*len(values) {
		size *= 2
	}
	t := &table[V]{make([]slotOf[V], size)}
	for key, v := range values {
		i := t.start(key)
		for t.slots[i].value != nil {
			i = (i + 1) & (size - 1)
		}
		t.slots[i] = slotOf[V]{key, v}
	}
	return t
}

// find is the value for key, or nil.
func (t *table[V]) find(key string) *V {
	if t == nil {
		return nil
	}
	for i := t.start(key); t.slots[i].value != nil; i = (i + 1) & (len(t.slots) - 1) {
		if sameFolded(t.slots[i].key, key) {
			return t.slots[i].value
		}
	}
	return nil
}

// start is where the search for key begins: FNV-1a of its lower case.
func (t *table[V]) start(key string) int {
	h := uint32(2166136261)
	for i := 0; i < len(key); i++ {
		h = (h ^ uint32(lower(key[i]))) * 16777619
	}
	return int(h) & (len(t.slots) - 1)
}

// sameFolded reports whether s is folded, which is lower case, in any case.
func sameFolded(folded, s string) bool {
	if len(folded) != len(s) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if folded[i] != lower(s[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
