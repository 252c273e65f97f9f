package compat

import (
	"strings"

	"understudy/apacheconf"
)

// An Arity is how many words a directive takes: Apache's args_how.
type Arity uint8

// The arities, as Apache names them.
const (
	NoArgs Arity = iota
	RawArgs
	Take1
	Take2
	Take12
	Take3
	Take13
	Take23
	Take123
	TakeArgv
	Iterate
	Iterate2
	Flag
)

// maxWords is how many words TakeArgv gives at most (AP_MAX_ARGC).
const maxWords = 64

// split takes the words of a line apart as invoke_cmd does; text says what is
// wrong with their number. A word that is empty counts as absent where Apache
// takes it so: "" in quotes is no argument. What follows the word of a Flag is
// not looked at.
func (a Arity) split(raw string) (words []string, text string) {
	rule := arities[a]
	if a == Flag {
		word, _ := apacheconf.Word(raw)
		if !strings.EqualFold(word, "on") && !strings.EqualFold(word, "off") {
			return nil, rule.text
		}
		return []string{word}, ""
	}
	rest := strings.TrimLeft(raw, whitespace)
	for rest != "" && len(words) < rule.most {
		var w string
		w, rest = apacheconf.Word(rest)
		words = append(words, w)
	}
	if rest != "" && a != TakeArgv || len(words) < rule.least {
		return nil, rule.text
	}
	for _, w := range words[:rule.least] {
		if w == "" {
			return nil, rule.text
		}
	}
	switch n := len(words); {
	case a == Take13 && n == 2 && words[1] != "":
		return nil, rule.text
	case (a == Take12 && n == 2 || a == TakeArgv && n > 0) && words[n-1] == "":
		return words[:n-1], ""
	}
	return words, ""
}

const whitespace = " \t\n\v\f\r"

// arities are the numbers of words, and what is said of others.
var arities = map[Arity]struct {
	least, most int
	text        string
}{
	NoArgs:   {0, 0, "takes no arguments"},
	Take1:    {1, 1, "takes one argument"},
	Take2:    {2, 2, "takes two arguments"},
	Take12:   {1, 2, "takes 1-2 arguments"},
	Take3:    {3, 3, "takes three arguments"},
	Take13:   {1, 3, "takes one or three arguments"},
	Take23:   {2, 3, "takes two or three arguments"},
	Take123:  {1, 3, "takes one, two or three arguments"},
	TakeArgv: {0, maxWords, ""},
	Flag:     {1, 1, "must be On or Off"},
}
