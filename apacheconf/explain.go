package apacheconf

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// Explain writes what a person at a terminal wants besides the error itself:
// the line of the file with a caret below its directive, by which includes it
// was reached, and the hint.
func (d *Diagnostic) Explain(w io.Writer) {
	if text, ok := sourceLine(d.Pos); ok {
		indent := len(text) - len(strings.TrimLeft(text, " \t"))
		fmt.Fprintf(w, "%6d | %s\n       | %s^\n", d.Pos.Line, text, text[:indent])
	}
	for p := d.Pos.From; p != nil; p = p.From {
		fmt.Fprintf(w, "       included from %s\n", p)
	}
	if d.Hint != "" {
		fmt.Fprintf(w, "       hint: %s\n", d.Hint)
	}
}

func sourceLine(p Position) (string, bool) {
	info, err := os.Stat(p.File)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return "", false
	}
	data, err := os.ReadFile(p.File)
	if err != nil {
		return "", false
	}
	lines := strings.Split(string(data), "\n")
	if p.Line < 1 || p.Line > len(lines) {
		return "", false
	}
	return strings.TrimRight(lines[p.Line-1], "\r"), true
}

// Nearest is the one of among that is most like word, or "" if none is close:
// at most a third of its letters have to change.
func Nearest(word string, among []string) string {
	best, least := "", len(word)/3+1
	for _, a := range among {
		if n := len(a) - len(word); n >= least || -n >= least {
			continue
		}
		if d := distance(strings.ToLower(word), strings.ToLower(a)); d < least {
			best, least = a, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
