// Package cachestore is what mod_cache and those who keep answers for it have in
// common (mod_cache.h).
package cachestore

import (
	"crypto/md5"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/registry"
)

// Times of entities are microseconds since 1970, as APR's are.
const Second = 1000000

// An Info is what is known of an answer besides its fields.
type Info struct {
	Status                                  int
	Date, Expire, RequestTime, ResponseTime int64
	Control                                 Control
}

// An Entity is an answer that is kept.
type Entity interface {
	Info() *Info
	// Headers are the fields of the answer, and of the request it was to. They
	// are the caller's.
	Headers() (response, request *compat.Header)
	// Send writes the body.
	Send(w compat.BodyWriter) error
	// Refresh keeps other fields with the same body.
	Refresh(info Info, response, request *compat.Header) error
	Remove()
	Close()
}

// A New is an answer to be kept.
type New struct {
	Info              Info
	Response, Request *compat.Header
	Size              int64 // -1: not known
	HeaderOnly        bool
}

// A Writer takes the body of an answer. After an error nothing is kept.
type Writer interface {
	Write(p []byte) error
	Commit() error
	Abort()
}

// A Provider keeps answers: what CacheEnable names.
type Provider struct {
	Name   string
	Module string // identifier of the module that must be loaded
	// Open is the answer kept under key for a request with r's fields, or nil.
	Open func(r *compat.Request, key string) Entity
	// Create begins to keep one; nil: not this.
	Create func(r *compat.Request, key string, n New) Writer
}

var providers registry.Of[*Provider]

// Register makes a provider known; package variables call it.
func Register(p *Provider) { providers.Register(p.Name, p.Module, p) }

// Find is the provider called name, if its module is loaded, or nil.
func Find(b *compat.Build, name string) *Provider {
	p, _ := providers.Find(b, name)
	return p
}

// Name is where something is kept under key, below so many directories whose
// names have so many characters (ap_cache_generate_name).
func Name(key string, levels, length int) string {
	const table = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@"
	digest := md5.Sum([]byte(key))
	var hash []byte
	for i := 0; i < 15; i += 3 {
		x := uint(digest[i])<<16 | uint(digest[i+1])<<8 | uint(digest[i+2])
		hash = append(hash, table[x>>18], table[x>>12&63], table[x>>6&63], table[x&63])
	}
	hash = append(hash, table[digest[15]>>2], table[digest[15]<<4&63])
	var b strings.Builder
	for range levels {
		b.Write(hash[:length])
		b.WriteByte('/')
		hash = hash[length:]
	}
	b.Write(hash)
	return b.String()
}

// Joined is the value of all fields called name, and whether there is one
// (cache_table_getm).
func Joined(h *compat.Header, name string) (string, bool) {
	values := h.Values(name)
	return strings.Join(values, ","), len(values) > 0
}

// VaryKey is the key of the variant for a request with fields in, where answers
// vary by those named (regen_key).
func VaryKey(key string, names []string, in *compat.Header) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name)
		b.WriteString(in.Get(name))
	}
	b.WriteString(key)
	return b.String()
}
