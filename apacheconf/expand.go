package apacheconf

import (
	"fmt"
	"os"
	"strings"
)

// expand replaces ${NAME} by what Define, -D or the environment say
// (ap_resolve_env). An unknown name stays, with a warning, unless it holds a
// colon, which is a rewrite map's.
func (l *loader) expand(s string) string {
	if !strings.Contains(s, "${") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			break
		}
		end := strings.IndexByte(s[i+2:], '}')
		if end < 0 {
			break
		}
		name := s[i+2 : i+2+end]
		b.WriteString(s[:i])
		if v, ok := l.lookup(name); ok {
			if b.Len()+len(v) > maxLine {
				l.stop("Line too long")
				return ""
			}
			if !l.make(len(v)) {
				return ""
			}
			b.WriteString(v)
		} else {
			if !strings.Contains(name, ":") {
				l.warn("core", "warn", fmt.Sprintf("AH00111: Config variable ${%s} is not defined", name))
			}
			b.WriteString(s[i : i+2+end+1])
		}
		s = s[i+2+end+1:]
	}
	b.WriteString(s)
	return b.String()
}

func (l *loader) lookup(name string) (string, bool) {
	for i := range l.tree.Defines {
		if d := &l.tree.Defines[i]; d.Name == name && d.HasValue {
			return d.Value, true
		}
	}
	if l.LookupEnv != nil {
		return l.LookupEnv(name)
	}
	return os.LookupEnv(name)
}

func (l *loader) defined(name string) bool {
	for i := range l.tree.Defines {
		if l.tree.Defines[i].Name == name {
			return true
		}
	}
	return false
}

func (l *loader) define(name, value string, hasValue bool) {
	for i := range l.tree.Defines {
		if d := &l.tree.Defines[i]; d.Name == name {
			if hasValue {
				d.Value, d.HasValue = value, true
			}
			return
		}
	}
	l.tree.Defines = append(l.tree.Defines, Define{name, value, hasValue})
}

func (l *loader) undefine(name string) {
	for i := range l.tree.Defines {
		if l.tree.Defines[i].Name == name {
			l.tree.Defines = append(l.tree.Defines[:i], l.tree.Defines[i+1:]...)
			return
		}
	}
}

func (l *loader) warn(module, level, message string) {
	l.tree.Warnings = append(l.tree.Warnings,
		Diagnostic{Pos: l.pos(), Bare: true, Module: module, Level: level, Message: message})
}
