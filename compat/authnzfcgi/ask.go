package authnzfcgi

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/fastcgi"
	"understudy/compat/internal/scriptheader"
	"understudy/compat/internal/upstream"
)

// timeout is how long an authorizer may take for anything (FCGI_IO_TIMEOUT).
const timeout = 30 * time.Second

// maxBody is how much of an answer's body is kept (NON200_RESPONSE_BUF_LEN), and
// maxHeader and maxAnswer bound the header and all of it.
const (
	maxBody   = 8192
	maxHeader = 128 << 10
	maxAnswer = 16 << 20
)

// A body is the beginning of what an authorizer answers beside its header.
type body struct{ data []byte }

// ask sends the request's variables to the authorizer, and makes r's status and
// fields what it answers; 500 where it does not (req_rsp). password is nil where
// there is none. answer takes the body, where it is wanted.
func (p *provider) ask(r *compat.Request, password *string, role string, answer *body) {
	saved := slices.Clone(r.Env.All())
	err := p.exchange(r, variables(r, password, role), answer)
	r.Env.Reset()
	for _, f := range saved {
		r.Env.Set(f.Name, f.Value)
	}
	if err != nil {
		r.Status = 500
	} else {
		r.Logf(short, compat.LevelDebug, nil, "AH02515: req_rsp: Received HTTP status %d", r.Status)
	}
	if r.Status == 200 {
		takeVariables(r)
	}
}

// takeVariables makes variables of the fields that are called so.
func takeVariables(r *compat.Request) {
	const prefix = "Variable-"
	var found []compat.Field
	for _, f := range r.ErrOut.Fields() {
		if len(f.Name) >= len(prefix) && strings.EqualFold(f.Name[:len(prefix)], prefix) {
			found = append(found, f)
		}
	}
	for _, f := range found {
		r.ErrOut.Del(f.Name)
		r.Env.Set(f.Name[len(prefix):], f.Value)
	}
}

// variables are what the authorizer is told (setupenv).
func variables(r *compat.Request, password *string, role string) []compat.Field {
	upstream.AddCGI(r)
	r.Env.Set("FCGI_ROLE", "AUTHORIZER")
	if role != "" {
		r.Env.Set("FCGI_APACHE_ROLE", role)
	}
	if password != nil {
		r.Env.Set("REMOTE_PASSWD", *password)
	}
	for _, name := range []string{"CONTENT_LENGTH", "PATH_INFO", "PATH_TRANSLATED", "SCRIPT_NAME", "HTTP_KEEP_ALIVE", "HTTP_TE",
		"HTTP_TRAILER", "HTTP_TRANSFER_ENCODING", "HTTP_UPGRADE"} {
		r.Env.Unset(name)
	}
	r.Env.Set("HTTP_CONNECTION", "close")
	return r.Env.All()
}

func (p *provider) exchange(r *compat.Request, vars []compat.Field, answer *body) error {
	address := net.JoinHostPort(p.host, strconv.Itoa(p.port))
	conn, err := net.DialTimeout("tcp", address, timeout)
	if err != nil {
		r.Logf(short, compat.LevelError, err, "AH02495: attempt to connect to %s (%s) failed", address, p.backend)
		return err
	}
	defer conn.Close()
	request := fastcgi.AppendBegin(nil, fastcgi.Authorizer, false)
	request = fastcgi.AppendParams(request, vars, func(name string) {
		r.Logf(short, compat.LevelWarn, nil, "AH02499: couldn't encode envvar '%s' in %d bytes", name, fastcgi.MaxParams)
	})
	conn.SetDeadline(time.Now().Add(timeout))
	if _, err = conn.Write(request); err != nil {
		r.Logf(short, compat.LevelError, err, "AH02498: Sending data to %s failed", p.backend)
		r.Logf(short, compat.LevelError, err, "AH02512: req_rsp: Failed writing environment to %s", p.backend)
		return err
	}
	x := &exchange{p: p, r: r, conn: conn, answer: answer}
	if err = x.read(); err != nil {
		r.Logf(short, compat.LevelError, err, "AH02514: req_rsp: Failed handling response from %s", p.backend)
	}
	return err
}

