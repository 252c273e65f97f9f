// Package uniqueid is mod_unique_id: each request has a name of its own in the
// variable UNIQUE_ID.
package uniqueid

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"sync/atomic"

	"understudy/compat"
)

// Module is mod_unique_id.
var Module = compat.Module{
	Name:   "unique_id_module",
	File:   "mod_unique_id.c",
	Hooks:  []compat.Hook{compat.Run(compat.PostRead, set).ReallyFirst()},
	Silent: true,
}

var (
	root    = random()
	counter atomic.Uint32
)

// random is what tells this process from all others.
func random() (b [10]byte) {
	rand.Read(b[:])
	return b
}

// set names a request; what it is redirected to keeps the name (set_unique_id).
func set(r *compat.Request) compat.Status {
	id := ""
	if r.Prev != nil {
		id = r.Env.Get("REDIRECT_UNIQUE_ID")
	}
	if id == "" {
		id = generate(r)
	}
	r.Env.Set("UNIQUE_ID", id)
	return compat.Declined
}

// generate makes a name of the time, the process, a counter and the connection
// (gen_unique_id): 27 characters of base64url.
func generate(r *compat.Request) string {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 20), uint32(r.Start.Unix()))
	b = append(b, root[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(counter.Add(1)%0xffff))
	b = binary.BigEndian.AppendUint32(b, uint32(r.Conn.ID))
	return base64.RawURLEncoding.EncodeToString(b)
}
