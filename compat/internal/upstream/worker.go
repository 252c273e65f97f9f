package upstream

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Worker is a server that is asked.
type Worker struct {
	Name   string // URL, scheme and host in lower case, without the scheme's own port
	Scheme string
	Host   string
	Port   int
	Socket string // path of a Unix socket that is connected to instead
	Match  bool   // Name has $1 in it, or is of a ProxyPassMatch
	Params
	Balancer *Balancer // it is a member of; nil: none

	pool   pool
	busy   atomic.Int64 // requests under way
	sent   atomic.Int64 // bytes
	read   atomic.Int64
	chosen atomic.Int64 // times a balancer elected it

	mu      sync.Mutex // guards what follows
	status  Status
	failed  time.Time // when it was last put into error
	known   *addresses
	retries int
	passed  int // checks since it failed
	missed  int // checks that failed, while it was well

	// LBStatus is the standing among members of a balancer, which guards it.
	LBStatus int
}

const defaultRetry = 60 * time.Second

// generic is a worker for whatever no other is for. Nothing is kept of it.
func generic(name string) *Worker {
	w := &Worker{Name: name, Scheme: "*", Host: "*"}
	w.DisableReuse, w.AddressTTL = true, new(int)
	w.status = IgnoreErrors | Generic | Initialized
	return w
}

// NewForward is the worker for clients that use us as their proxy.
func NewForward() *Worker { return generic("proxy:forward") }

// NewWorker makes the worker for a URL, "unix:PATH|URL" for one behind a Unix
// socket (ap_proxy_define_worker_ex). The error is Apache's text. resolve makes
// the path of the socket absolute.
func NewWorker(url string, match bool, resolve func(string) string) (*Worker, error) {
	w := &Worker{Match: match}
	u := url
	if socket, rest, ok := cutSocket(url); ok {
		w.Socket, u = resolve(socket), rest
	}
	dollars := ""
	if match {
		u, dollars = w.cutReferences(u)
	}
	p, ok := ParseURL(u)
	if !ok {
		return nil, errorText("Unable to parse URL: " + url)
	}
	if scheme, path, found := strings.Cut(u, ":"); found && p.Scheme == "" && w.Socket != "" {
		p.Scheme, p.Path = scheme, path // "unix:PATH|http:" says all there is to say.
	}
	if p.Scheme == "" || p.Host == "" && w.Socket == "" {
		return nil, errorText("URL must be absolute!: " + url)
	}
	if p.Host == "" {
		p.Host = "localhost"
	}
	p.Scheme, p.Host = strings.ToLower(p.Scheme), strings.ToLower(p.Host)
	if p.Port == DefaultPort(p.Scheme) {
		p.Port = 0
	}
	p.Path = dollars + p.Path
	w.Name, w.Scheme, w.Host, w.Port = p.String(), p.Scheme, strings.Trim(p.Host, "[]"), p.Port
	if w.Port == 0 {
		w.Port = DefaultPort(p.Scheme)
	}
	if match && strings.Contains(w.Name, "$") {
		w.DisableReuse = true
	}
	return w, nil
}

type errorText string

func (e errorText) Error() string { return string(e) }

// cutReferences takes "$1" and what follows off a port: the server depends on
// the request then, so nothing of it can be kept.
func (w *Worker) cutReferences(url string) (without, dollars string) {
	i := strings.Index(url, "://")
	if i < 0 {
		return url, ""
	}
	end := len(url)
	if j := strings.IndexByte(url[i+3:], '/'); j >= 0 {
		end = i + 3 + j
	}
	authority := url[i+3 : end]
	host, port, hasPort := strings.Cut(authority, ":")
	if strings.Contains(host, "$") {
		w.AddressTTL = new(int)
	}
	if !hasPort {
		return url, ""
	}
	for j := 0; j+1 < len(port); j++ {
		if port[j] == '$' && port[j+1] >= '0' && port[j+1] <= '9' {
			w.AddressTTL = new(int)
			return url[:i+3] + host + ":" + port[:j] + url[end:], port[j:]
		}
	}
	return url, ""
}

// Initialize ends the configuration of w.
func (w *Worker) Initialize() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status&Initialized != 0 {
		return
	}
	if w.Balancer == nil {
		w.status |= IgnoreErrors
	}
	w.status = (w.status | w.setStatus | Initialized) &^ w.clearStatus
	if w.Factor == 0 {
		w.Factor = 100
	}
	if w.Retry == nil {
		retry := defaultRetry
		w.Retry = &retry
	}
	if w.Max > 0 {
		w.pool.slots = make(chan struct{}, w.Max)
	}
}

// Status is the state of w.
func (w *Worker) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

// SetStatus changes the state of w.
func (w *Worker) SetStatus(change func(Status) Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status = change(w.status)
}

// Usable reports whether w may be asked.
func (w *Worker) Usable() bool { return w.Status().Usable() }

// Fail puts w into error, unless it is one that is asked whatever happens.
func (w *Worker) Fail() (failed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status&IgnoreErrors != 0 {
		return false
	}
	w.status |= InError
	w.failed = time.Now()
	return true
}

// TryAgain takes w out of error if its time is over, and reports whether it is
// out of it (ap_proxy_retry_worker).
func (w *Worker) TryAgain() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.status&InError == 0:
		return true
	case w.status&Stopped != 0:
		return false
	case w.status&IgnoreErrors != 0 || time.Since(w.failed) > *w.Retry:
		w.status &^= InError
		w.retries++
		return true
	}
	return false
}

// recovered notes that w could be connected to.
func (w *Worker) recovered() {
	w.mu.Lock()
	w.retries = 0
	w.mu.Unlock()
}

// recover takes w out of error.
func (w *Worker) forceRecovery() {
	w.mu.Lock()
	w.status &^= InError
	w.retries++
	w.mu.Unlock()
}

// Counts are what w has done.
type Counts struct{ Elected, Busy, Sent, Read int64 }

// Counts are what w has done so far.
func (w *Worker) Counts() Counts {
	return Counts{w.chosen.Load(), w.busy.Load(), w.sent.Load(), w.read.Load()}
}

// String is how w is called in messages.
func (w *Worker) String() string {
	if w.Socket != "" {
		return "unix:" + w.Socket + "|" + w.Name
	}
	return w.Name
}

// Reusable reports whether connections to w may be used again.
func (w *Worker) Reusable() bool {
	return !w.DisableReuse && (w.AddressTTL == nil || *w.AddressTTL != 0)
}

// CanUpgrade reports whether w may go on with another protocol
// (ap_proxy_worker_can_upgrade); fallback is the one where upgrade= says none.
func (w *Worker) CanUpgrade(protocol, fallback string) bool {
	if w.Upgrade == "" {
		return fallback != "" && strings.EqualFold(fallback, protocol)
	}
	return w.Upgrade == "*" || strings.EqualFold(w.Upgrade, protocol) || HasToken(w.Upgrade, protocol)
}

// HasToken reports whether a list with commas holds a token, in any case.
func HasToken(list, token string) bool {
	for part := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(part), token) {
			return true
		}
	}
	return false
}
