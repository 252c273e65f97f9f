package vhost

import (
	"hash/maphash"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"understudy/compat"
)

const (
	maxAnswers    = 4096     // in all
	maxAnswerBody = 64 << 10 // of one
	maxAnswersIn  = 32 << 20 // bytes, in all
	answerShards  = 16
	maxVariants   = 16 // answers to one URL
	fewVariants   = 4  // of which more are not taken down one after the other
	maxSeen       = 512
	// secondThoughts is how long an answer that is not for again keeps others to
	// the same URL from being taken down.
	secondThoughts = 2 * time.Second
	// thirdThoughts is how long those do of which there are more than a few.
	thirdThoughts = 100 * time.Millisecond
)

// answers are those that can be given again: to whom asks alike, as long as
// nothing changed of what they depend on. They belong to one configuration.
type answers struct {
	seed   maphash.Seed
	shards [answerShards]answerShard
}

type answerShard struct {
	asked [256]atomic.Uint32 // hashes of what was asked before

	mu    sync.RWMutex         // guards what follows
	to    map[uint64][]*answer // lists are never changed
	count int
	size  int
}

// An answer is what goes out, what it goes out to, and what it depends on.
type answer struct {
	question
	fields []askedField
	seen   []seenPath
	second int64         // the one it is good for; 0: any
	held   atomic.Uint64 // the moment since when only notice of a change can mean one
	taken  time.Time     // when it was taken down

	made      []*compat.Request // of the request and its internal redirects; nil: it is not for again
	length    int64
	body      []byte
	keepAlive bool // what was made of that before the header
	size      int  // in memory, about
}

// A question is what is known of a request when its host was chosen, but for
// its fields.
type question struct {
	scope          *compat.Scope
	line, hostname string
	port           int
	local          netip.AddrPort
	tls, stream    bool
	first          bool // request of its connection, where that is told of protocols
	keepAlive      bool
	env            []compat.Field
}

// An askedField is the values a field must have.
type askedField struct {
	name   string
	values []string
}

// A seenPath is what must be at a path; nil: nothing.
type seenPath struct {
	by   *knownPaths
	path string
	info fs.FileInfo
}

func newAnswers() *answers {
	a := &answers{seed: maphash.MakeSeed()}
	for i := range a.shards {
		a.shards[i].to = map[uint64][]*answer{}
	}
	return a
}

// questionOf is r's. It shares memory with it.
func questionOf(r *compat.Request) question {
	return question{scope: r.Scope, line: r.Line, hostname: r.Hostname, port: r.HostPort, local: r.Conn.Local,
		tls: r.Conn.TLS != nil, stream: r.Stream > 0, first: r.Conn.Keepalives == 0 && len(r.Host.Protocols) > 0, keepAlive: r.KeepAlive, env: r.Env.All()}
}

func (q *question) equal(o *question) bool {
	return q.scope == o.scope && q.line == o.line && q.hostname == o.hostname && q.port == o.port && q.local == o.local &&
		q.tls == o.tls && q.stream == o.stream && q.first == o.first && q.keepAlive == o.keepAlive && slices.Equal(q.env, o.env)
}

// clone is q without what it shares.
func (q *question) clone() question {
	c := *q
	c.line, c.hostname, c.env = strings.Clone(q.line), strings.Clone(q.hostname), compat.CloneFields(q.env)
	return c
}

func (a *answers) shard(q *question) (s *answerShard, hash uint64) {
	hash = maphash.String(a.seed, q.line) ^ maphash.String(a.seed, q.hostname)<<1
	return &a.shards[hash%answerShards], hash
}

// mayRepeat reports whether it makes sense to look for an answer to r. There are
// no mapped files: EnableMMAP is obeyed for what it is said for, that nothing is
// sent from memory.
func mayRepeat(r *compat.Request) bool {
	return remembers(r) && (r.Method == "GET" || r.Method == "HEAD") && r.Body == nil && !r.ExpectContinue && !r.Forward && !r.Proxied &&
		!r.AssBackwards && r.Trace == nil && r.Notes.Len() == 0 && r.ErrOut.Len() == 0 && r.Out.Len() == 0
}

func remembers(r *compat.Request) bool {
	on := r.Scope.Core.EnableMMAP
	return on == nil || *on
}

