// Package check says of a configuration what is obeyed: the report that
// `understudy check` prints, as text for people and as JSON for programs.
//
// Who reads the configuration tells a [Recorder] of each directive; [New] makes a
// [Report] of that and of what went wrong.
package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// An Effect is what becomes of a line.
type Effect string

// The effects, from the best.
const (
	Obeyed      Effect = "obeyed"
	None        Effect = "none"        // accepted; there is nothing for it to tune here
	Unsupported Effect = "unsupported" // accepted, and not obeyed yet
	Refused     Effect = "refused"     // the server does not start
)

// severity orders the effects.
var severity = map[Effect]int{Obeyed: 0, None: 1, Unsupported: 2, Refused: 3}

// A Line is a directive of a file. Its JSON form is part of what programs read.
type Line struct {
	Line      int    `json:"line"`
	Directive string `json:"directive"`
	Module    string `json:"module"` // identifier: "alias_module"; "" where none that is loaded has the directive
	Effect    Effect `json:"effect"`
	Note      string `json:"note"` // why; "" of most that are obeyed
	explain   *apacheconf.Diagnostic
}

// text is what the line has and why it is as it is, in one line.
func (l Line) text() string {
	note := firstLine(l.Note)
	if note == "" || l.Directive == "" || len(note) > len(l.Directive) && strings.EqualFold(note[:len(l.Directive)], l.Directive) {
		return cmp.Or(note, l.Directive)
	}
	return l.Directive + ": " + note
}

// A File is a file of the configuration, with its lines in order.
type File struct {
	Name  string `json:"name"`
	Lines []Line `json:"lines"`
}

// A Total counts the lines of a module by effect.
type Total struct {
	Module      string `json:"module"`
	Obeyed      int    `json:"obeyed"`
	None        int    `json:"none"`
	Unsupported int    `json:"unsupported"`
	Refused     int    `json:"refused"`
}

// A Problem is an error or a warning. File is "" where it has no place.
type Problem struct {
	File         string   `json:"file"`
	Line         int      `json:"line"`
	Message      string   `json:"message"`
	Hint         string   `json:"hint"`
	IncludedFrom []string `json:"includedFrom"` // "FILE:LINE", innermost first
	explain      *apacheconf.Diagnostic
}

// A Report is what there is to say of a configuration.
type Report struct {
	Files    []File    `json:"files"` // in the order in which they were read
	Totals   []Total   `json:"totals"`
	Warnings []Problem `json:"warnings"`
	Errors   []Problem `json:"errors"`
	// Unchanged tells that the tree runs as it is: nothing is refused, and all is
	// obeyed that would have an effect.
	Unchanged bool   `json:"unchanged"`
	Verdict   string `json:"verdict"`
}

// New makes the report of b: what r was told, and the errors and warnings of b.
func New(r *Recorder, b *compat.Build) *Report {
	r.readingObeyed(b.Tree, b.Modules)
	report := &Report{Files: []File{}, Totals: []Total{}, Warnings: []Problem{}, Errors: []Problem{}}
	for _, d := range b.Errors {
		report.Errors = append(report.Errors, problem(d))
		r.refused(d)
	}
	for i := range b.Warnings {
		report.Warnings = append(report.Warnings, problem(&b.Warnings[i]))
	}
	report.Files = r.files(b.Tree)
	report.Totals = totals(report.Files)
	report.judge()
	return report
}

func problem(d *apacheconf.Diagnostic) Problem {
	p := Problem{File: d.Pos.File, Line: d.Pos.Line, Message: d.Message, Hint: d.Hint, IncludedFrom: []string{}, explain: d}
	for from := d.Pos.From; from != nil; from = from.From {
		p.IncludedFrom = append(p.IncludedFrom, from.String())
	}
	return p
}

func totals(files []File) []Total {
	byModule := map[string]*Total{}
	for _, f := range files {
		for _, l := range f.Lines {
			t := byModule[l.Module]
			if t == nil {
				t = &Total{Module: l.Module}
				byModule[l.Module] = t
			}
			switch l.Effect {
			case Obeyed:
				t.Obeyed++
			case None:
				t.None++
			case Unsupported:
				t.Unsupported++
			case Refused:
				t.Refused++
			}
		}
	}
	all := []Total{}
	for _, t := range byModule {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b Total) int { return cmp.Compare(a.Module, b.Module) })
	return all
}

// An obstacle is what keeps the tree from running as it is.
type obstacle struct{ place, text string }

// obstacles are the lines that are refused or not obeyed, and the errors without
// a place.
func (r *Report) obstacles() []obstacle {
	var all []obstacle
	for _, f := range r.Files {
		for _, l := range f.Lines {
			if severity[l.Effect] >= severity[Unsupported] {
				all = append(all, obstacle{fmt.Sprintf("%s:%d", f.Name, l.Line), l.text()})
			}
		}
	}
	for _, e := range r.Errors {
		if e.File == "" {
			all = append(all, obstacle{"", firstLine(e.Message)})
		}
	}
	return all
}

// judge fills in the verdict.
func (r *Report) judge() {
	switch n := len(r.obstacles()); {
	case n == 0:
		r.Unchanged, r.Verdict = true, "This tree will run unchanged."
	case n == 1:
		r.Verdict = "This stands in the way:"
	default:
		r.Verdict = fmt.Sprintf("These %d stand in the way:", n)
	}
	if lines := r.linesInTheWay(); lines > 1 && lines == len(r.obstacles()) {
		r.Verdict = fmt.Sprintf("These %d lines stand in the way:", lines)
	} else if lines == 1 && lines == len(r.obstacles()) {
		r.Verdict = "This line stands in the way:"
	}
}

func (r *Report) linesInTheWay() int {
	n := 0
	for _, o := range r.obstacles() {
		if o.place != "" {
			n++
		}
	}
	return n
}

func firstLine(text string) string {
	first, _, more := strings.Cut(text, "\n")
	if more {
		return first + " …"
	}
	return first
}
