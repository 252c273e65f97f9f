package authdigest

import (
	"container/list"
	"sync"
)

// A client is who was given an opaque: the nonce it used last, by its time, and
// the count that came with it.
type client struct {
	key   uint32
	nonce int64
	count uint64
	used  bool
}

// What is wrong with the use of a nonce.
type misuse uint8

const (
	fine     misuse = iota
	unknown         // the client is not in the table any more
	oldNonce        // a nonce that was good for one request, or one before it
	oldCount        // a count that was seen already
)

// A table is the clients that are remembered, a bounded number.
type table struct {
	mu    sync.Mutex // guards all below
	last  uint32
	limit int
	by    map[uint32]*list.Element // of *client
	order *list.List               // the least recently used first
}

// Bounds on how many clients are remembered, whatever AuthDigestShmemSize says.
const (
	minClients = 4096
	maxClients = 1 << 20
)

var clients = newTable()

func newTable() *table {
	return &table{limit: minClients, by: map[uint32]*list.Element{}, order: list.New()}
}

func (t *table) bound(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limit = int(min(max(n, minClients), maxClients))
}

// add makes a new client and is its key. The one that was not used for longest
// goes where there are too many.
func (t *table) add() uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.order.Len() >= t.limit {
		oldest := t.order.Front()
		delete(t.by, oldest.Value.(*client).key)
		t.order.Remove(oldest)
	}
	for t.last++; t.last == 0 || t.by[t.last] != nil; {
		t.last++
	}
	t.by[t.last] = t.order.PushBack(&client{key: t.last})
	return t.last
}

func (t *table) has(key uint32) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.by[key]
	return ok
}

// use notes that a client used a nonce with a count, unless it must not: a nonce
// older than the last one was overtaken, and may be a replay. once tells that a
// nonce is good for one request. before is the count it had to be above.
func (t *table) use(key uint32, nonce int64, count uint64, once bool) (wrong misuse, before uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, ok := t.by[key]
	if !ok {
		return unknown, 0
	}
	c := at.Value.(*client)
	switch {
	case once && c.used && nonce <= c.nonce:
		return oldNonce, 0
	case !once && c.used && (nonce < c.nonce || nonce == c.nonce && count <= c.count):
		return oldCount, c.count
	case !once && count == 0:
		return oldCount, 0
	}
	c.nonce, c.count, c.used = nonce, count, true
	t.order.MoveToBack(at)
	return fine, 0
}
