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
	native bool         // strings are bytes: Python 2
	vars   *compat.Vars // instead of a dict: takes the variables of CGI
}

// Reset empties e for a worker of Python 2 (native) or 3.
func (e *Environ) Reset(native bool) { e.Extend(e.b[:0], native) }

// Extend makes e empty, behind what is in b.
func (e *Environ) Extend(b []byte, native bool) {
	e.native = native
	e.b = append(b, '{')
}

// Bytes ends the dict, and is what the worker reads.
func (e *Environ) Bytes() []byte { return append(e.b, '0') }

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
	high := 0
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			high++
		}
	}
	e.b = binary.LittleEndian.AppendUint32(append(e.b, 'u'), uint32(len(s)+high))
	if high == 0 {
		e.b = append(e.b, s...)
		return
	}
	for i := range len(s) {
		e.b = utf8.AppendRune(e.b, rune(s[i]))
	}
}
