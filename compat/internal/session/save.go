package session

import (
	"time"

	"understudy/compat"
)

// Save has r's session kept, if it changed or its end did (ap_session_save).
func Save(r *compat.Request, z *Session) {
	c := Slot.Of(r)
	now := time.Now()
	before := z.Expiry
	switch {
	case z.written:
		r.Logf(short, compat.LevelError, nil, "AH01818: attempt made to save the session twice, session not saved: %s", r.Path)
		return
	case !z.Expiry.IsZero() && z.Expiry.Before(now):
		r.Logf(short, compat.LevelWarn, nil, "AH01819: attempt made to save a session when the session had already expired, "+
			"session not saved: %s", r.Path)
		return
	}
	if age := c.maxAge(); age != 0 {
		z.MaxAge = age
		z.Expiry = now.Add(time.Duration(age) * time.Second)
	}
	if z.Dirty && z.MaxAge != 0 {
		z.Expiry = now.Add(time.Duration(z.MaxAge) * time.Second)
	}
	if !z.Dirty && (z.MaxAge == 0 || c.Update != nil && *c.Update > 0 && z.Expiry.Sub(before) < *c.Update) {
		return
	}
	if !encode(r, z) {
		r.Logf(short, compat.LevelError, nil, "AH01820: error while encoding the session, session not saved: %s", r.Path)
		return
	}
	keep(r, z)
}

func keep(r *compat.Request, z *Session) {
	for _, k := range keepers {
		if r.Host.Build.Loaded(k.Module) == nil {
			continue
		}
		switch k.Save(r, z) {
		case compat.Declined:
			continue
		case compat.OK:
			z.written = true
			return
		}
		r.Logf(short, compat.LevelError, nil, "AH01822: error while saving the session, session not saved: %s", r.Path)
		return
	}
	r.Logf(short, compat.LevelWarn, nil, "AH01821: session is enabled but no session modules have been configured, "+
		"session not saved: %s", r.Path)
}

// Written reports whether z was saved already.
func (z *Session) Written() bool { return z.written }

func encode(r *compat.Request, z *Session) bool {
	text := z.Text()
	z.Encoded = &text
	for _, c := range ciphers {
		if r.Host.Build.Loaded(c.Module) != nil && c.Encode(r, z) != compat.OK {
			return false
		}
	}
	return true
}

func decode(r *compat.Request, z *Session) bool {
	if z.Encoded == nil {
		return true
	}
	for _, c := range ciphers {
		if r.Host.Build.Loaded(c.Module) != nil && c.Decode(r, z) != compat.OK {
			return false
		}
	}
	z.Read()
	return true
}
