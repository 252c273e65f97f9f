//go:build unix

package wsgi

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
)

// handle answers requests for WSGI scripts, and those that a handler script
// answers (wsgi_hook_handler).
func handle(r *compat.Request) compat.Status {
	c := dir.Of(r)
	if c == nil {
		c = &config{}
	}
	j := &job{r: r, c: c, script: r.Filename, method: r.Method}
	if r.Handler != handlerName && r.Handler != "application/x-httpd-wsgi" {
		s := c.handlers[r.Handler]
		if s == nil {
			return compat.Declined
		}
		j.script, j.handler = s.path, s.path
	} else if status := permitted(r); status != compat.OK {
		return status
	}
	if status := acceptable(r, c); status != compat.OK {
		return status
	}
	if status := j.choose(); status != compat.OK {
		return status
	}
	return j.run()
}

func fail(r *compat.Request, status compat.Status, text string) compat.Status {
	r.Logf("wsgi", compat.LevelError, nil, "%s: %s", text, r.Filename)
	return status
}

// permitted looks whether the target may be run as a script.
func permitted(r *compat.Request) compat.Status {
	switch {
	case !r.Notes.Has(aliasNote) && r.Opts()&compat.OptExecCGI == 0:
		return fail(r, 403, "Options ExecCGI is off in this directory")
	case r.Info == nil:
		return fail(r, 404, "Target WSGI script not found or unable to stat")
	case r.IsDir():
		return fail(r, 403, "Attempt to invoke directory as WSGI application")
	}
	return compat.OK
}

// acceptable looks whether path and body are such that a script may have them.
func acceptable(r *compat.Request, c *config) compat.Status {
	if p := r.Scope.Core.AcceptPathInfo; r.PathInfo != "" && p != nil && *p == compat.PathInfoOff {
		return fail(r, 404, "AcceptPathInfo off disallows user's path")
	}
	coding, coded := r.In.Lookup("Transfer-Encoding")
	switch {
	case coded && !strings.EqualFold(coding, "chunked"):
		return fail(r, 501, "Unexpected value for Transfer-Encoding of '"+coding+"' supplied. Only 'chunked' supported.")
	case coded && !isOn(c.chunked, false):
		return fail(r, 411, "Received request requiring chunked transfer encoding, but optional support for chunked "+
			"transfer encoding has not been enabled.")
	}
	return compat.OK
}

// choose decides on group, application group and callable: what a handler
// script, an alias or the directives say, and then WSGIDispatchScript.
func (j *job) choose() compat.Status {
	r, c := j.r, j.c
	own := &serverScript{}
	if j.handler != "" {
		own = c.handlers[r.Handler]
	}
	process := expand(r, noted(r, processNote, cmp.Or(own.process, c.process), ""))
	j.application = expand(r, noted(r, applicationNote, cmp.Or(own.application, c.application), "%{RESOURCE}"))
	j.callable = j.callableName()
	j.pass = isOn(cmp.Or(own.passAuthorization, c.passAuthorization), false)
	if v, ok := r.Notes.Lookup(authorizationNote); ok {
		j.pass = v == "on"
	}
	if c.dispatch != nil {
		if !j.dispatch("process_group", &process) || !j.dispatch("application_group", &j.application) ||
			!j.dispatch("callable_object", &j.callable) {
			return 500
		}
		process, j.application = expand(r, process), expand(r, j.application)
	}
	s := settingsOf(r.Host.Build)
	if s.lowerGroups {
		j.application = strings.ToLower(j.application)
	}
	if c.mapHead == "on" && r.Method == "HEAD" {
		j.method = "GET"
	}
	return j.enter(s, process)
}

func (j *job) callableName() string {
	if j.handler != "" {
		return "handle_request"
	}
	if v, ok := j.r.Notes.Lookup(callableNote); ok {
		return v
	}
	if j.c.callable != nil {
		if v := expand(j.r, *j.c.callable); !strings.HasPrefix(v, "%") {
			return v
		}
	}
	return "application"
}

// enter finds the daemon group, if the request may have it.
func (j *job) enter(s *settings, name string) compat.Status {
	r, c := j.r, j.c
	if c.restrict != nil && !slices.Contains(c.restrict, name) {
		return j.refuse("Daemon process called '%s' cannot be accessed by this WSGI application as not a member of allowed groups: %s", name)
	}
	if j.group = s.find(name); j.group == nil {
		return j.refuse("No WSGI daemon process called '%s' has been configured: %s", name)
	}
	if h := j.group.Host; h != nil && h.Virtual && h != r.Host && !strings.EqualFold(h.Name, r.Host.Name) {
		return j.refuse("Daemon process called '%s' cannot be accessed by this WSGI application: %s", name)
	}
	if j.group.Embedded && s.restrictEmbedded {
		return fail(r, 500, "Embedded mode of mod_wsgi disabled by runtime configuration")
	}
	if _, ok := j.group.inside(j.script); !ok {
		r.Logf("wsgi", compat.LevelError, nil, "WSGI script '%s' not located within chroot directory '%s'.", j.script, j.group.Chroot)
		return 500
	}
	if !j.ownedRight() {
		return 403
	}
	return compat.OK
}

