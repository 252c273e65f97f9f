package password

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"sync"
	"time"

	"understudy/apacheconf"
)

// Setting is the name that a configuration may define (Define NAME 60) to say for
// how many seconds answers of slow hashes are remembered; 0 is not at all.
const Setting = "UNDERSTUDY_PASSWORD_MEMORY"

// defaultTime is for how long where nobody says.
const defaultTime = time.Minute

// maxHalf bounds what is remembered: twice as many answers.
const maxHalf = 5000

// A memory is what slow hashes said of passwords. Neither can be read from it,
// for it is keyed by a keyed hash of both. It is two halves: what is asked for
// moves to the young one, and when that is full the old one is forgotten.
type memory struct {
	secret     [32]byte
	mu         sync.Mutex // guards all below
	time       time.Duration
	young, old map[[32]byte]answer
}

type answer struct {
	ok    bool
	until time.Time
}

var remembered = newMemory()

func newMemory() *memory {
	m := &memory{time: defaultTime, young: map[[32]byte]answer{}}
	rand.Read(m.secret[:])
	return m
}

// Configure takes the setting of a configuration into force.
func Configure(defines []apacheconf.Define) {
	d := defaultTime
	for _, def := range defines {
		if def.Name != Setting {
			continue
		}
		if n, err := strconv.ParseUint(def.Value, 10, 16); err == nil {
			d = time.Duration(n) * time.Second
		}
	}
	remembered.mu.Lock()
	defer remembered.mu.Unlock()
	remembered.time = d
	if d == 0 {
		remembered.young, remembered.old = map[[32]byte]answer{}, nil
	}
}

// key is what a password for a hash is remembered by.
func (m *memory) key(h Hash, password string) (k [32]byte) {
	mac := hmac.New(sha256.New, m.secret[:])
	mac.Write(binary.LittleEndian.AppendUint64(nil, h.State))
	for _, part := range [...]string{h.User, h.Text, password} {
		mac.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	mac.Sum(k[:0])
	return k
}

func (m *memory) get(key [32]byte) (ok, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, known := m.young[key]
	if !known {
		if a, known = m.old[key]; known {
			delete(m.old, key)
			m.add(key, a)
		}
	}
	return a.ok, known && time.Now().Before(a.until)
}

func (m *memory) put(key [32]byte, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.time > 0 {
		m.add(key, answer{ok, time.Now().Add(m.time)})
	}
}

func (m *memory) add(key [32]byte, a answer) {
	if len(m.young) >= maxHalf {
		m.young, m.old = map[[32]byte]answer{}, m.young
	}
	m.young[key] = a
}
