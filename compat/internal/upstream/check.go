package upstream

import (
	"slices"
	"strings"
	"time"

	"understudy/apacheconf/expr"
	"understudy/compat"
)

// A Check is how the health of a worker is looked after (mod_proxy_hcheck).
type Check struct {
	Method   string // "TCP", "GET11", …; "" or "NONE": not
	Interval time.Duration
	Passes   int // that make a worker well again
	Fails    int // that make it ill
	URI      string
	Expr     string // name of a Condition; "": the status decides
}

// DefaultCheck is what counts where nothing is said.
var DefaultCheck = Check{Interval: 30 * time.Second, Passes: 1, Fails: 1}

// A Condition is what an answer has to be.
type Condition struct {
	Name, Text string
	Expr       *expr.Expr
}

// A Template is a Check under a name.
type Template struct {
	Name string
	Check
}

// setCheck obeys parameters of a check, of the module of that name.
var setCheck struct {
	module string
	set    func(s *Server, check *Check, key, value string) error
}

// RegisterCheck makes known who obeys parameters that begin with "hc"; for
// package variables.
func RegisterCheck(module string, set func(s *Server, check *Check, key, value string) error) bool {
	setCheck.module, setCheck.set = module, set
	return true
}

// SetFor is Set where parameters of other modules are permitted too.
func (w *Worker) SetFor(c *compat.Cmd, key, value string) error {
	if len(key) > 2 && strings.EqualFold(key[:2], "hc") && setCheck.set != nil && c.Build.Loaded(setCheck.module) != nil {
		if w.Check.Interval == 0 {
			w.Check = DefaultCheck
		}
		return setCheck.set(ServerSlot.Make(c.Host.Section.Vector), &w.Check, key, value)
	}
	return w.Set(key, value)
}

// Condition is the condition called name, or nil.
func (s *Server) Condition(name string) *Condition {
	i := slices.IndexFunc(s.Conditions, func(c Condition) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Conditions[i]
}

// Checked notes the outcome of a check of w (hc_check). It tells if w became
// well or ill by it.
func (w *Worker) Checked(well bool) (enabled, disabled bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status&(CheckFailed|InError) != 0 {
		if !well {
			return false, false
		}
		if w.passed++; w.passed >= w.Check.Passes {
			w.status &^= CheckFailed | InError
			w.passed = 0
			return true, false
		}
		return false, false
	}
	if well {
		return false, false
	}
	w.failed = time.Now()
	if w.missed++; w.missed >= w.Check.Fails {
		w.status |= CheckFailed
		w.missed = 0
		return false, true
	}
	return false, false
}

// Checks are how many checks a worker that is ill passed, and one that is well
// failed.
func (w *Worker) Checks() (passed, missed int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.passed, w.missed
}
