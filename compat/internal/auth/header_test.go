package auth

import "testing"

func FuzzDecodeBasic(f *testing.F) {
	f.Add("YW15OnNlY3JldA==")
	f.Fuzz(func(t *testing.T, s string) {
		if len(DecodeBasic(s)) > len(s) {
			t.Errorf("%q grows", s)
		}
	})
}
