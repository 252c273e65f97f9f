package check

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// WriteJSON writes the report for programs: an object with
//
//	files     [{name, lines: [{line, directive, module, effect, note}]}]
//	totals    [{module, obeyed, none, unsupported, refused}]
//	warnings  [{file, line, message, hint, includedFrom: ["FILE:LINE"]}]
//	errors    the same
//	unchanged whether the tree runs as it is
//	verdict   the sentence that says so
//
// effect is "obeyed", "none" (accepted; note says why there is nothing to tune),
// "unsupported" (accepted and not obeyed yet) or "refused". Fields are added, and
// never change. Arguments are left out: there are passwords among them.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// WriteText writes the report for people. What is obeyed is counted, and with
// verbose listed.
func (r *Report) WriteText(w io.Writer, verbose bool) {
	whole, quiet := 0, 0
	for _, f := range r.Files {
		if !verbose && f.allObeyed() {
			whole++
			quiet += len(f.Lines)
			continue
		}
		f.write(w, verbose)
	}
	if whole > 0 {
		fmt.Fprintf(w, "%s of which every line is obeyed (%s)\n", count(whole, "file"), count(quiet, "line"))
	}
	r.writeProblems(w)
	r.writeTotals(w)
	fmt.Fprintln(w, r.Verdict)
	for _, o := range r.obstacles() {
		fmt.Fprintf(w, "  %s\n", strings.TrimPrefix(o.place+": "+o.text, ": "))
	}
}

func (f File) allObeyed() bool { return f.count(Obeyed) == len(f.Lines) }

func (f File) count(e Effect) int {
	n := 0
	for _, l := range f.Lines {
		if l.Effect == e {
			n++
		}
	}
	return n
}

var words = map[Effect]string{Obeyed: "obeyed", None: "no effect", Unsupported: "not obeyed", Refused: "refused"}

func (f File) write(w io.Writer, verbose bool) {
	fmt.Fprintf(w, "%s: %d of %s obeyed\n", f.Name, f.count(Obeyed), count(len(f.Lines), "line"))
	for _, l := range f.Lines {
		if l.Effect == Obeyed && !verbose {
			continue
		}
		fmt.Fprintf(w, "%6d  %-10s  %s\n", l.Line, words[l.Effect], l.text())
		if l.explain != nil {
			l.explain.Explain(w)
		}
	}
}

// writeProblems writes the warnings, and the errors that are of no line.
func (r *Report) writeProblems(w io.Writer) {
	for _, p := range r.Warnings {
		fmt.Fprintf(w, "warning: %s\n", p.text())
		p.explain.Explain(w)
	}
	for _, p := range r.Errors {
		if p.File == "" {
			fmt.Fprintf(w, "error: %s\n", p.text())
			p.explain.Explain(w)
		}
	}
}

// text is the message behind its place.
func (p Problem) text() string {
	if p.File == "" {
		return p.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

func (r *Report) writeTotals(w io.Writer) {
	var all Total
	fmt.Fprintf(w, "%-30s %7s %9s %10s %7s\n", "module", "obeyed", "no effect", "not obeyed", "refused")
	for _, t := range r.Totals {
		t.write(w)
		all.Obeyed += t.Obeyed
		all.None += t.None
		all.Unsupported += t.Unsupported
		all.Refused += t.Refused
	}
	all.Module = "all"
	all.write(w)
}

func (t Total) write(w io.Writer) {
	name := t.Module
	if name == "" {
		name = "(none)"
	}
	fmt.Fprintf(w, "%-30s %7s %9s %10s %7s\n", name, number(t.Obeyed), number(t.None), number(t.Unsupported), number(t.Refused))
}

// number leaves out zeros, so that what is not obeyed meets the eye.
func number(n int) string {
	if n == 0 {
		return "."
	}
	return fmt.Sprint(n)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
