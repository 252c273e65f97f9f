package script

import (
	"cmp"
	"time"

	"understudy/compat"
)

// A Kind is one of the two modules, which differ in their messages only.
type Kind struct {
	Module string // "cgi"
	Codes  Codes
}

// Codes are the numbers of messages.
type Codes struct{ NoExec, NPH, Missing, Directory, PathInfo, Permission, Body string }

// Types are the handlers that mean a CGI program.
const (
	Handler = "cgi-script"
	Magic   = "application/x-httpd-cgi"
)

// Slot holds what the directives of both modules say.
var Slot = compat.NewSlot[Config]()

// A Config is what is said at a place.
type Config struct {
	Timeout   *time.Duration // between two reads of the program's output
	log       string         // ScriptLog
	logLength *int
	logBuffer *int
}

// Merge lays over on top of c.
func (c Config) Merge(over Config) Config {
	return Config{cmp.Or(over.Timeout, c.Timeout), cmp.Or(over.log, c.log), cmp.Or(over.logLength, c.logLength),
		cmp.Or(over.logBuffer, c.logBuffer)}
}

// Directives are those both modules have. Each module needs rows of its own.
func Directives() []compat.Directive {
	return []compat.Directive{
		Slot.Directive("ScriptLog", compat.Take1, compat.Server, func(c *compat.Cmd, conf *Config) error {
			conf.log = c.Path(c.Arg(0))
			return nil
		}, "the name of a log for script debugging info"),
		Slot.Directive("ScriptLogLength", compat.Take1, compat.Server, func(c *compat.Cmd, conf *Config) error {
			n := compat.Atoi(c.Arg(0))
			conf.logLength = &n
			return nil
		}, "the maximum length (in bytes) of the script debug log"),
		Slot.Directive("ScriptLogBuffer", compat.Take1, compat.Server, func(c *compat.Cmd, conf *Config) error {
			n := compat.Atoi(c.Arg(0))
			conf.logBuffer = &n
			return nil
		}, "the maximum size (in bytes) to record of a POST request"),
	}
}

// TimeoutDirective is the directive with which a module bounds programs.
func TimeoutDirective(name, help string) compat.Directive {
	return Slot.Directive(name, compat.Take1, compat.Access|compat.Server, func(c *compat.Cmd, conf *Config) error {
		d, ok := compat.ParseTimeout(c.Arg(0), "s")
		if !ok {
			return compat.Errorf("%s has wrong format", name)
		}
		conf.Timeout = &d
		return nil
	}, help)
}