// An exchange is an answer while it is read (handle_response).
type exchange struct {
	p        *provider
	r        *compat.Request
	conn     net.Conn
	answer   *body
	in       fastcgi.Reader
	header   []byte
	inHeader bool // it has ended
	ended    bool
}

func (x *exchange) errorf(err error, format string, args ...any) {
	x.r.Logf(short, compat.LevelError, err, format, args...)
}

func (x *exchange) read() error {
	var pending []byte
	buffer := make([]byte, 8<<10)
	for total := 0; !x.ended; {
		x.conn.SetDeadline(time.Now().Add(timeout))
		n, failure := x.conn.Read(buffer)
		if total += n; total > maxAnswer {
			return errors.New("the answer is too long")
		}
		pending = append(pending, buffer[:n]...)
		used, err := x.take(pending)
		if err != nil {
			return err
		}
		pending = append(pending[:0], pending[used:]...)
		if failure != nil && !x.ended {
			x.errorf(nil, "AH02497: Couldn't read from backend %s", x.p.backend)
			x.errorf(failure, "AH02501: handle_response: Error occurred before reading entire header")
			return failure
		}
	}
	if !x.inHeader {
		x.errorf(nil, "AH02510: handle_response: Never reached end of script headers")
		return errBad
	}
	return nil
}

var errBad = errors.New("(22)Invalid argument")

// take obeys the records in b, and says how much of it that was.
func (x *exchange) take(b []byte) (used int, err error) {
	for !x.ended {
		kind, content, n, err := x.in.Next(b[used:])
		var fault *fastcgi.Fault
		switch {
		case errors.As(err, &fault) && fault.Version:
			x.errorf(nil, "AH02502: handle_response: Got bogus FastCGI header version %d", fault.Value)
			return used, errBad
		case fault != nil:
			x.errorf(nil, "AH02503: handle_response: Got bogus FastCGI header request id %d, expected 1", fault.Value)
			return used, errBad
		}
		if n == 0 {
			return used, nil
		}
		used += n
		if kind != 0 {
			err = x.record(kind, content)
		}
		if err != nil {
			return used, err
		}
	}
	return used, nil
}

func (x *exchange) record(kind byte, content []byte) error {
	switch kind {
	case fastcgi.Stdout:
		if len(content) > 0 && !x.inHeader {
			return x.output(content)
		}
	case fastcgi.Stderr:
		if len(content) > 0 {
			x.r.Logf(short, compat.LevelWarn, nil, "AH02507: handle_response: Logged from %s: '%s'", x.p.backend, content)
		}
	case fastcgi.EndRequest:
		x.ended = true
	default:
		x.errorf(nil, "AH02508: handle_response: Got bogus FastCGI record type %d", kind)
	}
	return nil
}

// output takes a part of the header, up to the record in which it ends. What of
// the body is in that record is all that is kept of it.
func (x *exchange) output(content []byte) error {
	x.header = append(x.header, content...)
	if len(x.header) > maxHeader {
		return errors.New("the header is too long")
	}
	if !ends(x.header) {
		return nil
	}
	x.inHeader = true
	in := bufio.NewReader(bytes.NewReader(x.header))
	status := scriptheader.Read(x.r, short, in)
	x.r.Logf(short, compat.LevelDebug, nil, "AH02504: handle_response: script header parsing -> %d/%d", status, x.r.Status)
	x.r.Out.Del("Content-Length")
	x.r.Out.Del("Transfer-Encoding")
	if x.answer != nil {
		x.answer.data, _ = io.ReadAll(io.LimitReader(in, maxBody))
	}
	if status != compat.OK {
		// What is wrong with it is not for the client.
		x.r.Notes.Unset("error-notes")
		x.r.Notes.Unset("verbose-error-to")
		x.r.Status = int(status)
		x.errorf(nil, "AH02506: handle_response: Error parsing script headers from %s", x.p.backend)
		return errBad
	}
	return nil
}

// ends reports whether there is an empty line in b.
func ends(b []byte) bool {
	return bytes.Contains(b, []byte("\n\n")) || bytes.Contains(b, []byte("\n\r\n")) || len(b) > 0 && b[0] == '\n' ||
		bytes.HasPrefix(b, []byte("\r\n"))
}
