//go:build unix

package wsgi

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
)

// handle answers requests for WSGI scripts (wsgi_hook_handler).
func handle(r *compat.Request) compat.Status {
	if r.Handler != handlerName && r.Handler != "application/x-httpd-wsgi" {
		return compat.Declined
	}
	c := dir.Of(r)
	if c == nil {
		c = &config{}
	}
	if status := permitted(r, c); status != compat.OK {
		return status
	}
	j := &job{r: r, c: c, script: r.Filename, method: r.Method}
	if status := j.choose(); status != compat.OK {
		return status
	}
	return j.run()
}

// permitted looks whether the target may be run as a script.
func permitted(r *compat.Request, c *config) compat.Status {
	aliased := r.Notes.Has(aliasNote)
	fail := func(status compat.Status, text string) compat.Status {
		r.Logf("wsgi", compat.LevelError, nil, "%s: %s", text, r.Filename)
		return status
	}
	switch {
	case !aliased && r.Opts()&compat.OptExecCGI == 0:
		return fail(403, "Options ExecCGI is off in this directory")
	case r.Info == nil:
		return fail(404, "Target WSGI script not found or unable to stat")
	case r.IsDir():
		return fail(403, "Attempt to invoke directory as WSGI application")
	}
	if p := r.Scope.Core.AcceptPathInfo; r.PathInfo != "" && p != nil && *p == compat.PathInfoOff {
		return fail(404, "AcceptPathInfo off disallows user's path")
	}
	if r.BodyLength < 0 && !isOn(c.chunked, false) {
		r.Notes.Set("error-notes", "")
		r.Logf("wsgi", compat.LevelError, nil, "AH02595: chunked Transfer-Encoding forbidden: %s", r.Path)
		return 411
	}
	return compat.OK
}

// choose decides on group, application group and callable.
func (j *job) choose() compat.Status {
	r, c := j.r, j.c
	s := settingsOf(r.Host.Build)
	name := noted(r, processNote, c.process, "")
	name = expand(r, name)
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
		r.Logf("wsgi", compat.LevelError, nil, "Embedded mode of mod_wsgi disabled by runtime configuration: %s", r.Filename)
		return 500
	}
	j.application = expand(r, noted(r, applicationNote, c.application, "%{RESOURCE}"))
	if s.lowerGroups {
		j.application = strings.ToLower(j.application)
	}
	j.callable = "application"
	if v, ok := r.Notes.Lookup(callableNote); ok {
		j.callable = v
	} else if c.callable != nil {
		if v := expand(r, *c.callable); !strings.HasPrefix(v, "%") {
			j.callable = v
		}
	}
	j.pass = isOn(c.passAuthorization, false)
	if v, ok := r.Notes.Lookup(authorizationNote); ok {
		j.pass = v == "on"
	}
	if c.mapHead == "on" && r.Method == "HEAD" {
		j.method = "GET"
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
	socket := j.group.SocketTimeout
	if socket == 0 {
		socket = 60 * time.Second
		if t := r.Host.Timeout; t != nil {
			socket = *t
		}
	}
	answer := &answer{job: j}
	c := &call{target: gate.target(j.group, j.application), environ: j.environ, body: r.Body, reply: answer,
		connect: j.group.ConnectTimeout, socket: socket}
	err := c.do()
	if answer.status != 0 {
		return answer.status
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
		r.KeepAlive = false
		r.Aborted = true // The answer ends here, and nothing says that it was all.
		return compat.OK
	}
	return status
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
	begun  bool
	gone   bool          // the client is
	status compat.Status // to answer with instead
}

var errInstead = errors.New("answered otherwise")

// head takes status line and header (wsgi_execute_remote).
func (a *answer) head(h head) error {
	r := a.job.r
	r.Status, r.Reason = h.status, h.reason
	if r.Reason == "" {
		r.Reason = " "
	}
	location := ""
	for _, f := range h.fields {
		switch strings.ToLower(f[0]) {
		case "content-type":
			r.ContentType = lowerType(f[1])
		case "content-length":
			if _, err := strconv.ParseUint(f[1], 10, 63); err != nil {
				r.Logf("wsgi", compat.LevelError, nil, "malformed Content-Length '%s' from application: %s", f[1], a.job.script)
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
		r.Method = "GET"
		a.status = r.Engine.Redirect(r, location)
		return errInstead
	}
	switch {
	case r.Out.Has("Content-Length"):
		r.Notes.Set("fixed-length", "1")
	case !a.job.group.Embedded:
		r.Notes.Set("unknown-length", "1")
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
	if _, err := a.job.r.Writer.Write(p); err != nil {
		a.gone = true
		return err
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

func (a *answer) log(level byte, line []byte) {
	a.job.r.Logf("wsgi", compat.Level(min(level, byte(compat.LevelTrace8))), nil, "%s", line)
}
