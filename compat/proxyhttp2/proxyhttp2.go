// Package proxyhttp2 is mod_proxy_http2: it asks workers by HTTP/2, in the clear
// (h2c:) and over TLS (h2:). The protocol is golang.org/x/net/http2's.
//
// Deviations: each request has a connection of its own, where Apache keeps one.
// Trailers and pushed answers are not passed on.
package proxyhttp2

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_http2. It has no directives.
var Module = compat.Module{Name: "proxy_http2_module", File: "mod_proxy_http2.c", Silent: true}

var _ = upstream.Register(upstream.Scheme{
	Module: "proxy_http2_module",
	Order:  -5,
	Canon:  canon,
	Handle: handle,
})

var rules = upstream.CanonRules{Module: "proxy_http2", BadURL: "AH03354", BadPath: "AH10412", BadQuery: "AH10411", Query: true}

// cutScheme takes the scheme off a URL.
func cutScheme(url string) (scheme, rest string) {
	for _, s := range []string{"h2c", "h2"} {
		if rest, ok := upstream.CutURL(url, s); ok {
			return s, rest
		}
	}
	return "", url
}

func canon(r *compat.Request, url string) compat.Status {
	scheme, rest := cutScheme(url)
	if scheme == "" {
		return compat.Declined
	}
	return upstream.Canon(r, scheme, rest, &rules)
}

// handle asks a worker (proxy_http2_handler).
func handle(c *upstream.Call) compat.Status {
	scheme, _ := cutScheme(c.URL)
	if scheme == "" {
		return compat.Declined
	}
	if c.TLS = scheme == "h2"; c.TLS && !compat.HasClientTLS(c.R) {
		c.Errorf("proxy_http2", nil, "AH03355: proxy: HTTP/2 over TLS needs mod_ssl: %s", c.URL)
		return 500
	}
	c.Function = "H2"
	c.Protocols = []string{"h2"}
	defer c.Release()
	if status := c.Begin(); status != compat.OK {
		return status
	}
	request, status := make2(c, scheme)
	if status != compat.OK {
		return status
	}
	if _, err := c.Connect(true); err != nil {
		c.Errorf("proxy_http2", nil, "AH03352: H2: failed to make connection to backend: %s", c.Host)
		return 503
	}
	c.Conn.Spent = true
	return ask(c, request)
}

// make2 makes the request for the library.
func make2(c *upstream.Call, scheme string) (*http.Request, compat.Status) {
	if err := c.Body.Prefetch(); err != nil {
		return nil, compat.StatusOf(err)
	}
	head, status := c.AppendHead(nil, upstream.Head{})
	if status != compat.OK {
		return nil, status
	}
	r := &http.Request{Method: c.R.Method, ProtoMajor: 2, Header: http.Header{}, ContentLength: c.Body.Length}
	for i, line := range bytes.Split(head, []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(": "))
		switch {
		case i == 0 || !ok:
		case bytes.EqualFold(name, []byte("Host")):
			r.Host = string(value)
		default:
			r.Header[http.CanonicalHeaderKey(string(name))] = append(r.Header[http.CanonicalHeaderKey(string(name))], string(value))
		}
	}
	if _, has := r.Header["User-Agent"]; !has {
		r.Header["User-Agent"] = nil // The library would send its own.
	}
	target, err := url.ParseRequestURI(c.Target)
	if err != nil {
		return nil, 400
	}
	target.Scheme, target.Host = "http", r.Host
	if scheme == "h2" {
		target.Scheme = "https"
	}
	r.URL = target
	if c.Body.Has && c.Body.Length != 0 {
		r.Body = io.NopCloser(c.Body.Reader())
	}
	return r, compat.OK
}

var transport = &http2.Transport{AllowHTTP: true, DisableCompression: true, MaxHeaderListSize: 64 << 10}

// ask sends the request and passes the answer on.
func ask(c *upstream.Call, request *http.Request) compat.Status {
	r := c.R
	cc, err := transport.NewClientConn(c.Conn.Net())
	if err != nil {
		c.Errorf("proxy_http2", err, "AH03353: HTTP/2 cannot be spoken to %s:%d", c.Host, c.Port)
		return 503
	}
	defer cc.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, limit := c.Timeouts()
	timer := time.AfterFunc(limit, cancel)
	defer timer.Stop()
	var late atomic.Bool
	context.AfterFunc(ctx, func() { late.Store(true) })
	answer, err := cc.RoundTrip(request.WithContext(ctx))
	if err != nil {
		if late.Load() {
			r.Notes.Set("proxy_timedout", "1")
			return upstream.ProxyError(r, 504, nil, "Timeout on reading from remote server")
		}
		return upstream.ProxyError(r, 502, err, "Error reading from remote server")
	}
	defer answer.Body.Close()
	fill(c, answer)
	if c.Dir.Overrides(answer.StatusCode) {
		r.ReasonStatus, r.Status, r.Reason = answer.StatusCode, 200, ""
		r.Notes.Set("proxy-error-override", "1")
		return compat.Status(answer.StatusCode)
	}
	buf := make([]byte, 32<<10)
	for {
		timer.Reset(limit)
		n, err := answer.Body.Read(buf)
		if n > 0 {
			if _, err := r.Writer.Write(buf[:n]); err != nil || r.Writer.Flush() != nil {
				r.Aborted = true
				return compat.OK
			}
		}
		if err == io.EOF {
			return compat.OK
		}
		if err != nil {
			c.Errorf("proxy_http2", err, "the answer of %s:%d breaks off", c.Host, c.Port)
			r.Writer.Flush()
			r.KeepAlive, r.Aborted = false, true
			return compat.OK
		}
	}
}

// fill makes the answer of r that of the worker.
func fill(c *upstream.Call, answer *http.Response) {
	r := c.R
	r.Status, r.Reason = answer.StatusCode, ""
	for name, values := range answer.Header {
		for _, v := range values {
			switch strings.ToLower(name) {
			case "content-length":
				continue
			case "location", "content-location", "uri", "destination":
				v = upstream.ReverseLocation(r, c.Dir, v)
			case "set-cookie":
				v = upstream.ReverseCookie(r, c.Dir, v)
			case "content-type":
				r.ContentType = v
			}
			r.Out.Add(name, v)
		}
	}
	if answer.ContentLength >= 0 {
		r.Out.Set("Content-Length", strconv.FormatInt(answer.ContentLength, 10))
	} else {
		r.Notes.Set("unknown-length", "1")
	}
}
