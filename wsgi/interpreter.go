package wsgi

import (
	"encoding/json"
	"strconv"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// An interpreter is what is said for interpreters of Python: for all, or in
// <WSGIInterpreterOptions> for those of a process group or application group.
type interpreter struct {
	process, application *string // nil: any

	Application    *string  `json:"application"`
	SwitchInterval float64  `json:"switch_interval,omitempty"`
	PythonPath     []string `json:"python_path,omitempty"` // in front of what there is
	RestrictStdin  *bool    `json:"restrict_stdin,omitempty"`
	RestrictStdout *bool    `json:"restrict_stdout,omitempty"`
	RestrictSignal *bool    `json:"restrict_signal,omitempty"`
}

// options are those that a directive sets: of the section around it, or of all.
func (s *settings) options() *interpreter {
	if s.inside != nil {
		return s.inside
	}
	return &s.base
}

// scoped is what holds for interpreters of g, in the order in which it is to be
// applied, for the worker.
func (s *settings) scoped(g *Group) json.RawMessage {
	list := []interpreter{s.base}
	for _, i := range s.sections {
		if i.process == nil || *i.process == g.Name {
			i.Application = i.application
			list = append(list, *i)
		}
	}
	text, _ := json.Marshal(list)
	return text
}

// interpreterRows are directives of mod_wsgi 6.
var interpreterRows = []compat.Directive{
	server("WSGISwitchInterval", "Override Python GIL switch interval (seconds).", func(c *compat.Cmd, s *settings) error {
		n, err := strconv.ParseFloat(c.Arg(0), 64)
		if err != nil || !(n > 0) {
			return compat.Errorf("WSGISwitchInterval must be a positive number of seconds.")
		}
		s.options().SwitchInterval = n
		return nil
	}),
	withoutEffect("WSGIPerInterpreterGIL", "Enable/Disable per-interpreter GIL for sub-interpreters (Python 3.12+).",
		"application groups have processes of their own here, with a lock each"),
	withoutEffect("WSGIFreeThreading", "Enable/Disable free-threaded Python (GIL disabled) for the matched process "+
		"(Python 3.13+ free-threaded build).", "a free-threaded interpreter is so where python-home names one"),
	compat.Row("<WSGIInterpreterOptions", compat.RawArgs, compat.Server, interpreterOptions,
		"Container scoping per-interpreter options to a named process-group and/or application-group."),
	compat.Row("WSGITelemetryService", compat.Take12, compat.Server, telemetryService,
		"Push telemetry to a metrics service. Args: unix:/path [interval=N]").Inertly(noTelemetry),
	compat.Row("WSGISlowRequests", compat.Take1, compat.Server, slowRequests,
		"Enable slow-request reporting. Arg: threshold in seconds.").Inertly(noTelemetry),
	compat.Row("WSGITelemetryOptions", compat.RawArgs, compat.Server, telemetryOptions,
		"Toggle metrics capture options. Args: [+|-]Flag... | None | All. Flags: CaptureUserAgent.").Inertly(noTelemetry),
}

const noTelemetry = "nothing is reported to a metrics service"

// withoutEffect is a flag that is accepted, and warned about where it is on.
func withoutEffect(name, help, why string) compat.Directive {
	return compat.Row(name, compat.Take1, compat.Server, func(c *compat.Cmd) error {
		if err := c.Forbid(compat.GlobalOnly); err != nil {
			return err
		}
		on, err := flag(c)
		if err == nil && *on {
			c.Warnf("wsgi", compat.LevelWarn, "%s at %s has no effect: %s", name, c.Node.Pos, why)
		}
		return err
	}, help).Inertly(why)
}

// interpreterOptions is <WSGIInterpreterOptions>.
func interpreterOptions(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	end := strings.LastIndexByte(c.Raw, '>')
	if end < 0 {
		return compat.Errorf("<WSGIInterpreterOptions> directive missing closing '>'")
	}
	i := &interpreter{}
	for _, w := range apacheconf.Words(c.Raw[:end]) {
		key, value, ok := strings.Cut(w, "=")
		if !ok {
			return compat.Errorf("<WSGIInterpreterOptions>: argument '%s' is not of the form key=value", w)
		}
		to := map[string]**string{"process-group": &i.process, "application-group": &i.application}[strings.ToLower(key)]
		switch {
		case to == nil:
			return compat.Errorf("<WSGIInterpreterOptions>: unknown selector '%s', expected process-group or application-group", key)
		case *to != nil:
			return compat.Errorf("<WSGIInterpreterOptions>: %s given more than once", strings.ToLower(key))
		}
		*to = text(groupWord(strings.Trim(value, `"'`)))
	}
	s := settingsOf(c.Build)
	s.sections = append(s.sections, i)
	s.inside = i
	defer func() { s.inside = nil }()
	return c.Run(compat.Server)
}

func telemetryService(c *compat.Cmd) error {
	if !strings.HasPrefix(c.Arg(0), "unix:") {
		return compat.Errorf("WSGITelemetryService target must be 'unix:/path' (remote 'udp:host:port' targets are no longer supported)")
	}
	if len(c.Words) < 2 {
		return nil
	}
	v, ok := strings.CutPrefix(c.Arg(1), "interval=")
	if !ok {
		return compat.Errorf("WSGITelemetryService second argument must be 'interval=N'")
	}
	if n, err := strconv.ParseFloat(v, 64); err != nil || n < 0.5 {
		return compat.Errorf("WSGITelemetryService interval must be at least 0.5 seconds")
	}
	return nil
}

func slowRequests(c *compat.Cmd) error {
	if n, err := strconv.ParseFloat(c.Arg(0), 64); err == nil && n < 0 {
		return compat.Errorf("WSGISlowRequests threshold must be non-negative")
	}
	return nil
}

func telemetryOptions(c *compat.Cmd) error {
	words := apacheconf.Words(c.Raw)
	if len(words) == 0 {
		return compat.Errorf("WSGITelemetryOptions: at least one flag required")
	}
	signed := 0
	for _, w := range words {
		name := strings.TrimLeft(w, "+-")
		switch {
		case name == "":
			return compat.Errorf("WSGITelemetryOptions: bare '+' / '-' is not a flag")
		case name != w:
			signed++
		}
		for _, all := range []string{"None", "All"} {
			if strings.EqualFold(name, all) && name != w {
				return compat.Errorf("WSGITelemetryOptions: '%s' may not have a +/- prefix", all)
			}
		}
	}
	if signed != 0 && signed != len(words) {
		return compat.Errorf("WSGITelemetryOptions: cannot mix +/- form with absolute names in a single directive")
	}
	return nil
}
