package ssl

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"sync"
	"time"
)

// ticketSize is what a file of SSLSessionTicketKeyFile holds.
const ticketSize = 48

// secret is what the keys of tickets are made of, and the one before: sessions
// are resumed under the next configuration too.
var secret struct {
	sync.Mutex // guards the rest
	now, old   [32]byte
	since      time.Time
}

// secretAge is how long tickets are made with one secret. Configurations that
// are put into force later use another.
const secretAge = 12 * time.Hour

func secrets() (now, old [32]byte) {
	secret.Lock()
	defer secret.Unlock()
	if time.Since(secret.since) > secretAge {
		secret.old = secret.now
		rand.Read(secret.now[:])
		if secret.since.IsZero() {
			rand.Read(secret.old[:])
		}
		secret.since = time.Now()
	}
	return secret.now, secret.old
}

// tickets sets the keys of the host's tickets, which no other host takes for
// its own, and how long they count.
func (e *endpoint) tickets(s shelf) error {
	now, old := secrets()
	keys := [][32]byte{e.ticketKey(now[:]), e.ticketKey(old[:])}
	if path := e.config.ticketKey; path != "" {
		data, err := s.file(path)
		if err != nil || len(data) < ticketSize {
			return fatal("AH02287: Failed to read %d bytes from %s", ticketSize, path)
		}
		keys = [][32]byte{e.ticketKey(data[:ticketSize])}
	}
	e.base.SetSessionTicketKeys(keys)
	limit := defaultCacheTimeout
	if t := e.config.cacheTimeout; t != nil && *t > 0 {
		limit = *t
	}
	c := &e.base
	c.WrapSession = func(state tls.ConnectionState, ss *tls.SessionState) ([]byte, error) {
		if len(ss.Extra) == 0 { // A session that is resumed goes on from its beginning.
			ss.Extra = append(ss.Extra, binary.BigEndian.AppendUint64([]byte("born"), uint64(time.Now().Unix())))
		}
		return c.EncryptTicket(state, ss)
	}
	c.UnwrapSession = func(ticket []byte, state tls.ConnectionState) (*tls.SessionState, error) {
		ss, err := c.DecryptTicket(ticket, state)
		if err != nil || ss == nil {
			return nil, err
		}
		if len(ss.Extra) != 1 || len(ss.Extra[0]) != 12 {
			return nil, nil
		}
		if born := int64(binary.BigEndian.Uint64(ss.Extra[0][4:])); time.Now().Unix()-born > int64(limit/time.Second) {
			return nil, nil
		}
		return ss, nil
	}
	return nil
}

const defaultCacheTimeout = 5 * time.Minute

// ticketKey is the key of a host that follows from a secret.
func (e *endpoint) ticketKey(secret []byte) [32]byte {
	h := sha256.New()
	h.Write(secret)
	h.Write([]byte(e.id + " " + e.host.Pos.String()))
	return [32]byte(h.Sum(nil))
}
