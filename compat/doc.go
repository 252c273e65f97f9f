// Package compat is the contract between the server and its modules.
//
// A [Module] is a table of directives and a list of hooks, as Apache's
// command_rec and register_hooks are. What its directives set lives in a plain
// struct with a Merge method, reached through a typed [Slot]; a [Section] of
// the configuration holds one [Vector] of such structs, one element a slot. A
// [Scope] is what a sequence of sections merges to, with its compiled
// [Pipeline]: for each [Phase] the functions that have something to say there.
//
// A [Request] carries what is known of a request while it goes through the
// phases, and the body leaves through its [BodyWriter].
//
// The folders below hold one Apache module each. None imports another, nor
// package vhost, which runs them.
package compat
