package apacheconf

import (
	"fmt"
	"slices"
	"strings"
)

// A macro is what <Macro> defined: lines with parameters in them.
type macro struct {
	name     string // lower case
	location string // `defined on line N of "F"`
	params   []string
	lines    []string
}

func (m *macro) where() string { return fmt.Sprintf("macro '%s' (%s)", m.name, m.location) }

const paramPrefixes = "$%@"

// macroSection is <Macro name $param …> … </Macro> (mod_macro's macro_section).
func macroSection(l *loader, _ *block, args string) error {
	end := strings.LastIndexByte(args, '>')
	if end < 0 {
		return fmt.Errorf("<Macro> directive missing closing '>'")
	}
	if end == 0 {
		return fmt.Errorf("<Macro macro definition: empty name")
	}
	name, rest := Word(args[:end])
	if name == "" {
		return fmt.Errorf("<Macro macro definition: name not found")
	}
	m := &macro{name: strings.ToLower(name), params: Words(rest),
		location: fmt.Sprintf("defined on line %d of \"%s\"", l.src.no, l.src.name)}
	if have := l.macros[m.name]; have != nil {
		l.warn("macro", "warn", fmt.Sprintf("AH02802: macro '%s' multiply defined: %s, redefined on line %d of \"%s\"",
			m.name, have.location, l.src.no, l.src.name))
	}
	if strings.ContainsRune(paramPrefixes, rune(m.name[0])) {
		l.warn("macro", "warn", fmt.Sprintf("AH02803: %s better prefix a macro name with any of '%s'", m.where(), paramPrefixes))
	}
	if err := l.checkParams(m); err != nil {
		return err
	}
	lines, problem := l.macroLines(m)
	if problem != "" {
		return fmt.Errorf("%s\n\tcontents error: %s", m.where(), problem)
	}
	m.lines = lines
	l.checkContents(m)
	if l.macros == nil {
		l.macros = map[string]*macro{}
	}
	l.macros[m.name] = m
	return nil
}

// checkParams is check_macro_arguments.
func (l *loader) checkParams(m *macro) error {
	for i, p := range m.params {
		if p == "" {
			return fmt.Errorf("%s: empty argument #%d name", m.where(), i+1)
		}
		if !strings.ContainsRune(paramPrefixes, rune(p[0])) {
			l.warn("macro", "warn", fmt.Sprintf("AH02796: %s argument name '%s' (#%d) without expected prefix, "+
				"better prefix argument names with one of '%s'.", m.where(), p, i+1, paramPrefixes))
		}
		for j, q := range m.params[i+1:] {
			if p == q {
				return fmt.Errorf("argument name conflict in %s: argument '%s': #%d and #%d, change argument names!",
					m.where(), p, i+1, i+j+2)
			}
			if strings.HasPrefix(p, q) || strings.HasPrefix(q, p) {
				l.warn("macro", "warn", fmt.Sprintf("AH02797: %s: argument name prefix conflict (%s #%d and %s #%d), "+
					"be careful about your macro definition!", m.where(), p, i+1, q, i+j+2))
			}
		}
	}
	return nil
}

// macroLines reads up to the </Macro> that belongs to m.
func (l *loader) macroLines(m *macro) (lines []string, problem string) {
	start, depth, sections := l.src.no, 1, 1
	for {
		text, ok := l.getlineRaw()
		if !ok {
			return nil, "expected token not found: </Macro>"
		}
		first, _ := Word(text)
		switch {
		case strings.HasPrefix(first, "</"):
			if sections--; sections < 0 {
				l.warn("macro", "warn", fmt.Sprintf("AH02793: bad (negative) nesting on line %d of %s", l.src.no-start, m.where()))
			}
		case strings.HasPrefix(first, "<"):
			sections++
		}
		switch {
		case strings.EqualFold(first, "</Macro>"):
			if depth--; depth == 0 {
				if sections != 0 {
					l.warn("macro", "warn", fmt.Sprintf("AH02795: bad cumulated nesting (%+d) in %s", sections, m.where()))
				}
				return lines, ""
			}
		case strings.EqualFold(first, "<Macro"):
			depth++
		}
		lines = append(lines, text)
	}
}

// checkContents is check_macro_contents.
func (l *loader) checkContents(m *macro) {
	if len(m.lines) == 0 {
		l.warn("macro", "warn", fmt.Sprintf("AH02799: %s: empty contents!", m.where()))
	}
	for i, p := range m.params {
		if !slices.ContainsFunc(m.lines, func(s string) bool { return strings.Contains(s, p) }) {
			l.warn("macro", "warn", fmt.Sprintf("AH02800: %s: argument '%s' (#%d) never used", m.where(), p, i+1))
		}
	}
}

// useMacro is Use: the macro's lines are read next, then those behind the Use.
func useMacro(l *loader, _ *block, args string) error {
	if len(l.macros) == 0 {
		return fmt.Errorf("no macro defined before Use")
	}
	name, rest := Word(args)
	name = strings.ToLower(name)
	if name == "" {
		return fmt.Errorf("no macro name specified with Use")
	}
	m := l.macros[name]
	if m == nil {
		return fmt.Errorf("macro '%s' undefined", name)
	}
	if strings.Contains(l.src.name, "macro '"+name+"'") {
		return fmt.Errorf("recursive use of macro '%s' is invalid", name)
	}
	values := Words(rest)
	if len(values) != len(m.params) {
		return fmt.Errorf("%s used with %d arguments instead of %d", m.where(), len(values), len(m.params))
	}
	where := fmt.Sprintf("%s used on line %d of \"%s\"", m.where(), l.src.no, l.src.name)
	for i, v := range values {
		if strings.TrimSpace(v) == "" {
			l.warn("macro", "warn", fmt.Sprintf("AH02798: %s: empty argument #%d", where, i+1))
		}
	}
	src := &source{name: where, from: l.src.from, upper: l.src, again: true}
	if !l.make(sourceCost + 4*len(where)) {
		return nil
	}
	size := 0
	for i, text := range m.lines {
		text = substitute(text, m.params, values)
		if size += len(text); size > maxLine {
			return fmt.Errorf("%s error while substituting: while processing line %d of %s macro too long", where, i+1, m.where())
		}
		src.lines = append(src.lines, line{strings.TrimSpace(text), i + 1})
	}
	l.src = src
	return nil
}

// substitute puts values in for params. At each place the longest parameter
// counts. A value for an @ parameter is quoted.
func substitute(text string, params, values []string) string {
	if len(params) == 0 || !strings.ContainsAny(text, paramPrefixes) && !containsAny(text, params) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		best := -1
		for j, p := range params {
			if strings.HasPrefix(text[i:], p) && (best < 0 || len(p) > len(params[best])) {
				best = j
			}
		}
		if best < 0 {
			b.WriteByte(text[i])
			i++
			continue
		}
		b.WriteString(value(params[best], values[best]))
		i += len(params[best])
	}
	return b.String()
}

func containsAny(text string, params []string) bool {
	return slices.ContainsFunc(params, func(p string) bool { return strings.Contains(text, p) })
}

func value(param, v string) string {
	if param[0] != '@' {
		return v
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}

func undefMacro(l *loader, _ *block, args string) error {
	if len(l.macros) == 0 {
		return fmt.Errorf("no macro defined before UndefMacro")
	}
	name, _ := Word(args)
	if name = strings.ToLower(name); l.macros[name] == nil {
		return fmt.Errorf("cannot remove undefined macro '%s'", name)
	}
	delete(l.macros, name)
	return nil
}
