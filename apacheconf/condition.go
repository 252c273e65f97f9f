package apacheconf

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// conditional makes a section that is read or skipped by a test of its one
// argument (start_cond_section).
func conditional(name string, test func(*loader, string) bool) func(*loader, *block, string) error {
	return func(l *loader, b *block, args string) error {
		end := strings.LastIndexByte(args, '>')
		if end < 0 {
			return fmt.Errorf("%s> directive missing closing '>'", name)
		}
		arg, not := strings.CutPrefix(args[:end], "!")
		arg, _ = Word(arg)
		if arg == "" {
			return fmt.Errorf("%s> directive requires additional arguments", name)
		}
		return l.when(b, name, test(l, arg) != not)
	}
}

// when reads a section's lines, or skips them.
func (l *loader) when(b *block, name string, yes bool) error {
	if !yes {
		if n := len(l.tree.Obeyed); n > 0 {
			l.tree.Obeyed[n-1].Skipped = true
		}
		return l.skip(name, 0)
	}
	return l.contents(b, name)
}

// contents reads the lines of a conditional that is true as if it were not
// there (ap_build_cont_config). The end of the file ends it too, in silence.
func (l *loader) contents(b *block, name string) error {
	if l.nesting++; l.nesting > maxNesting {
		return fmt.Errorf("sections are nested more than %d deep", maxNesting)
	}
	defer func() { l.nesting-- }()
	inner := &block{}
	for {
		text, ok := l.getline()
		if !ok {
			break
		}
		if len(inner.open) == 0 && strings.HasPrefix(text, "</") && strings.EqualFold(text[2:], name[1:]+">") {
			break
		}
		if err := l.line(inner, text); err != nil && !l.goOn(err) {
			return err
		}
	}
	b.add(inner.nodes...)
	return nil
}

// skip passes over the lines of a conditional that is false, unread but for
// the sections in it (ap_soak_end_container).
func (l *loader) skip(name string, depth int) error {
	for {
		text, ok := l.getline()
		if !ok {
			return fmt.Errorf("Expected </%s> before end of configuration", name[1:])
		}
		word, _ := Word(text)
		if word == "" || word[0] != '<' {
			continue
		}
		if strings.HasPrefix(word, "</") {
			word = word[:len(word)-1]
			if len(word) < 2 || !strings.EqualFold(word[2:], name[1:]) {
				return fmt.Errorf("Expected </%s> but saw %s>", name[1:], word)
			}
			return nil
		}
		if depth > maxNesting {
			return fmt.Errorf("sections are nested more than %d deep", maxNesting)
		}
		if err := l.skip(strings.TrimSuffix(word, ">"), depth+1); err != nil {
			return err
		}
	}
}

func (l *loader) ifModule(name string) bool { return l.tree.HasModule(name) }

func (l *loader) ifFile(path string) bool {
	path = l.path(path)
	l.watch(path)
	_, err := os.Stat(path)
	return err == nil
}

func (l *loader) ifDirective(name string) bool {
	for _, m := range l.tree.Modules {
		if slices.ContainsFunc(l.Modules.Directives(m.Identifier), func(d string) bool {
			return strings.EqualFold(d, name)
		}) {
			return true
		}
	}
	return false
}

func (l *loader) ifSection(name string) bool {
	if !strings.HasPrefix(name, "<") {
		name = "<" + name
	}
	return l.ifDirective(strings.TrimSuffix(name, ">"))
}

// Version is the httpd we answer as.
const Version = "2.4.71"

// ifVersion is <IfVersion> (mod_version's start_ifversion).
func ifVersion(l *loader, b *block, args string) error {
	words := Words(args)
	if n := len(words); n < 1 || n > 3 {
		return fmt.Errorf("<IfVersion takes one, two or three arguments, " +
			"a comparison operator, a version (and a delimiter)")
	}
	op, version, ok := versionWords(words)
	if !ok {
		return fmt.Errorf("<IfVersion> directive missing closing '>'")
	}
	yes, problem := versionMatches(op, version)
	if problem != "" {
		return errors.New(problem)
	}
	return l.when(b, "<IfVersion", yes)
}

// versionWords finds operator and version: the bracket may stand behind the
// version or as a word of its own, and the operator may be missing.
func versionWords(words []string) (op, version string, ok bool) {
	last := len(words) - 1
	if words[last] == ">" && last > 0 {
		words = words[:last]
	} else if words[last], ok = strings.CutSuffix(words[last], ">"); !ok {
		return "", "", false
	}
	if len(words) == 1 {
		return "=", words[0], true
	}
	return words[0], words[1], len(words) == 2
}

func versionMatches(op, version string) (yes bool, problem string) {
	bare, not := strings.CutPrefix(op, "!")
	if bare == "" {
		bare, not = op, false
	}
	if strings.HasPrefix(version, "/") && (bare == "=" || bare == "==") {
		re, ok := strings.CutSuffix(version[1:], "/")
		if !ok || re == "" {
			return false, "Missing delimiting / of regular expression."
		}
		bare, version = "~", re
	}
	if bare == "~" {
		re, err := regexp.Compile(version)
		if err != nil {
			return false, "Unable to compile regular expression"
		}
		return re.MatchString(Version) != not, ""
	}
	if !slices.Contains([]string{"=", "==", "<", "<=", ">", ">="}, bare) {
		return false, "unrecognized operator '" + op + "'"
	}
	c, problem := compareVersion(version)
	if problem != "" {
		return false, problem
	}
	switch bare[0] {
	case '=':
		yes = c == 0
	case '<':
		yes = c < 0 || len(bare) > 1 && c == 0
	case '>':
		yes = c > 0 || len(bare) > 1 && c == 0
	}
	return yes != not, ""
}

const badVersion = "Version appears to be invalid. It must have the format major[.minor[.patch]] where major, " +
	"minor and patch are numbers."

// compareVersion compares our version with one of up to three parts; missing
// parts are zero.
func compareVersion(text string) (c int, problem string) {
	parts := strings.Split(text, ".")
	if len(parts) > 3 {
		return 0, badVersion
	}
	for i, own := range strings.Split(Version, ".") {
		want := 0
		if i < len(parts) {
			n, err := strconv.Atoi(parts[i])
			if err != nil || n < 0 {
				return 0, badVersion
			}
			want = n
		}
		have, _ := strconv.Atoi(own)
		if c == 0 {
			c = have - want
		}
	}
	return c, ""
}
