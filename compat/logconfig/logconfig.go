// Package logconfig is mod_log_config: access logs.
//
// LogFormat and CustomLog keep what they say with the host they stand in. When
// all is read, each host's logs are resolved: nicknames become formats, and a
// host without logs of its own gets the main server's. A line is made in a pooled
// buffer and written at once, or, where many come, with others of the same moment
// (compat.LogFile.Line).
//
// Deviations: BufferedLogs changes nothing; %{tid}P is the process.
package logconfig

import (
	"slices"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/logformat"
)

// Module is mod_log_config.
var Module = compat.Module{
	Name:   "log_config_module",
	File:   "mod_log_config.c",
	Alone:  true,
	Static: true,
	Directives: []compat.Directive{
		slot.Directive("CustomLog", compat.Take23, compat.Server, customLog,
			`a file name, a custom log format string or format name, and an optional "env=" or "expr=" clause (see docs)`),
		slot.Directive("GlobalLog", compat.Take23, compat.Server, globalLog,
			"Same as CustomLog, but forces virtualhosts to inherit the log"),
		slot.Directive("TransferLog", compat.Take1, compat.Server, customLog,
			"the filename of the access log"),
		slot.Directive("LogFormat", compat.Take12, compat.Server, logFormat,
			"a log format string (see docs) and an optional format name"),
		compat.Row("BufferedLogs", compat.Flag, compat.Server, func(*compat.Cmd) error { return nil },
			"Enable Buffered Logging (experimental)").Inertly("lines of a log are always written together, at most 10 ms later"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Log, write),
	},
	Init: resolve,
}

// commonFormat is the format where none is said.
const commonFormat = `%h %l %u %t "%r" %>s %b`

var slot = compat.NewSlot[config]()

type config struct {
	formats  []nickname
	fallback string // LogFormat without a name: a format, or a nickname
	logs     []*log
	run      []target // what resolve made of it
}

type nickname struct{ name, format string }

// A log is a CustomLog line.
type log struct {
	file      *compat.LogFile
	name      string // as written
	format    string // a format or a nickname; "": the fallback
	global    bool
	condition func(*compat.Request) bool // nil: always
}

// A target is a log with its format compiled for a host.
type target struct {
	*log
	format *logformat.Format
}

// Merge lets a host which has something to say replace the main server, for
// resolve has taken account of that already.
func (base config) Merge(over config) config { return over }

func logFormat(c *compat.Cmd, conf *config) error {
	if _, err := logformat.Parse(c.Build, c.Arg(0)); err != nil {
		return err
	}
	if len(c.Words) == 1 {
		conf.fallback = c.Arg(0)
		return nil
	}
	conf.formats = slices.DeleteFunc(conf.formats, func(n nickname) bool {
		return strings.EqualFold(n.name, c.Arg(1))
	})
	conf.formats = append(conf.formats, nickname{c.Arg(1), c.Arg(0)})
	return nil
}

func customLog(c *compat.Cmd, conf *config) error {
	l := &log{name: c.Arg(0), format: c.Arg(1)}
	var err error
	if l.condition, err = parseCondition(c, c.Arg(2)); err != nil {
		return err
	}
	if l.format != "" {
		if _, err := logformat.Parse(c.Build, l.format); err != nil {
			return err
		}
	}
	l.file = c.Build.Log(c.LogTarget(l.name))
	conf.logs = append(conf.logs, l)
	return nil
}

func globalLog(c *compat.Cmd, conf *config) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if err := customLog(c, conf); err != nil {
		return err
	}
	conf.logs[len(conf.logs)-1].global = true
	return nil
}
