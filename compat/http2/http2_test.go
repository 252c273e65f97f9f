package http2

import (
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func TestSettings(t *testing.T) {
	b := conftest.New(t, &Module)
	h := conftest.VirtualHost(b, "a.example")
	for place, lines := range map[*compat.Host][]string{
		b.Main: {"H2MaxSessionStreams 7", "H2Direct off"},
		h:      {"H2WindowSize 2048", "H2Direct on", "H2ModernTLSOnly off", "H2StreamTimeout 3"},
	} {
		if err := (&conftest.Place{Host: place}).Obey(lines...); err != nil {
			t.Fatal(err)
		}
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	if got, want := *b.Main.HTTP2, (compat.HTTP2{MaxStreams: 7, Window: 65535, Upgrade: true, ModernTLSOnly: true}); got != want {
		t.Errorf("the main server: got %+v, want %+v", got, want)
	}
	if got, want := *h.HTTP2, (compat.HTTP2{MaxStreams: 7, Window: 2048, StreamTimeout: 3e9, Direct: true, Upgrade: true}); got != want {
		t.Errorf("the host: got %+v, want %+v", got, want)
	}
}

// What Apache says to values that are none.
func TestRefused(t *testing.T) {
	for line, want := range map[string]string{
		"H2MaxSessionStreams 0":       "value must be > 0",
		"H2WindowSize 1000":           "value must be >= 1024",
		"H2ModernTLSOnly yes":         "value must be On or Off",
		"H2PushPriority * Before 16":  "dependency 'Before' does not allow a weight",
		"H2PushPriority * foo":        "dependency must be one of 'After', 'Before' or 'Interleaved'",
		"H2PushPriority * after 0":    "weight must be a number >= 1",
		"H2PushDiarySize 3":           "value must a power of 2",
		"H2PushDiarySize 65536":       "value must <= 65536",
		"H2PushResource a b c":        "too many parameter",
		"H2PushResource add a foo":    "unknown last parameter",
		"H2Padding 9":                 "number of bits must be <= 8",
		"H2StreamTimeout x":           "Invalid timeout value",
		`H2EarlyHint a " "`:           "Early Hint header value must not be empty/only space",
		"H2MaxWorkerIdleSeconds x":    "Invalid idle limit value",
		"H2PushPriority * After 16":   "",
		"H2PushPriority text/css 16":  "",
		"H2PushResource add /a.css":   "",
		"H2PushResource /a critical":  "",
		"H2EarlyHint Link </a>":       "",
		"H2SerializeHeaders whatever": "",
	} {
		got := ""
		if err := (&conftest.Place{Host: conftest.New(t, &Module).Main}).Obey(line); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}
