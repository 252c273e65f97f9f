package proxyhcheck

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"understudy/apacheconf/expr"
	"understudy/compat"
	"understudy/compat/internal/upstream"
)

func complete(b *compat.Build) error {
	if b.Loaded("watchdog_module") == nil {
		return compat.Refuse("AH03262: mod_watchdog is required\nAH00020: Configuration Failed, exiting")
	}
	b.Background(func(ctx context.Context, log compat.HostLog) { (&checker{b: b, log: log}).run(ctx) })
	return nil
}

// maxChecks is how many checks are under way at a time.
const maxChecks = 16

// A checker looks after the workers of a configuration.
type checker struct {
	b    *compat.Build
	log  compat.HostLog
	last map[*upstream.Worker]time.Time // of its check, or of the start
}

// run checks until ctx ends (hc_watchdog_callback).
func (c *checker) run(ctx context.Context) {
	c.last = map[*upstream.Worker]time.Time{}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			c.round(ctx)
		}
	}
}

// round makes the checks that are due.
func (c *checker) round(ctx context.Context) {
	var all sync.WaitGroup
	places := make(chan struct{}, maxChecks)
	for _, h := range c.b.AllHosts() {
		s := upstream.ServerSlot.In(h.Section.Vector)
		if s == nil {
			continue
		}
		for _, bal := range s.Balancers {
			bal.Hold()
			members := bal.Members
			for _, w := range members {
				if check := w.Check; c.due(w, check) {
					all.Add(1)
					go func() {
						defer all.Done()
						places <- struct{}{}
						c.check(ctx, h, s, w, check)
						<-places
					}()
				}
			}
			bal.LetGo()
		}
	}
	all.Wait()
}

func (c *checker) due(w *upstream.Worker, check upstream.Check) bool {
	if check.Method == "" || check.Method == "NONE" || w.Status()&upstream.Stopped != 0 {
		return false
	}
	now := time.Now()
	if last, known := c.last[w]; known && now.Sub(last) <= check.Interval {
		return false
	} else if !known {
		c.last[w] = now
		return false
	}
	c.last[w] = now
	return true
}

// check makes one, and notes what comes of it (hc_check).
func (c *checker) check(ctx context.Context, h *compat.Host, s *upstream.Server, w *upstream.Worker, check upstream.Check) {
	err := probe(ctx, s, w, check)
	enabled, disabled := w.Checked(err == nil)
	level := h.Scope.Core.LogLevel.Of("proxy_hcheck")
	switch {
	case level < compat.LevelInfo:
	case enabled:
		c.log(h, "proxy_hcheck", compat.LevelInfo, "AH03302: Health check ENABLING "+w.String())
	case disabled:
		c.log(h, "proxy_hcheck", compat.LevelInfo, "AH03303: Health check DISABLING "+w.String())
	}
}

const (
	defaultTimeout = 60 * time.Second
	maxBody        = 1 << 20
)

// probe asks w; nil: it is well.
func probe(ctx context.Context, s *upstream.Server, w *upstream.Worker, check upstream.Check) error {
	limit := defaultTimeout
	if w.Timeout > 0 {
		limit = w.Timeout
	}
	connect := limit
	if w.ConnectTimeout > 0 {
		connect = w.ConnectTimeout
	}
	dialer := net.Dialer{Timeout: connect}
	network, address := "tcp", net.JoinHostPort(w.Host, strconv.Itoa(w.Port))
	if w.Socket != "" {
		network, address = "unix", w.Socket
	}
	nc, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return err
	}
	defer nc.Close()
	if check.Method == "TCP" {
		return nil
	}
	nc.SetDeadline(time.Now().Add(limit))
	if w.Scheme == "https" || w.Scheme == "wss" {
		nc = tls.Client(nc, &tls.Config{ServerName: w.Host, InsecureSkipVerify: true})
	}
	if check.Method == "CPING" {
		return ping(nc)
	}
	return ask(nc, s, w, check)
}

// ping is CPing of AJP: the worker answers CPong (ajp_handle_cping_cpong).
func ping(nc net.Conn) error {
	if _, err := nc.Write([]byte{0x12, 0x34, 0, 1, 10}); err != nil {
		return err
	}
	var answer [5]byte
	if _, err := io.ReadFull(nc, answer[:]); err != nil {
		return err
	}
	if answer != [5]byte{'A', 'B', 0, 1, 9} {
		return errors.New("no CPong")
	}
	return nil
}

// ask sends a request of HTTP (hc_check_http).
func ask(nc net.Conn, s *upstream.Server, w *upstream.Worker, check upstream.Check) error {
	method, newer := strings.CutSuffix(check.Method, "11")
	protocol := "HTTP/1.0"
	if newer {
		protocol = "HTTP/1.1"
	}
	target := "*"
	if method != "OPTIONS" {
		target = pathOf(w.Name)
		if target != "" && check.URI != "" {
			target += "/"
		}
		if target += check.URI; target == "" {
			target = "/"
		}
	}
	if strings.ContainsAny(target, " \r\n") {
		return errors.New("the URI cannot be sent")
	}
	fmt.Fprintf(nc, "%s %s %s\r\nHost: %s:%d\r\n\r\n", method, target, protocol, w.Host, w.Port)
	answer, err := http.ReadResponse(bufio.NewReader(io.LimitReader(nc, 2*maxBody)), &http.Request{Method: method})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var body []byte
	if method == "GET" {
		if body, err = io.ReadAll(io.LimitReader(answer.Body, maxBody)); err != nil {
			return err
		}
	}
	if cond := s.Condition(check.Expr); check.Expr != "" && cond != nil {
		if !cond.Expr.Eval(&reply{answer: answer, body: string(body), method: method, protocol: protocol}) {
			return errors.New("the condition failed")
		}
		return nil
	}
	if answer.StatusCode < 200 || answer.StatusCode > 399 {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}

// pathOf is the path of a worker's URL.
func pathOf(name string) string {
	_, rest, _ := strings.Cut(name, "://")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return ""
}

// A reply is an answer as conditions see it.
type reply struct {
	answer           *http.Response
	body             string
	method, protocol string
	captures         expr.Captures
}

func (a *reply) Var(name string) string {
	switch name {
	case "HC_BODY":
		return a.body
	case "REQUEST_STATUS":
		return strconv.Itoa(a.answer.StatusCode)
	case "REQUEST_METHOD":
		return a.method
	case "SERVER_PROTOCOL", "REQUEST_PROTOCOL":
		return a.protocol
	case "CONTENT_TYPE":
		return a.answer.Header.Get("Content-Type")
	}
	return ""
}

func (a *reply) Header(string, bool) string  { return "" }
func (a *reply) Response(name string) string { return a.answer.Header.Get(name) }
func (a *reply) Env(string) string           { return "" }
func (a *reply) Note(string) string          { return "" }
func (a *reply) LookupURI(string) bool       { return false }
func (a *reply) LookupFile(string) bool      { return false }
func (a *reply) Saw(string)                  {}
func (a *reply) RemoteIP() netip.Addr        { return netip.Addr{} }
func (a *reply) Captures() *expr.Captures    { return &a.captures }