// repeat answers r as it was answered before, if that can be done. Else it begins
// to take down the answer, if that may be for again; nil: it may not.
func (e *engine) repeat(r *compat.Request) (rec *recording, given bool) {
	if !mayRepeat(r) {
		return nil, false
	}
	q := questionOf(r)
	s, hash := e.snap.answers.shard(&q)
	s.mu.RLock()
	to := s.to[hash]
	s.mu.RUnlock()
	if a := goodFor(r, &q, to); a != nil {
		a.give(e, r)
		return nil, true
	}
	if r.In.Has("Upgrade") || !s.wants(hash, to, &q, r.Start) {
		return nil, false
	}
	return e.snap.answers.record(r, &q), false
}

// goodFor is the answer among list to what r asks that is still good; nil: none.
func goodFor(r *compat.Request, q *question, list []*answer) *answer {
	caughtUp := false
	for _, a := range list {
		if a.made == nil || !a.answers(q, r) {
			continue
		}
		if !caughtUp {
			kernel.catchUp()
			caughtUp = true
		}
		if a.holds(r) {
			return a
		}
	}
	return nil
}

// answers reports whether a is to what r asks.
func (a *answer) answers(q *question, r *compat.Request) bool {
	if !a.equal(q) {
		return false
	}
	for i := range a.fields {
		if !a.fields[i].same(&r.In) {
			return false
		}
	}
	return true
}

func (f *askedField) same(h *compat.Header) bool {
	n := 0
	for _, field := range h.Fields() {
		if len(field.Name) == len(f.name) && strings.EqualFold(field.Name, f.name) {
			if n == len(f.values) || field.Value != f.values[n] {
				return false
			}
			n++
		}
	}
	return n == len(f.values)
}

// holds reports whether a is still good.
func (a *answer) holds(r *compat.Request) bool {
	if a.second != 0 && a.second != r.Start.Unix() {
		return false
	}
	now := kernel.moment()
	if now != 0 && a.held.Load() == now {
		return true
	}
	all := true
	for _, p := range a.seen {
		same, noticed := p.by.holds(p.path, p.info)
		if !same {
			return false
		}
		all = all && noticed
	}
	if all {
		a.held.Store(now)
	}
	return true
}

// give sends a. The phases after that find r, and what it was redirected to, as
// they were left when a was made.
func (a *answer) give(e *engine, r *compat.Request) {
	last := r
	r.Resume(a.made[0])
	for _, made := range a.made[1:] {
		n := e.derive(last)
		n.Prev, last.Next = last, n
		n.Wire, n.Line = r.Wire, r.Line
		n.Resume(made)
		last = n
	}
	last.KeepAlive = last.KeepAlive && a.keepAlive
	err := r.Wire.Head(last, a.length)
	if err == nil && len(a.body) > 0 {
		_, err = r.Wire.Write(a.body)
	}
	if err == nil {
		err = r.Wire.Finish(last)
	}
	if err != nil {
		last.Aborted = true
	}
	e.recalled = last
}

// measure estimates the memory of a.
func (a *answer) measure() {
	const each = 2 << 10 // for what has no length of its own
	a.size = each*(1+len(a.made)) + len(a.line) + len(a.body)
	for _, v := range a.env {
		a.size += len(v.Name) + len(v.Value)
	}
	for _, f := range a.fields {
		for _, v := range f.values {
			a.size += len(v)
		}
	}
	for _, p := range a.seen {
		a.size += len(p.path) + each/16
	}
}

// keep remembers n as an answer to those with hash; others make room for it.
func (a *answers) keep(n *answer) {
	n.measure()
	s, hash := a.shard(&n.question)
	s.mu.Lock()
	defer s.mu.Unlock()
	var to []*answer
	for _, other := range s.to[hash] {
		if len(to) == maxVariants-1 || other.replacedBy(n) {
			s.count, s.size = s.count-1, s.size-other.size
			continue
		}
		to = append(to, other)
	}
	delete(s.to, hash)
	for h, list := range s.to {
		if s.count < maxAnswers/answerShards && s.size+n.size <= maxAnswersIn/answerShards {
			break
		}
		for _, other := range list {
			s.count, s.size = s.count-1, s.size-other.size
		}
		delete(s.to, h)
	}
	s.to[hash] = append([]*answer{n}, to...)
	s.count, s.size = s.count+1, s.size+n.size
}

// replacedBy reports whether nobody needs a any more when n is there.
func (a *answer) replacedBy(n *answer) bool {
	if a.made == nil || n.made == nil {
		return a.made == nil && a.equal(&n.question)
	}
	return a.equal(&n.question) && slices.EqualFunc(a.fields, n.fields, func(x, y askedField) bool {
		return x.name == y.name && slices.Equal(x.values, y.values)
	})
}
