package apacheconf

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Explain writes what a person at a terminal wants besides the error itself:
// the line of the file with a caret below what is wrong in it, by which includes
// it was reached, and the hint.
func (d *Diagnostic) Explain(w io.Writer) {
	place := written(d.Pos)
	if text, ok := sourceLine(place); ok {
		fmt.Fprintf(w, "%6d | %s\n       | %s^\n", place.Line, text, blank(text[:d.offset(text)]))
	}
	for p := place.From; p != nil; p = p.From {
		fmt.Fprintf(w, "       included from %s\n", p)
	}
	if d.Hint != "" {
		fmt.Fprintf(w, "       hint: %s\n", d.Hint)
	}
}

// blank is as wide as text: what is no tab becomes a space.
func blank(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, text)
}

// offset is where in the line the caret belongs: at the word that the message
// quotes or ends with, else at the directive.
func (d *Diagnostic) offset(text string) int {
	if v := variable.FindString(d.Message); v != "" && strings.Contains(text, v) {
		return strings.Index(text, v)
	}
	start := len(text) - len(strings.TrimLeft(text, " \t"))
	best, length := start, 0
	for _, at := range wordStarts(text)[1:] {
		word, _ := Word(text[at:])
		word = strings.TrimSuffix(word, ">")
		if len(word) > length && d.names(word) {
			best, length = at, len(word)
		}
	}
	return best
}

// variable is one that a message names.
var variable = regexp.MustCompile(`\$\{[^}]+\}`)

// names reports whether the message is about word.
func (d *Diagnostic) names(word string) bool {
	if strings.HasSuffix(d.Message, " "+word) {
		return true
	}
	for _, quotes := range []string{"''", `""`, "`'", "[]"} {
		if strings.Contains(d.Message, quotes[:1]+word+quotes[1:]) {
			return true
		}
	}
	return false
}

// wordStarts are the places in text where its words begin; there is at least
// one.
func wordStarts(text string) []int {
	starts := []int{0}
	for rest := trimLeft(text); rest != ""; {
		starts = append(starts, len(text)-len(rest))
		_, rest = Word(rest)
	}
	if len(starts) > 1 {
		return starts[1:]
	}
	return starts
}

// useLine is the end of the name that a macro's text has.
var useLine = regexp.MustCompile(`used on line (\d+) of "(.*)"$`)

// written is p, or where the macro was used whose text p is in.
func written(p Position) Position {
	m := useLine.FindStringSubmatch(p.File)
	if m == nil {
		return p
	}
	no, _ := strconv.Atoi(m[1])
	return Position{File: m[2], Line: no, From: p.From}
}

// sourceLine is the line at p as it is in its file: the last one of those that
// backslashes join.
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
