package extfilter

import (
	"strings"

	"understudy/compat"
)

// A filter is what ExtFilterDefine says (ef_filter_t).
type filter struct {
	name            string
	input           bool
	place           compat.FilterType
	args            []string
	enable, disable string // variables; "": none
	from, to        string // media types; "": any, and as it is
	keepsLength     bool
}

// defined are the filters of a configuration by lower-case name, so that none
// is defined twice at a host.
type defined map[string]bool

// define is ExtFilterDefine (define_filter).
func define(c *compat.Cmd) error {
	name, rest := word(c.Raw)
	known, _ := c.Build.Shared[identifier].(defined)
	if known == nil {
		known = defined{}
		c.Build.Shared[identifier] = known
	}
	key := compat.Lower(name) + " " + c.Host.Pos.String()
	if known[key] {
		return compat.Errorf("ExtFilter %s is already defined", name)
	}
	known[key] = true
	f := &filter{name: name, place: compat.FilterResource}
	if err := f.parse(rest); err != nil {
		return err
	}
	if f.input {
		c.Build.AddInputFilter(&compat.InputFilter{Name: name, Type: f.place, Wrap: f.wrapInput})
	} else {
		c.Build.AddOutputFilter(&compat.OutputFilter{Name: name, Type: f.place, Wrap: f.wrap})
	}
	return nil
}

// word takes the next word off s (ap_getword_white).
func word(s string) (first, rest string) {
	i := strings.IndexAny(s, " \t\n\v\f\r")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " \t\n\v\f\r")
}

func (f *filter) parse(args string) (err error) {
	for args = strings.TrimLeft(args, " \t"); args != ""; args = strings.TrimLeft(args, " \t") {
		if args, err = f.parseOne(args); err != nil {
			return err
		}
	}
	return nil
}

func (f *filter) parseOne(args string) (rest string, err error) {
	token, rest := word(args)
	if len(args) >= 22 && strings.EqualFold(args[:22], "preservescontentlength") {
		if len(token) != 22 {
			return "", compat.Errorf("mangled argument `%s'", token)
		}
		f.keepsLength = true
		return rest, nil
	}
	key, value, found := strings.Cut(token, "=")
	if !found {
		return "", compat.Errorf("Unexpected parameter: `%s'", args)
	}
	switch strings.ToLower(key) {
	case "mode":
		f.input = strings.EqualFold(value, "input")
		if !f.input && !strings.EqualFold(value, "output") {
			return "", compat.Errorf("Invalid mode: `%s'", value)
		}
	case "ftype":
		f.place = compat.FilterType(compat.Atoi(value))
	case "enableenv":
		f.enable = value
	case "disableenv":
		f.disable = value
	case "intype":
		f.from = value
	case "outtype":
		f.to = value
	case "cmd":
		return f.parseCommand(args[len("cmd="):])
	default:
		return "", compat.Errorf("Unexpected parameter: `%s'", args)
	}
	return rest, nil
}

// parseCommand reads a path, or a command with arguments in quotes (parse_cmd).
func (f *filter) parseCommand(args string) (rest string, err error) {
	if !strings.HasPrefix(args, `"`) {
		path, rest := word(args)
		f.args = []string{path}
		if path == "" {
			return "", compat.Errorf("Invalid cmd= parameter")
		}
		return rest, nil
	}
	end := 1
	for escaped := false; end < len(args) && (args[end] != '"' || escaped); end++ {
		escaped = !escaped && args[end] == '\\'
	}
	if end >= len(args) {
		return "", compat.Errorf("Expected cmd= delimiter")
	}
	if f.args = compat.Argv(args[1:end]); len(f.args) == 0 {
		return "", compat.Errorf("Invalid cmd= parameter")
	}
	return args[end+1:], nil
}