func (j *job) refuse(format, name string) compat.Status {
	j.r.Logf("wsgi", compat.LevelError, nil, format, name, j.r.Filename)
	return 500
}

// noted is what an alias said, else the directive, else the default.
func noted(r *compat.Request, note string, directive *string, unsaid string) string {
	if v, ok := r.Notes.Lookup(note); ok {
		return v
	}
	if directive != nil {
		return *directive
	}
	return unsaid
}

// run sends the request to a worker, and answers for what goes wrong.
func (j *job) run() compat.Status {
	r := j.r
	r.Charset, r.Encodings, r.Languages, r.ContentType = "", nil, nil, ""
	c := j.call()
	defer c.release()
	answer := &answer{job: j, call: c}
	c.reply = answer
	err := c.do()
	if answer.status != 0 {
		return answer.status
	}
	if c.bodyError != nil && !answer.begun {
		r.KeepAlive = false
		return compat.StatusOf(c.bodyError) // What the application made of it does not count.
	}
	if err == nil {
		return compat.OK
	}
	if answer.gone {
		r.Aborted = true
		return compat.OK
	}
	if answer.begun && errors.Is(err, errFailed) && !j.group.Embedded {
		return compat.OK // A daemon's answer ends as if it were all.
	}
	status := j.explain(err)
	if answer.begun {
		r.Writer.Flush()
		r.KeepAlive = false
		r.Aborted = true // The answer ends here, and nothing says that it was all.
		return compat.OK
	}
	return status
}

// call is the call of a worker that the job is, without who takes the answer.
func (j *job) call() *call {
	socket := j.group.SocketTimeout
	if socket == 0 {
		socket = 60 * time.Second
		if t := j.r.Host.Timeout; t != nil {
			socket = *t
		}
	}
	c := newCall()
	c.target, c.environ, c.mtime = gate.target(j.group, j.application), j.environ, -1
	c.body, c.length = j.r.Body, j.r.BodyLength
	c.connect, c.socket = j.group.ConnectTimeout, socket
	// Embedded, an application that does not read a body does not let the client
	// send it either; and who sends in pieces may want answers to them.
	c.hold = c.length >= 0 && !(j.group.Embedded && j.r.ExpectContinue)
	if j.handler == "" && j.r.Info != nil {
		c.mtime = j.r.Info.ModTime().Unix()
	}
	return c
}

// explain logs what went wrong, in mod_wsgi's words and then ours, and answers
// the status for it.
func (j *job) explain(err error) compat.Status {
	say := func(format string, args ...any) {
		j.r.Logf("wsgi", compat.LevelError, nil, format, args...)
	}
	var died *DiedError
	var bad *ProtocolError
	name := j.group.Name
	switch {
	case errors.Is(err, errFailed):
		return 500 // The worker has logged why.
	case errors.Is(err, errInterrupted):
		return 504
	case errors.As(err, &died), errors.As(err, &bad):
		say("Truncated or oversized response headers received from daemon process '%s': %s", name, j.script)
		say("WSGI daemon process '%s': %v", name, err)
		return 500
	case errors.Is(err, ErrTimeout):
		say("Timeout when reading response headers from daemon process '%s': %s", name, j.script)
		return 504
	case errors.Is(err, ErrQueueTimeout):
		say("Queue timeout expired for WSGI daemon process '%s'.", name)
		return 504
	case errors.Is(err, ErrBusy):
		say("Unable to connect to WSGI daemon process '%s' after multiple attempts as listener backlog limit was exceeded "+
			"or the socket does not exist.", name)
		return 503
	}
	say("WSGI daemon process '%s': %v", name, err)
	return 500
}

// An answer is the application's response on its way to the client.
type answer struct {
	job    *job
	call   *call
	begun  bool
	gone   bool          // the client is
	length bool          // that of the body may be counted: there is nothing of it yet
	status compat.Status // to answer with instead
}

var errInstead = errors.New("answered otherwise")

