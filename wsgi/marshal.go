package wsgi

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"understudy/compat"
)

// An Environ is an environ on its way to a worker: a dict in Python's marshal
// format, version 2, which every Python reads. Strings are native ones: bytes
// on Python 2, and latin-1 decoded text on Python 3.
type Environ struct {
	b      []byte
	own    []byte       // nil: Common was not called
	room   []byte       // for what is common
	native bool         // strings are bytes: Python 2
	vars   *compat.Vars // instead of a dict: takes the variables of CGI
}

// Reset empties e for a worker of Python 2 (native) or 3.
func (e *Environ) Reset(native bool) { e.Extend(e.b[:0], native) }

// Extend makes e empty, behind what is in b.
func (e *Environ) Extend(b []byte, native bool) {
	e.native, e.own = native, nil
	e.b = append(b, '{')
}

// Common begins what the environ has in common with those of other requests: a
// dict of its own, over which wins what was set before.
func (e *Environ) Common() {
	if e.vars == nil {
		e.own, e.b = append(e.b, '0'), append(e.room[:0], '{')
	}
}

// Bytes ends the dict, and is what the worker reads; common is nil if there is
// nothing of the kind.
func (e *Environ) Bytes() (own, common []byte) {
	b := append(e.b, '0')
	if e.own == nil {
		return b, nil
	}
	e.room = b
	return e.own, b
}

// Set adds a string.
func (e *Environ) Set(key, value string) {
	if e.vars != nil {
		if !strings.Contains(key, ".") {
			e.vars.Set(key, value)
		}
		return
	}
	e.text(key)
	e.text(value)
}

// SetInt adds a number.
func (e *Environ) SetInt(key string, n int32) {
	e.text(key)
	e.b = binary.LittleEndian.AppendUint32(append(e.b, 'i'), uint32(n))
}

// SetInts adds a tuple of numbers.
func (e *Environ) SetInts(key string, ns ...int32) {
	if e.vars != nil {
		return
	}
	e.text(key)
	e.b = binary.LittleEndian.AppendUint32(append(e.b, '('), uint32(len(ns)))
	for _, n := range ns {
		e.b = binary.LittleEndian.AppendUint32(append(e.b, 'i'), uint32(n))
	}
}

func (e *Environ) text(s string) {
	if e.native {
		e.b = binary.LittleEndian.AppendUint32(append(e.b, 's'), uint32(len(s)))
		e.b = append(e.b, s...)
		return
	}
	high := countHigh(s)
	e.b = binary.LittleEndian.AppendUint32(append(e.b, 'u'), uint32(len(s)+high))
	if high == 0 {
		e.b = append(e.b, s...)
		return
	}
	for i := range len(s) {
		e.b = utf8.AppendRune(e.b, rune(s[i]))
	}
}

// countHigh counts the bytes that are not ASCII.
func countHigh(s string) (n int) {
	for len(s) >= 8 && (uint64(s[0])|uint64(s[1])|uint64(s[2])|uint64(s[3])|
		uint64(s[4])|uint64(s[5])|uint64(s[6])|uint64(s[7]))&0x80 == 0 {
		s = s[8:]
	}
	for i := range len(s) {
		n += int(s[i] >> 7)
	}
	return n
}
