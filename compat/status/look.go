package status

import (
	"os"
	"time"

	"understudy/compat"
)

// A page is what is seen at one time, and the text under way.
type page struct {
	r       *compat.Request
	g       *generation
	noTable bool
	text    []byte

	now         time.Time
	uptime      int64 // seconds
	cpu         usage
	load        [3]float64
	records     []record
	count       uint64
	kilobytes   int64
	duration    time.Duration
	busy, idle  int
	connections int
	pid         int
}

// A usage is CPU time in seconds.
type usage struct{ user, system, childrenUser, childrenSystem float64 }

func (u usage) sum() float64 { return u.user + u.system + u.childrenUser + u.childrenSystem }

// look reads the board, and asks the system.
func (p *page) look() {
	p.now, p.pid = time.Now(), os.Getpid()
	p.uptime = int64(p.now.Sub(p.g.since) / time.Second)
	p.cpu, p.load = cpuUsage(), loadAverage()
	p.connections = process.Connections()
	other := scoreboard.other.read()
	p.count, p.duration = other.count, other.duration
	bytes := other.bytes
	for _, s := range scoreboard.all() {
		r := s.read()
		p.count, p.duration, bytes = p.count+r.count, p.duration+r.duration, bytes+r.bytes
		p.records = append(p.records, r)
	}
	p.kilobytes = bytes >> 10
	p.busy = max(process.Busy(), 1) // This one at least.
	p.idle = max(p.g.workers-p.busy, 0)
}

// board is a character for each worker: those with requests that were noted are
// at their places, others come first.
func (p *page) board() []byte {
	n := max(p.g.workers, len(p.records))
	b := make([]byte, n)
	noted := 0
	for i := range b {
		b[i] = '_'
		if i < len(p.records) && p.records[i].busy {
			b[i] = 'W'
			noted++
		}
	}
	for i := 0; i < n && noted < p.busy; i++ {
		if b[i] == '_' {
			b[i] = 'W'
			noted++
		}
	}
	return b
}

// async reports whether connections that wait have no worker, as with event.
func (p *page) async() bool { return p.g.mpm == "event" }

// keepAlive is how many connections wait for a request.
func (p *page) keepAlive() int { return max(p.connections-p.busy, 0) }

func (p *page) write(texts ...string) {
	for _, t := range texts {
		p.text = append(p.text, t...)
	}
}

// date is a time as the page has it.
func date(t time.Time) string { return compat.Strftime("%A, %d-%b-%Y %H:%M:%S %Z", t.Local()) }
