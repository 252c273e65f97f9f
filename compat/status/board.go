package status

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"understudy/compat"
)

// scoreboard is that of the process. It outlives configurations, as the
// connections do.
var scoreboard board

// A board has a place for each request that may be under way.
type board struct {
	mu     sync.Mutex // guards growing
	places atomic.Pointer[[]*place]
	other  place // counts requests that found no place, or that could not be read
}

// Apache shows that much of a request line and of a host's name.
const (
	lineSize = 63
	hostSize = 31
)

// A place is that of a request. It copies what it shows, for the strings of
// a request die with it.
type place struct {
	taken atomic.Bool
	mu    sync.Mutex // guards what follows
	record
}

// A record is what is known of the requests that had a place.
type record struct {
	busy         bool
	generation   int
	count        uint64 // requests that ended
	bytes        int64
	duration     time.Duration
	start, end   time.Time // of the last request
	onConnection int       // requests on the connection of the one under way
	client       netip.Addr
	protocol     string
	port         int
	line         [lineSize]byte
	host         [hostSize]byte
	lineN, hostN uint8
}

// grow makes room for n requests.
func (b *board) grow(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var places []*place
	if have := b.places.Load(); have != nil {
		places = append(places, *have...)
	}
	for len(places) < n {
		places = append(places, new(place))
	}
	b.places.Store(&places)
}

func (b *board) all() []*place {
	if places := b.places.Load(); places != nil {
		return *places
	}
	return nil
}

// tries is how many places are looked at for a free one. The first depends on
// the connection, so that connections are seldom in each other's way.
const tries = 16

func (b *board) begin(r *compat.Request, g *generation) {
	places := b.all()
	for i := range min(tries, len(places)) {
		at := int((uint64(r.Conn.ID) + uint64(i)) % uint64(len(places)))
		if s := places[at]; s.taken.CompareAndSwap(false, true) {
			r.Worker = at + 1
			s.begin(r, g)
			return
		}
	}
}

func (s *place) begin(r *compat.Request, g *generation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy, s.generation, s.start, s.onConnection = true, g.number, r.Start, r.Conn.Keepalives+1
	s.client, s.protocol, s.port = r.RemoteAddr.Addr(), protocol(r), int(r.Conn.Local.Port())
	line := r.Line
	if g.tail && len(line) > lineSize {
		line = line[len(line)-lineSize:]
	}
	s.lineN = uint8(copy(s.line[:], line))
	s.hostN = uint8(copy(s.host[:], r.Host.Name))
}

func protocol(r *compat.Request) string {
	if r.ProtoNum >= 2000 {
		return "h2"
	}
	return "http/1.1"
}

// end counts a request, and frees its place.
func (b *board) end(r *compat.Request) {
	s := &b.other
	places := b.all()
	if r.Worker > 0 && r.Worker <= len(places) {
		s = places[r.Worker-1]
	}
	s.mu.Lock()
	s.busy, s.onConnection = false, 0
	s.count++
	s.bytes += r.BytesOut
	s.end = time.Now()
	s.duration += s.end.Sub(r.Start)
	s.mu.Unlock()
	if r.Worker > 0 {
		r.Worker = 0
		s.taken.Store(false)
	}
}

// read is what s holds now.
func (s *place) read() record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record
}
