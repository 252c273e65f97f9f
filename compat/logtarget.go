package compat

import "strings"

// LogTarget is the log that name means in CustomLog and its like: a file
// relative to ServerRoot, "|program", "||program", or "|$text for a shell".
func (c *Cmd) LogTarget(name string) *LogFile {
	l := &LogFile{Name: name, Pos: c.Node.Pos}
	program, piped := strings.CutPrefix(name, "|")
	if !piped {
		l.Path = c.Path(name)
		l.Key = l.Path
		return l
	}
	if program, l.Shell = strings.CutPrefix(program, "$"); l.Shell {
		l.Command, l.Key = []string{program}, "|$"+program
		return l
	}
	program = strings.TrimPrefix(program, "|")
	l.Command, l.Key = Argv(program), "|"+program
	return l
}

// Argv splits a command into its arguments: quotes of both kinds group, and a
// backslash takes the special sense of what follows (apr_tokenize_to_argv).
func Argv(command string) []string {
	var args []string
	var arg []byte
	var quote byte
	inside := false
	for i := 0; i < len(command); i++ {
		c := command[i]
		switch {
		case c == '\\' && i+1 < len(command) && strings.IndexByte(`\"' `, command[i+1]) >= 0:
			i++
			arg, inside = append(arg, command[i]), true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, inside = c, true
		case quote == 0 && (c == ' ' || c == '\t'):
			if inside {
				args, arg, inside = append(args, string(arg)), arg[:0], false
			}
		default:
			arg, inside = append(arg, c), true
		}
	}
	if inside {
		args = append(args, string(arg))
	}
	return args
}
