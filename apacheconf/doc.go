// Package apacheconf reads Apache's configuration language: bytes in, one tree
// of directives out.
//
// [Load] follows ap_read_config's first pass. A file is split into logical
// lines (lines.go); each line's first word names a directive (words.go), after
// ${NAME} was expanded (expand.go). Directives that Apache obeys while reading
// are obeyed here (exec.go): Include, Define, LoadModule, the conditional
// sections, macros. All others become a [Node], sections nest, and the tree is
// handed on; who builds the routing decides what they mean.
//
// The line grammar is written by hand and not with the grammar library the
// project uses elsewhere: a line is a word and a rest, which changes with the
// lines before it (a Define, a Macro), and a configuration of 5,000 hosts has
// to be read in a fraction of a second.
//
// Positions keep the chain of includes, so that an error can name every file
// on the way, as Apache does.
package apacheconf
