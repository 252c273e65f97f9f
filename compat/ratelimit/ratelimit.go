// Package ratelimit is mod_ratelimit: the filter RATE_LIMIT sends an answer not
// faster than the variable rate-limit says, in KiB a second.
//
// Deviations: the header of an answer does not count.
package ratelimit

import (
	"math"
	"os"
	"time"

	"understudy/compat"
	"understudy/compat/internal/pace"
)

// Module is mod_ratelimit.
var Module = compat.Module{
	Name: "ratelimit_module",
	File: "mod_ratelimit.c",
	OutputFilters: []compat.OutputFilter{
		{Name: "RATE_LIMIT", Type: compat.FilterConnection - 1, Wrap: wrap},
	},
}

// interval is how long is waited between pieces.
const interval = 200 * time.Millisecond

func wrap(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	if r.Main != nil {
		return next
	}
	return &writer{Writer: pace.Writer{BodyWriter: next, Interval: interval}, r: r}
}

// A writer slows one answer down (rate_limit_filter).
type writer struct {
	pace.Writer
	r     *compat.Request
	begun bool
}

func (w *writer) begin() {
	if w.begun {
		return
	}
	w.begun = true
	value, ok := w.r.Env.Lookup("rate-limit")
	if !ok {
		return
	}
	rate := kilobytes(value)
	if rate <= 0 {
		w.r.Logf("ratelimit", compat.LevelInfo, nil, "AH03488: rl: disabling: rate-limit = %s (too high?)", value)
		return
	}
	w.Piece = max(rate/int64(time.Second/interval), 1)
	burst := int64(0) // what may go out besides, in the beginning
	if value, ok := w.r.Env.Lookup("rate-initial-burst"); ok {
		if burst = kilobytes(value); burst <= 0 {
			w.r.Logf("ratelimit", compat.LevelInfo, nil,
				"AH03489: rl: disabling burst: rate-initial-burst = %s (too high?)", value)
			burst = 0
		}
	}
	w.Left = w.Piece + burst
}

// kilobytes is a number of KiB as Apache counts them, in an int.
func kilobytes(value string) int64 {
	n := int64(compat.Atoi(value)) << 10
	if n > math.MaxInt32 {
		return 0
	}
	return n
}

// Write sends p bit by bit.
func (w *writer) Write(p []byte) (int, error) {
	w.begin()
	return w.Writer.Write(p)
}

// File sends a part of a file bit by bit.
func (w *writer) File(f *os.File, offset, n int64) error {
	w.begin()
	return w.Writer.File(f, offset, n)
}
