package wsgi

import (
	"encoding/binary"
	"errors"
	"strconv"

	"understudy/compat"
)

// A question is a call of a function of a script that the server makes to
// decide something, such as check_password.
type question struct {
	script    string
	function  string
	arguments []string
	answer    *answered
}

// put adds to the environ what tells the worker that it is asked a question.
func (q *question) put(e *Environ) {
	e.Set("understudy.function", q.function)
	e.Set("understudy.arguments", strconv.Itoa(len(q.arguments)))
	for i, a := range q.arguments {
		e.Set("understudy.argument."+strconv.Itoa(i), a)
	}
}

// An answered is what a function returned.
type answered struct {
	kind byte
	text string
	list []string
}

// The kinds of answers.
const (
	answerNone    = 'N'
	answerTrue    = 'T'
	answerFalse   = 'F'
	answerText    = 'S'
	answerList    = 'L'
	answerOther   = '?' // another type, or one that was not expected
	answerFailed  = '!' // an exception, which was logged
	answerMissing = '0' // the script has no such function
)

// parseAnswer reads an answer frame.
func parseAnswer(b []byte) (*answered, error) {
	if len(b) == 0 {
		return nil, protocol("empty answer")
	}
	a := &answered{kind: b[0]}
	switch b = b[1:]; a.kind {
	case answerText:
		a.text = string(b)
	case answerList:
		for len(b) > 0 {
			if len(b) < 4 {
				return nil, protocol("answer is truncated")
			}
			n := binary.BigEndian.Uint32(b)
			if b = b[4:]; uint64(n) > uint64(len(b)) {
				return nil, protocol("answer is truncated")
			}
			a.list = append(a.list, string(b[:n]))
			b = b[n:]
		}
	case answerNone, answerTrue, answerFalse, answerOther, answerFailed, answerMissing:
	default:
		return nil, protocol("answer of unknown kind %q", a.kind)
	}
	return a, nil
}

// errNoAnswer tells that a worker ended a question without an answer.
var errNoAnswer = errors.New("the script gave no answer")

// newQuestion is a job in the server's own group that asks s.
func newQuestion(r *compat.Request, c *config, s *serverScript, function string, arguments ...string) *job {
	j := &job{r: r, c: c, method: r.Method, script: s.path, handler: s.path, group: settingsOf(r.Host.Build).embedded}
	if s.application != nil {
		j.application = expand(r, *s.application)
	}
	j.question = &question{script: s.path, function: function, arguments: arguments}
	return j
}
