package php

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// The handlers of mod_php.
const (
	scriptHandler = "application/x-httpd-php"
	sourceHandler = "application/x-httpd-php-source"
	otherHandler  = "php-script"
)

// A Provider knows the sockets of a group of processes. Each kind of request has
// processes of its own: what a request tells php-fpm to set stays set in the
// process for those that follow.
type Provider interface {
	Socket(ctx context.Context, group, kind string) (string, error)
}

var provider Provider

// Use sets who is asked for processes. It is called before the first request.
func Use(p Provider) { provider = p }

// worker is what package upstream knows of the processes.
var worker = func() *upstream.Worker {
	w, err := upstream.NewWorker("fcgi://localhost/", false, func(p string) string { return p })
	if err != nil {
		panic(err)
	}
	w.Initialize()
	return w
}()

// startTime is how long a request waits for the processes to be there.
const startTime = 30 * time.Second

// handle answers with what a script makes (php_handler).
func handle(r *compat.Request, c *config) compat.Status {
	switch {
	case r.Handler == sourceHandler || strings.HasPrefix(r.Handler, sourceHandler+"-"):
		r.Logf("php", compat.LevelError, nil, "the highlighted source of %s is not shown", r.Filename)
		return 403
	case r.Handler != scriptHandler && r.Handler != otherHandler && !strings.HasPrefix(r.Handler, scriptHandler+"-"):
		return compat.Declined
	case c.get("engine") == "0":
		r.Notes.Set("php-engine-off", "1")
		return compat.Declined // As mod_php: it is a file like others then.
	case r.Info == nil:
		r.Logf("php", compat.LevelError, nil, "script '%s' not found or unable to stat", r.Filename)
		return 404
	case r.IsDir():
		r.Logf("php", compat.LevelError, nil, "attempt to invoke directory '%s' as script", r.Filename)
		return 403
	case r.PathInfo != "" && r.Scope.Core.AcceptPathInfo != nil && *r.Scope.Core.AcceptPathInfo == compat.PathInfoOff:
		r.Logf("php", compat.LevelInfo, nil, "AcceptPathInfo off disallows user's path")
		return 404
	}
	s := settingsOf(r.Host.Build)
	if !s.group.takes(c) {
		r.Logf("php", compat.LevelError, nil, "php_value and its like in .htaccess need a php-fpm, and only %s is installed: "+
			"%s is not run without them", s.group.program, r.Filename)
		return 500
	}
	socket, err := s.socket(c.kind())
	if err != nil {
		r.Logf("php", compat.LevelError, nil, "PHP cannot be asked: %v", err)
		return 503
	}
	return ask(r, c, socket)
}

// socket is where requests of a kind are answered.
func (s *settings) socket(kind string) (string, error) {
	if known, ok := s.sockets.Load(kind); ok {
		return known.(string), nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	socket, err := provider.Socket(ctx, s.group.Key, kind)
	if err == nil {
		s.sockets.Store(kind, socket)
	}
	return socket, err
}

// kind names those requests that have the same settings as others; "" is for
// those without any.
func (c *config) kind() string {
	if len(c.values) == 0 {
		return ""
	}
	h := sha256.New()
	for _, v := range c.values {
		fmt.Fprintf(h, "%s=%s\n%t\n", v.name, v.value, v.admin)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// ask has the script run.
func ask(r *compat.Request, c *config, socket string) compat.Status {
	file, proxied := r.Filename, r.Proxied
	r.Notes.Set(upstream.SocketNote, socket)
	say(r, "PHP_VALUE", c.values, false)
	say(r, "PHP_ADMIN_VALUE", c.values, true)
	body := upstream.BodyOf(r)
	defer body.Close()
	call := &upstream.Call{R: r, Server: &upstream.Server{}, Dir: &upstream.Dir{}, Worker: worker, URL: "fcgi://localhost/", Body: &body}
	defer func() {
		r.Filename, r.Proxied = file, proxied
		r.Notes.Unset(upstream.SocketNote)
		r.Env.Unset("PHP_VALUE")
		r.Env.Unset("PHP_ADMIN_VALUE")
	}()
	return upstream.SchemeOf("proxy_fcgi_module").Handle(call)
}

// say puts settings where php-fpm looks for them. engine is of mod_php alone.
func say(r *compat.Request, name string, values []value, admin bool) {
	r.Env.Unset(name) // Whoever set it.
	var b strings.Builder
	for _, v := range values {
		if v.admin == admin && v.name != "engine" {
			b.WriteString(v.name + "=" + v.value + "\n")
		}
	}
	if b.Len() > 0 {
		r.Env.Set(name, strings.TrimSuffix(b.String(), "\n"))
	}
}