// head takes status line and header (wsgi_execute_remote).
func (a *answer) head(h head) error {
	r := a.job.r
	if a.call.bodyError != nil && !a.job.group.Embedded {
		return errInstead
	}
	r.Status, r.Reason = h.status, h.reason
	if r.Reason == "" {
		r.Reason = " "
	}
	location := ""
	for _, f := range h.fields {
		if name, rest, ok := strings.Cut(f[0], ":"); ok && !a.job.group.Embedded {
			f = [2]string{name, strings.TrimSpace(rest + ": " + f[1])} // As Apache reads the line.
		}
		switch strings.ToLower(f[0]) {
		case "content-type":
			r.ContentType = f[1]
			if !a.job.group.Embedded {
				r.ContentType = lowerType(f[1])
			}
		case "content-length":
			f[1] = strings.TrimLeft(f[1], " \t")
			if _, err := strconv.ParseUint(f[1], 10, 63); err != nil {
				r.Logf("wsgi", compat.LevelError, nil, "malformed Content-Length '%s' from application: %s", f[1], a.job.script)
				r.Out.Reset()
				r.ContentType = ""
				a.status = 500
				return errInstead
			}
			r.Out.Set("Content-Length", f[1])
		case "location":
			location = f[1]
			r.Out.Set("Location", f[1])
		case "status":
			if a.job.group.Embedded {
				r.Out.Add(f[0], f[1])
				continue
			}
			if n, err := strconv.Atoi(f[1][:min(3, len(f[1]))]); err == nil && n >= 100 {
				r.Status, r.Reason = n, strings.TrimSpace(f[1][3:])
			}
		case "set-cookie", "www-authenticate":
			r.Out.Add(f[0], f[1])
		case "date", "server", "transfer-encoding":
		default:
			if a.job.group.Embedded {
				r.Out.Add(f[0], f[1])
				continue
			}
			r.Out.Merge(f[0], f[1])
		}
	}
	if isOn(a.job.c.errorOverride, false) && r.Status >= 400 && !a.job.group.Embedded {
		a.status = compat.Status(r.Status)
		r.Status, r.Reason = 200, ""
		return errInstead
	}
	if r.Status == 200 && strings.HasPrefix(location, "/") && !a.job.group.Embedded {
		r.Out.Reset()
		r.Reason, r.ContentType = "", ""
		a.job.environ(&Environ{vars: &r.Env}, 0) // They are seen as REDIRECT_… there.
		r.Method = "GET"
		r.In.Del("Content-Length")
		a.status = r.Engine.Redirect(r, location)
		return errInstead
	}
	switch {
	case r.Out.Has("Content-Length"):
		r.Notes.Set("fixed-length", "1")
	case !a.job.group.Embedded:
		r.Notes.Set("unknown-length", "1")
	default:
		a.length = true
	}
	r.Notes.Set("no-ranges", "1")
	a.begun = true
	return nil
}

// lowerType is a media type in lower case, its parameters as they are.
func lowerType(v string) string {
	t, params, ok := strings.Cut(v, ";")
	if !ok {
		return strings.ToLower(v)
	}
	return strings.ToLower(t) + ";" + params
}

func (a *answer) data(p []byte) error {
	if a.length { // Every block is sent at once, so that the length is not known.
		a.length = false
		a.job.r.Notes.Set("unknown-length", "1")
	}
	if _, err := a.job.r.Writer.Write(p); err != nil {
		a.gone = true
		return err
	}
	if len(a.job.r.OutputFilters) > 0 { // They hear that this block came without the end, as mod_wsgi passes it on.
		return a.flush()
	}
	return nil
}

func (a *answer) file(f *os.File, offset, n int64) error {
	if err := a.job.r.Writer.File(f, offset, n); err != nil {
		a.gone = true
		return err
	}
	return nil
}

func (a *answer) flush() error {
	if err := a.job.r.Writer.Flush(); err != nil {
		a.gone = true
		return err
	}
	return nil
}

// plainLine is set in the level of a line that does not name the client.
const plainLine = 0x80

// log writes a line of the application. One of a daemon says "remote" where
// others say "client", as mod_wsgi's processes do.
func (a *answer) log(level byte, line []byte) { a.job.log(level, line) }

func (j *job) log(level byte, line []byte) {
	r := j.r
	l := compat.Level(min(level&^plainLine, byte(compat.LevelTrace8)))
	switch {
	case !r.LogEnabled("wsgi", l):
	case level&plainLine != 0:
		r.Engine.LogHost(r.Host, "wsgi", l, string(line))
	case j.group.Embedded:
		r.Engine.Log(r, "wsgi", l, nil, string(line))
	default:
		r.Engine.LogHost(r.Host, "wsgi", l, "[remote "+compat.ClientAddr(r)+":"+strconv.Itoa(int(r.RemoteAddr.Port()))+"] "+string(line))
	}
}
