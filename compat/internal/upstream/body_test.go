package upstream

import (
	"strings"
	"testing"

	"understudy/compat"
)

// TestRepeatable: what was read ahead can be sent to another member where none
// was reached; what was sent cannot.
func TestRepeatable(t *testing.T) {
	for _, size := range []int{0, 8, maxPrefetch, maxPrefetch + 1} {
		b := BodyOf(&compat.Request{Body: strings.NewReader(strings.Repeat("x", size)), BodyLength: int64(size)})
		if err := b.Prefetch(); err != nil || !b.Repeatable() {
			t.Errorf("%d bytes, read ahead: %v, repeatable: %v", size, err, b.Repeatable())
		}
		got := 0
		if err := b.Send(nil, func(p []byte) error { got += len(p); return nil }); err != nil || got != size || b.Repeatable() != (size == 0) {
			t.Errorf("%d bytes, sent: %v, %d, repeatable: %v", size, err, got, b.Repeatable())
		}
	}
}
