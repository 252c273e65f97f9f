package reqtimeout

import (
	"testing"
	"time"

	"understudy/compat"
)

func TestParse(t *testing.T) {
	tests := []struct {
		key, value string
		want       compat.ReadStage
		err        string
	}{
		{"header", "20", compat.ReadStage{Timeout: 20 * time.Second}, ""},
		{"HEADER", "20,MinRate=500", compat.ReadStage{Timeout: 20 * time.Second, MinRate: 500}, ""},
		{"header", "20-40,minrate=500", compat.ReadStage{Timeout: 20 * time.Second, Max: 40 * time.Second, MinRate: 500}, ""},
		{"header", "0", compat.ReadStage{}, ""},
		{"header", "20-40", compat.ReadStage{}, "Must set MinRate option if using timeout range"},
		{"header", "40-20,MinRate=1", compat.ReadStage{}, "Maximum timeout must be larger than initial timeout"},
		{"header", "20,MinRate=0", compat.ReadStage{}, "Minimum data rate must be larger than 0"},
		{"header", "x", compat.ReadStage{}, "Value 'x' not numerical"},
		{"header", "20s", compat.ReadStage{}, "Cannot parse 's'"},
		{"footer", "20", compat.ReadStage{}, "Unknown RequestReadTimeout parameter"},
	}
	for _, tt := range tests {
		var got compat.ReadTimeouts
		err := setStage(&got, tt.key, tt.value)
		if err != nil || tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("%s=%s: got %v, want %s", tt.key, tt.value, err, tt.err)
			}
			continue
		}
		if *got.Header != tt.want {
			t.Errorf("%s=%s: got %v, want %v", tt.key, tt.value, *got.Header, tt.want)
		}
	}
}
