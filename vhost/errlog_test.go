package vhost

import "testing"

func TestCutSource(t *testing.T) {
	tests := []struct{ text, source, rest string }{
		{"mod_rewrite.c(893): split uri", "mod_rewrite.c(893)", "split uri"},
		{"AH00569: no host (see RFC): x", "", "AH00569: no host (see RFC): x"},
		{"a b.c(1): x", "", "a b.c(1): x"},
		{"x.c(n): y", "", "x.c(n): y"},
		{"", "", ""},
	}
	for _, tt := range tests {
		if source, rest := cutSource(tt.text); source != tt.source || rest != tt.rest {
			t.Errorf("cutSource(%q) = %q, %q", tt.text, source, rest)
		}
	}
}
