//go:build unix

package wsgi

import (
	"errors"
	"os"

	"understudy/compat"
)

// ask has the question of j answered. What went wrong has been logged.
func (j *job) ask() *answered {
	asking := &asking{job: j}
	c := j.call()
	defer c.release()
	c.body, c.reply = nil, asking
	err := c.do()
	if err == nil && asking.answer == nil {
		err = errNoAnswer
	}
	if err != nil {
		if !errors.Is(err, errFailed) {
			j.explain(err)
		}
		return &answered{kind: answerFailed}
	}
	return asking.answer
}

// An asking is the reply to a question.
type asking struct {
	job    *job
	answer *answered
}

func (a *asking) head(head) error   { return protocol("a header in the answer to a question") }
func (a *asking) data([]byte) error { return protocol("data in the answer to a question") }
func (a *asking) file(*os.File, int64, int64) error {
	return protocol("a file in the answer to a question")
}
func (a *asking) flush() error                     { return nil }
func (a *asking) log(level byte, line []byte)      { a.job.log(level, line) }
func (a *asking) value(payload []byte) (err error) { a.answer, err = parseAnswer(payload); return err }

// allow is WSGIAccessScript (wsgi_hook_access_checker).
func allow(r *compat.Request, c *config) compat.Status {
	if c.access == nil {
		return compat.Declined
	}
	r.Once()
	j := newQuestion(r, c, c.access, "allow_access", compat.RemoteHost(r))
	switch a := j.ask(); a.kind {
	case answerNone:
		return compat.Declined
	case answerTrue:
		return compat.OK
	case answerMissing:
		j.say("Target WSGI host access script '%s' does not provide host validator.", c.access.path)
	case answerText, answerList, answerOther:
		j.say("Indicator of host accessibility returned from '%s' must a boolean or None.", c.access.path)
	}
	j.say("Client denied by server configuration: '%s'.", r.Filename)
	return 403
}

// dispatch asks WSGIDispatchScript where the request goes; nil means that it
// keeps to what was configured (wsgi_execute_dispatch).
func (j *job) dispatch(function string, to *string) bool {
	q := newQuestion(j.r, j.c, j.c.dispatch, function)
	switch a := q.ask(); a.kind {
	case answerText:
		*to = a.text
	case answerNone, answerMissing:
	case answerFailed:
		return false
	default:
		q.say("Exception occurred processing WSGI script '%s': %s must return a string or None", q.script, function)
		return false
	}
	return true
}

func (j *job) say(format string, args ...any) {
	j.r.Logf("wsgi", compat.LevelError, nil, "mod_wsgi (pid=%d): "+format, append([]any{os.Getpid()}, args...)...)
}
