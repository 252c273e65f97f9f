package include

import (
	"understudy/compat"
)

// elements are the directives of documents, by their names.
var elements map[string]func(*page, []argument)

func init() {
	elements = map[string]func(*page, []argument){
		"comment": func(*page, []argument) {}, "config": (*page).config, "echo": (*page).echo, "elif": (*page).elif,
		"else": (*page).orElse, "endif": (*page).endIf, "exec": (*page).exec, "flastmod": (*page).lastModified,
		"fsize": (*page).size, "if": (*page).when, "include": (*page).include, "printenv": (*page).printEnv,
		"set": (*page).set,
	}
}

// run obeys a directive. One that was found wrong is not, nor are those after
// it where nothing is printed, as in Apache.
func (p *page) run(name string, args []argument) {
	if p.parser.bad {
		if p.printing {
			p.put(p.errorText)
			p.parser.bad = false
		}
		return
	}
	p.pass()
	element := elements[name]
	if element == nil || name == "exec" && p.programs() == nil {
		p.log(compat.LevelError, "AH01371: unknown directive \"%s\" in parsed doc %s", name, p.r.Filename)
		if p.printing {
			p.put(p.errorText)
		}
		return
	}
	element(p, args)
}

// fail prints the error message, where the log has the error.
func (p *page) fail(format string, args ...any) {
	p.log(compat.LevelError, format, args...)
	p.put(p.errorText)
}

// ready reports whether an element with arguments is to be obeyed; without any
// it is wrong, printed or not.
func (p *page) ready(complete bool, code, element string) bool {
	if !complete {
		p.log(p.severity(p.printing), "%s: missing argument for %s element in %s", code, element, p.r.Filename)
		if p.printing {
			p.put(p.errorText)
		}
	}
	return complete && p.printing
}

// severity of a mistake: it matters less where nothing is printed.
func (p *page) severity(printed bool) compat.Level {
	if printed {
		return compat.LevelError
	}
	return compat.LevelWarn
}

// given are the arguments up to the first without name or value, which ends a
// directive (ap_ssi_get_tag_and_value).
func given(args []argument) []argument {
	for i, a := range args {
		if a.name == "" || !a.given {
			return args[:i]
		}
	}
	return args
}
