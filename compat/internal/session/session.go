// Package session is what the modules of sessions share: what a session is, how
// it is loaded and saved, and who keeps it (mod_session.h).
package session

import (
	"strings"
	"time"

	"understudy/compat"
)

const short = "session"

// A Session is what is known of a client from one request to the next.
type Session struct {
	ID      string // of a session that is kept by its number: a UUID
	Entries compat.Header
	Encoded *string   // as it is kept; nil: it was decoded, or there is none
	Expiry  time.Time // zero: none
	MaxAge  int64     // seconds, from which Expiry follows; 0: none
	Dirty   bool
	written bool
}

// A Keeper loads and saves sessions. Declined is for another to do it.
type Keeper struct {
	Module string
	Load   func(*compat.Request) (*Session, compat.Status)
	Save   func(*compat.Request, *Session) compat.Status
}

// A Cipher makes what is kept of a session unreadable, and readable again.
type Cipher struct {
	Module         string
	Encode, Decode func(*compat.Request, *Session) compat.Status
}

var (
	keepers []Keeper
	ciphers []Cipher
)

// RegisterKeeper makes k known; package variables call it.
func RegisterKeeper(k Keeper) { keepers = append(keepers, k) }

// RegisterCipher makes c known; package variables call it.
func RegisterCipher(c Cipher) { ciphers = append(ciphers, c) }

// Slot holds what mod_session's directives say.
var Slot = compat.NewSlot[Config]()

// A Config is what mod_session's directives say at one place.
type Config struct {
	Enabled, Env     *bool
	MaxAge           *int64
	Header           *string
	Include, Exclude []string
	Update           *time.Duration
}

// Merge lays over on top of c.
func (c Config) Merge(over Config) Config {
	m := over
	if m.Enabled == nil {
		m.Enabled = c.Enabled
	}
	if m.Env == nil {
		m.Env = c.Env
	}
	if m.MaxAge == nil {
		m.MaxAge = c.MaxAge
	}
	if m.Header == nil {
		m.Header = c.Header
	}
	if m.Update == nil {
		m.Update = c.Update
	}
	m.Include = append(c.Include[:len(c.Include):len(c.Include)], over.Include...)
	m.Exclude = append(c.Exclude[:len(c.Exclude):len(c.Exclude)], over.Exclude...)
	return m
}

func (c *Config) maxAge() int64 {
	if c.MaxAge == nil {
		return 0
	}
	return *c.MaxAge
}

// covers reports whether there is a session for a URL (session_included).
func (c *Config) covers(path string) bool {
	begins := func(prefixes []string) bool {
		for _, p := range prefixes {
			if strings.HasPrefix(path, p) {
				return true
			}
		}
		return false
	}
	return (len(c.Include) == 0 || begins(c.Include)) && !begins(c.Exclude)
}

// Load is r's session; nil where there is none for r, or it cannot be had
// (ap_session_load).
func Load(r *compat.Request) *Session {
	c := Slot.Of(r)
	if c == nil || c.Enabled == nil || !*c.Enabled {
		return nil
	}
	if !c.covers(r.Path) {
		r.Logf(short, compat.LevelDebug, nil, "AH01814: excluded by configuration for: %s", r.Path)
		return nil
	}
	z, ok := kept(r)
	if !ok {
		return nil
	}
	now := time.Now()
	if z != nil && !decode(r, z) {
		r.Logf(short, compat.LevelError, nil, "AH01817: error while decoding the session, session not loaded: %s", r.Path)
		z = nil
	}
	if z != nil && !z.Expiry.IsZero() && z.Expiry.Before(now) {
		r.Logf(short, compat.LevelTrace2, nil, "session is expired")
		z = nil
	}
	if z == nil {
		z = &Session{}
	}
	if age := c.maxAge(); age != 0 {
		if z.Expiry.IsZero() {
			z.Expiry = now.Add(time.Duration(age) * time.Second)
		}
		z.MaxAge = age
	}
	return z
}

// kept is the session as its keeper has it; nil: it has none.
func kept(r *compat.Request) (z *Session, ok bool) {
	for _, k := range keepers {
		if r.Host.Build.Loaded(k.Module) == nil {
			continue
		}
		z, status := k.Load(r)
		switch status {
		case compat.Declined:
			continue
		case compat.OK:
			return z, true
		}
		r.Logf(short, compat.LevelError, nil, "AH01816: error while loading the session, session not loaded: %s", r.Path)
		return nil, false
	}
	r.Logf(short, compat.LevelWarn, nil, "AH01815: session is enabled but no session modules have been configured, "+
		"session not loaded: %s", r.Path)
	return nil, false
}

// Get is an entry of z.
func (z *Session) Get(key string) string {
	if z == nil {
		return ""
	}
	return z.Entries.Get(key)
}

// Has reports whether z has an entry.
func (z *Session) Has(key string) bool { return z != nil && z.Entries.Has(key) }

// Set sets an entry of z.
func (z *Session) Set(key, value string) {
	if z != nil {
		z.Entries.Set(key, value)
		z.Dirty = true
	}
}

// Unset removes an entry of z.
func (z *Session) Unset(key string) {
	if z != nil {
		z.Entries.Del(key)
		z.Dirty = true
	}
}
