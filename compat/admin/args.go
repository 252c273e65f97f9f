package admin

import "strings"

// flags are the options of a2enmod and its sisters.
type flags struct {
	quiet, force, maintenance, purge bool
}

// readFlags takes the options out of the words, as Getopt::Long does when it
// bundles: they may stand anywhere, long ones may be shortened, short ones may
// share a dash.
func (c *call) readFlags(words []string) (f flags, names []string, ok bool) {
	long := map[string]*bool{
		"quiet": &f.quiet, "force": &f.force, "maintmode": &f.maintenance, "purge": &f.purge,
	}
	ok = true
	for i, w := range words {
		switch {
		case w == "--":
			return f, append(names, words[i+1:]...), ok
		case strings.HasPrefix(w, "--"):
			ok = c.setLong(long, w[2:]) && ok
		case strings.HasPrefix(w, "-") && w != "-":
			ok = c.setShort(long, w[1:]) && ok
		default:
			names = append(names, w)
		}
	}
	return f, names, ok
}

func (c *call) setLong(long map[string]*bool, word string) bool {
	name, _, valued := strings.Cut(strings.ToLower(word), "=")
	if name == "" {
		name, valued = word, false
	}
	for full, flag := range long {
		if !strings.HasPrefix(full, name) {
			continue
		}
		if valued {
			c.complain("Option %s does not take an argument", name)
			return false
		}
		*flag = true
		return true
	}
	c.complain("Unknown option: %s", name)
	return false
}

func (c *call) setShort(long map[string]*bool, letters string) bool {
	ok := true
letters:
	for _, l := range letters {
		for full, flag := range long {
			if strings.HasPrefix(full, string(l)) {
				*flag = true
				continue letters
			}
		}
		c.complain("Unknown option: %c", l)
		ok = false
	}
	return ok
}

// getopts reads words as Getopt::Std does: options come first, and one that
// takes a value (valued) takes the next word whatever that looks like. The
// value of the others (plain) is "1".
func (c *call) getopts(words []string, valued, plain string) map[byte]string {
	options := map[byte]string{}
	for len(words) > 0 {
		w := words[0]
		if len(w) < 2 || w[0] != '-' || w == "--" {
			return options
		}
		letter, rest := w[1], w[2:]
		words = words[1:]
		switch {
		case strings.IndexByte(valued, letter) >= 0:
			if rest == "" && len(words) > 0 {
				rest, words = words[0], words[1:]
			}
			options[letter] = rest
			continue
		case strings.IndexByte(plain, letter) >= 0:
			options[letter] = "1"
		case w == "--help" || w == "--version":
			// Getopt::Std answers these itself, and goes on.
			continue
		default:
			c.complain("Unknown option: %c", letter)
		}
		if rest != "" {
			words = append([]string{"-" + rest}, words...)
		}
	}
	return options
}
