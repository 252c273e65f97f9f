package vhost

import (
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"understudy/compat"
)

// A recording takes down an answer while it is made, and what it depends on.
type recording struct {
	compat.Output // where the answer goes
	answers       *answers
	a             *answer
	once          bool // the answer is not for again
	second        bool // it is for this second
	heads, ended  int
	last          *compat.Request // whose header went out
	fields        int             // of that header, and variables
	fieldNames    []string
	seen          map[seenKey]fs.FileInfo
}

type seenKey struct {
	by   *knownPaths
	path string
}

// record begins to take down the answer to r, which asks q.
func (a *answers) record(r *compat.Request, q *question) *recording {
	rec := &recording{Output: r.Wire, answers: a, a: &answer{question: q.clone(), taken: r.Start}, seen: map[seenKey]fs.FileInfo{}}
	r.Wire = rec
	r.Record(rec)
	return rec
}

// wants reports whether an answer was asked for before, and none in to, the
// answers there are, was found to be not for again just now.
func (s *answerShard) wants(hash uint64, to []*answer, q *question, now time.Time) bool {
	slot, mark := &s.asked[hash/answerShards%uint64(len(s.asked))], uint32(hash>>32)
	if slot.Swap(mark) != mark {
		return false
	}
	slot.Store(0) // Those that come meanwhile are not taken down, too.
	if len(to) > fewVariants && now.Sub(to[0].taken) < thirdThoughts {
		return false
	}
	return !slices.ContainsFunc(to, func(a *answer) bool {
		return a.made == nil && now.Sub(a.taken) < secondThoughts && a.equal(q)
	})
}

// Field implements compat.Recorder.
func (rec *recording) Field(name string) {
	for _, have := range rec.fieldNames {
		if len(have) == len(name) && strings.EqualFold(have, name) {
			return
		}
	}
	rec.fieldNames = append(rec.fieldNames, strings.Clone(name))
}

// Saw implements compat.Recorder. Whether a link is followed nobody says.
func (rec *recording) Saw(path string) {
	for _, k := range []*knownPaths{paths, links} {
		info, err := k.stat(path, true)
		rec.saw(k, path, info, err)
	}
}

func (rec *recording) saw(k *knownPaths, path string, info fs.FileInfo, err error) {
	if err != nil && !missing(err) || len(rec.seen) >= maxSeen {
		rec.once = true
		return
	}
	key := seenKey{k, path}
	if before, also := rec.seen[key]; !also {
		rec.seen[seenKey{k, strings.Clone(path)}] = info
	} else if (before == nil) != (info == nil) || info != nil && !k.same(before, info) {
		rec.once = true
	}
}

// ThisSecond implements compat.Recorder.
func (rec *recording) ThisSecond() { rec.second = true }

// Once implements compat.Recorder.
func (rec *recording) Once() { rec.once = true }

// Head takes down whose header goes out.
func (rec *recording) Head(r *compat.Request, length int64) error {
	rec.heads++
	rec.last, rec.a.length, rec.a.keepAlive, rec.fields = r, length, r.KeepAlive, fieldsOf(r)
	return rec.Output.Head(r, length)
}

// fieldsOf is how many fields and variables r has.
func fieldsOf(r *compat.Request) int {
	return r.Out.Len() + r.ErrOut.Len() + len(r.Env.All()) + r.Status<<16
}

// Write takes a part of the body down.
func (rec *recording) Write(p []byte) (int, error) {
	if len(rec.a.body)+len(p) > maxAnswerBody {
		rec.once, rec.a.body = true, nil
	}
	if !rec.once {
		rec.a.body = append(rec.a.body, p...)
	}
	return rec.Output.Write(p)
}

// File passes on what is too large to be taken down.
func (rec *recording) File(f *os.File, offset, n int64) error {
	rec.once = true
	return rec.Output.File(f, offset, n)
}

// Flush passes the wish on: who has it does not know the body as a whole.
func (rec *recording) Flush() error {
	rec.once = true
	return rec.Output.Flush()
}

// Interim passes on what comes before the answer.
func (rec *recording) Interim(status int, h *compat.Header) error {
	rec.once = true
	return rec.Output.Interim(status, h)
}

// Finish takes down that the answer is whole.
func (rec *recording) Finish(r *compat.Request) error {
	rec.ended++
	err := rec.Output.Finish(r)
	rec.once = rec.once || err != nil
	return err
}

// Hijack implements compat.Hijacker, for outputs that do.
func (rec *recording) Hijack(r *compat.Request) (net.Conn, error) {
	rec.once = true
	if h, ok := rec.Output.(compat.Hijacker); ok {
		return h.Hijack(r)
	}
	return nil, os.ErrInvalid
}

// end lets go of the request, and keeps its answer if it is for again.
func (rec *recording) end(r *compat.Request) {
	for n := r; n != nil; n = n.Next {
		n.Wire = rec.Output
		n.Record(nil)
	}
	a := rec.a
	if rec.once || rec.heads != 1 || rec.ended != 1 || r.Aborted || rec.last.Aborted || rec.fields != fieldsOf(rec.last) ||
		rec.last.Next != nil || rec.last.Main != nil || !remembers(rec.last) || !rec.settled() {
		rec.answers.keep(&answer{question: a.question, taken: a.taken})
		return
	}
	if rec.second {
		a.second = r.Start.Unix()
	}
	for _, name := range rec.fieldNames {
		a.fields = append(a.fields, askedField{name, compat.CloneStrings(r.In.Values(name))})
	}
	for n := r; n != nil; n = n.Next {
		a.made = append(a.made, n.Keep())
	}
	rec.answers.keep(a)
}

// settled reports whether all that was seen is still the same, and settled.
func (rec *recording) settled() bool {
	for key, info := range rec.seen {
		if same, _ := key.by.holds(key.path, info); !same {
			return false
		}
		if info != nil && !key.by.passes(info) && !compat.StateOf(key.path, info).Settled() {
			return false
		}
		rec.a.seen = append(rec.a.seen, seenPath{key.by, key.path, info})
	}
	return true
}
