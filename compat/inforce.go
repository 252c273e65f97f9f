package compat

import "context"

// A HostLog writes lines that are of no request to the error log of a host.
type HostLog func(h *Host, module string, level Level, text string)

// Background adds work that goes on while the configuration is in force: run is
// called when it was put into force in the server process, and ctx ends when
// another takes its place or the server ends.
func (b *Build) Background(run func(ctx context.Context, log HostLog)) {
	b.background = append(b.background, run)
}

// Run does the work of Background until ctx ends.
func (b *Build) Run(ctx context.Context, log HostLog) {
	for _, run := range b.background {
		go run(ctx, log)
	}
}

// Succeed adds what is done right before the configuration is put into force in
// place of old, for what is to be kept of that.
func (b *Build) Succeed(keep func(old *Build)) { b.succeed = append(b.succeed, keep) }

// Follow does what Succeed asked for.
func (b *Build) Follow(old *Build) {
	for _, keep := range b.succeed {
		keep(old)
	}
}
