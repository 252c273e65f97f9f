package logconfig

import (
	"strings"
	"sync"

	"understudy/apacheconf/expr"
	"understudy/compat"
)

// buffers are lines in the making.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }}

// largeBuffer is too large to be kept.
const largeBuffer = 64 << 10

// write logs r, which has been answered (multi_log_transaction).
func write(r *compat.Request, c *config) compat.Status {
	if len(c.run) == 0 {
		return compat.Declined
	}
	original, final := r, r
	for original.Prev != nil {
		original = original.Prev
	}
	for final.Next != nil {
		final = final.Next
	}
	buf := buffers.Get().(*[]byte)
	for i := range c.run {
		t := &c.run[i]
		if t.condition != nil && !t.condition(r) {
			continue
		}
		line := append(t.format.Append((*buf)[:0], original, final), '\n')
		if err := t.file.Line(line); err != nil {
			r.Logf("log_config", compat.LevelWarn, err, "AH00646: Error writing to %s", t.name)
		}
		*buf = line
	}
	if cap(*buf) <= largeBuffer {
		buffers.Put(buf)
	}
	return compat.OK
}

// parseCondition reads the last word of CustomLog, which may be absent.
func parseCondition(c *compat.Cmd, clause string) (func(*compat.Request) bool, error) {
	switch {
	case clause == "":
		return nil, nil
	case hasPrefixFold(clause, "env="):
		name, negated := strings.CutPrefix(clause[4:], "!")
		if name == "" {
			return nil, compat.Errorf("missing environment variable name")
		}
		return func(r *compat.Request) bool { return r.Env.Has(name) != negated }, nil
	case hasPrefixFold(clause, "expr="):
		if len(clause) == 5 {
			return nil, compat.Errorf("missing condition")
		}
		return parseExpr(c, clause[5:])
	}
	return nil, compat.Errorf("error in condition clause")
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func parseExpr(c *compat.Cmd, text string) (func(*compat.Request) bool, error) {
	d := c.Dialect()
	d.NoVary = true
	e, err := expr.ParseIn(text, d)
	if err != nil {
		return nil, err
	}
	return func(r *compat.Request) bool { return e.Eval(compat.ExprContext(r)) }, nil
}
