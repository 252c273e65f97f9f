package compress

import "strings"

// ETag says what becomes of an entity tag.
type ETag uint8

// The ways.
const (
	AddSuffix ETag = iota
	NoChange
	Remove
)

// ParseETag reads what DeflateAlterETag and its like say.
func ParseETag(word string) (how ETag, ok bool) {
	switch strings.ToLower(word) {
	case "addsuffix":
		return AddSuffix, true
	case "nochange":
		return NoChange, true
	case "remove":
		return Remove, true
	}
	return 0, false
}

// Notes are the names of notes about a compressed answer; "": none.
type Notes struct{ Ratio, Input, Output string }

// Set reads the words of DeflateFilterNote and its like: a name, or a kind and a
// name.
func (n *Notes) Set(words []string) (ok bool) {
	if len(words) == 1 {
		n.Ratio = words[0]
		return true
	}
	switch strings.ToLower(words[0]) {
	case "ratio":
		n.Ratio = words[1]
	case "input":
		n.Input = words[1]
	case "output":
		n.Output = words[1]
	default:
		return false
	}
	return true
}
