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
	return &writer{BodyWriter: next, r: r}
}

// A writer slows one answer down (rate_limit_filter).
type writer struct {
	compat.BodyWriter
	r     *compat.Request
	begun bool
	piece int64 // what goes out in an interval; 0: everything
	burst int64 // what may go out besides, in the beginning
	left  int64 // of the piece under way
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
	w.piece = max(rate/int64(time.Second/interval), 1)
	if value, ok := w.r.Env.Lookup("rate-initial-burst"); ok {
		if w.burst = kilobytes(value); w.burst <= 0 {
			w.r.Logf("ratelimit", compat.LevelInfo, nil,
				"AH03489: rl: disabling burst: rate-initial-burst = %s (too high?)", value)
			w.burst = 0
		}
	}
	w.left = w.piece + w.burst
}

// kilobytes is a number of KiB as Apache counts them, in an int.
func kilobytes(value string) int64 {
	n := int64(compat.Atoi(value)) << 10
	if n > math.MaxInt32 {
		return 0
	}
	return n
}

// take is how much of n may go out now; it waits until that is something.
func (w *writer) take(n int64) (int64, error) {
	if w.left == 0 {
		if err := w.BodyWriter.Flush(); err != nil {
			return 0, err
		}
		time.Sleep(interval)
		w.left = w.piece
	}
	n = min(n, w.left)
	w.left -= n
	return n, nil
}

// Write sends p bit by bit.
func (w *writer) Write(p []byte) (int, error) {
	if w.begin(); w.piece == 0 {
		return w.BodyWriter.Write(p)
	}
	for sent := 0; sent < len(p); {
		n, err := w.take(int64(len(p) - sent))
		if err != nil {
			return sent, err
		}
		if _, err := w.BodyWriter.Write(p[sent : sent+int(n)]); err != nil {
			return sent, err
		}
		sent += int(n)
	}
	return len(p), nil
}

// File sends a part of a file bit by bit.
func (w *writer) File(f *os.File, offset, n int64) error {
	if w.begin(); w.piece == 0 || n <= w.left {
		w.left -= min(n, w.left)
		return w.BodyWriter.File(f, offset, n)
	}
	for n > 0 {
		part, err := w.take(n)
		if err != nil {
			return err
		}
		if err := w.BodyWriter.File(f, offset, part); err != nil {
			return err
		}
		offset, n = offset+part, n-part
	}
	return nil
}
