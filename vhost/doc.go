// Package vhost turns a configuration into routing, and a request into an
// answer.
//
// Build (build.go) walks the tree once: each directive is found in the table of
// a loaded module, checked for place and number of words, and applied to the
// vector of its section. What results is a [Snapshot]: hosts by address and
// name (hosts.go), sections in the order Apache tries them (routes.go). It
// never changes. Where a few hosts of many have changed, Graft (graft.go) puts
// them, built alone, into the place of those they were.
//
// [Server.Serve] (serve.go) is the life of a request; it names the phases in
// Apache's order. Between them the walk (walk.go, files.go) folds the sections
// that match into the request's scope; what was folded before is remembered,
// so that walking again costs comparisons only. .htaccess files are sections
// too (htaccess.go). An answer that depends on nothing but what was asked and
// files is remembered with what it depends on (recording.go), and given again
// without all this (answers.go); what stat said of files is (known.go), until the
// kernel gives notice of a change (notices_linux.go). Errors become pages in
// errors.go, answers leave through respond.go, and package wire puts them on the
// connection.
package vhost
