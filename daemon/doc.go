// Package daemon is processes and descriptors: a supervisor that reads the
// configuration, binds ports and opens logs; a server that answers requests
// and may do nothing else; Python workers.
//
//	supervisor  (root)      Supervisor.Run: one goroutine owns all state
//	   ├── server  (User)   Attach: a Link hands it generations
//	   └── workers (user=)  pools of processes, one listening socket each
//
// What a configuration needs is a [Plan], keyed by what defines each thing. A
// reload acquires what is new, hands the plan to the server, which builds and
// swaps, and lets go of what nobody uses any more. Everything before the swap
// can fail and leaves no trace; reload.go tells the story.
//
// The configuration itself is opaque here: bytes that the supervisor's Load
// makes and the server understands. What differs from Apache:
//
//   - A reload that fails leaves everything as it was; Apache ends.
//   - Workers of a group that did not change live on over a reload.
//   - A server process is replaced, not added to, when User or Group change.
package daemon
