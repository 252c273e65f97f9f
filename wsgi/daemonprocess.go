package wsgi

import (
	"strconv"
	"strings"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
)

// scriptRows are directives that name scripts or groups.
var scriptRows = []compat.Directive{
	compat.Row("WSGIDaemonProcess", compat.RawArgs, compat.Server, daemonProcess, "Specify details of daemon processes to start."),
	dir.Directive("WSGIScriptAlias", compat.RawArgs, compat.Server, addAlias, "Map location to target WSGI script file."),
	dir.Directive("WSGIScriptAliasMatch", compat.RawArgs, compat.Server, addAliasMatch, "Map location pattern to target WSGI script file."),
	compat.Row("WSGIImportScript", compat.RawArgs, compat.Server, addImport, "Location of WSGI import script."),
}

// option takes "name=value" off s; the value may be quoted, and blanks may
// stand behind the "=".
func option(s string) (name, value, rest string, ok bool) {
	i := strings.IndexByte(s, '=')
	if i <= 0 || strings.ContainsAny(s[:i], " \t\"'") {
		return "", "", "", false
	}
	value, rest = apacheconf.Word(s[i+1:])
	return s[:i], value, rest, true
}

// daemonProcess is WSGIDaemonProcess.
func daemonProcess(c *compat.Cmd) error {
	name, rest := apacheconf.Word(c.Raw)
	if name == "" {
		return compat.Errorf("Name of WSGI daemon process not supplied.")
	}
	s := settingsOf(c.Build)
	if s.groups[name] != nil {
		return compat.Errorf("Name duplicates previous WSGI daemon definition.")
	}
	g := &Group{Name: name, Processes: 1, Threads: 15, Host: c.Host, Pos: c.Node.Pos}
	g.defaults()
	for rest != "" {
		key, value, more, ok := option(rest)
		if !ok {
			return compat.Errorf("Invalid option to WSGI daemon process definition.")
		}
		rest = more
		set, known := groupOptions[key]
		if !known {
			return compat.Errorf("Invalid option to WSGI daemon process definition.")
		}
		if err := set(c, g, value); err != nil {
			return err
		}
	}
	if g.ScriptUser != "" && g.ScriptGroup != "" {
		return compat.Errorf("Only one of script-user and script-group allowed.")
	}
	if err := checkSupplementary(c, g.Supplementary); err != nil {
		return err
	}
	s.groups[name] = g
	s.order = append(s.order, g)
	return nil
}

type setOption func(c *compat.Cmd, g *Group, value string) error

func invalid(what string) error { return compat.Errorf("Invalid %s for WSGI daemon process.", what) }

// seconds is an option that is a time in seconds.
func seconds(what string, at func(*Group) *time.Duration) setOption {
	return func(_ *compat.Cmd, g *Group, v string) error {
		n := compat.Atoi(v)
		if v == "" || n < 0 {
			return invalid(what)
		}
		*at(g) = time.Duration(n) * time.Second
		return nil
	}
}

func number(what string, least int, at func(*Group) *int) setOption {
	return func(_ *compat.Cmd, g *Group, v string) error {
		n := compat.Atoi(v)
		if v == "" || n < least {
			return invalid(what)
		}
		*at(g) = n
		return nil
	}
}

func limit(what string, at func(*Group) *uint64) setOption {
	return func(_ *compat.Cmd, g *Group, v string) error {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 0 {
			return invalid(what)
		}
		*at(g) = uint64(n)
		return nil
	}
}

func word(at func(*Group) *string) setOption {
	return func(_ *compat.Cmd, g *Group, v string) error { *at(g) = v; return nil }
}

// bounded is a buffer size with a least value, which has nothing to size here.
func bounded(what string, least int, text string) setOption {
	return func(_ *compat.Cmd, _ *Group, v string) error {
		n := compat.Atoi(v)
		if v == "" {
			return invalid(what)
		}
		if n != 0 && n < least {
			return compat.Errorf("%s", text)
		}
		return nil
	}
}

// unused is a time that has no meaning here, or none yet.
func unused(what string) setOption {
	var waste time.Duration
	return seconds(what, func(*Group) *time.Duration { return &waste })
}

func accepted(*compat.Cmd, *Group, string) error { return nil }

var groupOptions = map[string]setOption{
	"user":    setUser,
	"group":   setGroup,
	"threads": number("thread count", 0, func(g *Group) *int { return &g.Threads }),
	"processes": func(c *compat.Cmd, g *Group, v string) error {
		g.Multiprocess = true
		return number("process count", 1, func(g *Group) *int { return &g.Processes })(c, g, v)
	},
	"umask": func(_ *compat.Cmd, g *Group, v string) error {
		n, err := strconv.ParseUint(v, 8, 16)
		if err != nil {
			return invalid("umask")
		}
		u := int(n)
		g.Umask = &u
		return nil
	},
	"home": func(_ *compat.Cmd, g *Group, v string) error {
		if !strings.HasPrefix(v, "/") {
			return invalid("home directory")
		}
		g.Home = v
		return nil
	},
	"chroot":       setChroot,
	"script-user":  setScriptUser,
	"script-group": setScriptGroup,
	"supplementary-groups": func(_ *compat.Cmd, g *Group, v string) error {
		g.Supplementary = strings.FieldsFunc(v, func(r rune) bool { return r == ',' })
		return nil
	},
	"lang":                    word(func(g *Group) *string { return &g.Lang }),
	"locale":                  word(func(g *Group) *string { return &g.Locale }),
	"python-home":             word(func(g *Group) *string { return &g.PythonHome }),
	"python-path":             func(_ *compat.Cmd, g *Group, v string) error { g.PythonPath = splitPath(v); return nil },
	"python-eggs":             word(func(g *Group) *string { return &g.PythonEggs }),
	"display-name":            word(func(g *Group) *string { return &g.DisplayName }),
	"stack-size":              number("stack size", 1, func(g *Group) *int { return &g.StackSize }),
	"maximum-requests":        number("request count", 0, func(g *Group) *int { return &g.MaximumRequests }),
	"inactivity-timeout":      seconds("inactivity timeout", func(g *Group) *time.Duration { return &g.InactivityTimeout }),
	"graceful-timeout":        seconds("graceful timeout", func(g *Group) *time.Duration { return &g.GracefulTimeout }),
	"shutdown-timeout":        seconds("shutdown timeout", func(g *Group) *time.Duration { return &g.ShutdownTimeout }),
	"connect-timeout":         seconds("connect timeout", func(g *Group) *time.Duration { return &g.ConnectTimeout }),
	"socket-timeout":          seconds("socket timeout", func(g *Group) *time.Duration { return &g.SocketTimeout }),
	"queue-timeout":           seconds("queue timeout", func(g *Group) *time.Duration { return &g.QueueTimeout }),
	"listen-backlog":          number("listen backlog", 0, func(g *Group) *int { return &g.ListenBacklog }),
	"cpu-priority":            number("CPU priority", -20, func(g *Group) *int { return &g.Priority }),
	"cpu-time-limit":          limit("CPU time limit", func(g *Group) *uint64 { return &g.CPUTime }),
	"memory-limit":            limit("memory limit", func(g *Group) *uint64 { return &g.MemoryLimit }),
	"virtual-memory-limit":    limit("virtual memory limit", func(g *Group) *uint64 { return &g.VirtualMemory }),
	"request-timeout":         seconds("request timeout", func(g *Group) *time.Duration { return &g.RequestTimeout }),
	"interrupt-timeout":       seconds("interrupt timeout", func(g *Group) *time.Duration { return &g.InterruptTimeout }),
	"startup-timeout":         seconds("startup timeout", func(g *Group) *time.Duration { return &g.StartupTimeout }),
	"deadlock-timeout":        seconds("deadlock timeout", func(g *Group) *time.Duration { return &g.DeadlockTimeout }),
	"eviction-timeout":        seconds("eviction timeout", func(g *Group) *time.Duration { return &g.EvictionTimeout }),
	"restart-interval":        seconds("restart interval", func(g *Group) *time.Duration { return &g.RestartInterval }),
	"response-socket-timeout": seconds("response socket timeout", func(g *Group) *time.Duration { return &g.ResponseTimeout }),
	"response-flush-delay":    unused("response flush delay"),
	"switch-interval": func(_ *compat.Cmd, g *Group, v string) error {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || !(n > 0) {
			return invalid("switch interval")
		}
		g.SwitchInterval = n
		return nil
	},
	"socket-user": setSocketUser,
	"send-buffer-size": bounded("send buffer size", 512,
		"Send buffer size must be >= 512 bytes, or 0 for system default."),
	"receive-buffer-size": bounded("receive buffer size", 512,
		"Receive buffer size must be >= 512 bytes, or 0 for system default."),
	"header-buffer-size": bounded("header buffer size", 8192,
		"Header buffer size must be >= 8192 bytes, or 0 for default."),
	"response-buffer-size": func(c *compat.Cmd, g *Group, v string) error {
		g.ResponseBuffer = compat.Atoi(v)
		return bounded("response buffer size", 65536,
			"Response buffer size must be >= 65536 bytes, or 0 for default.")(c, g, v)
	},
	"server-metrics": func(_ *compat.Cmd, g *Group, v string) error {
		if !strings.EqualFold(v, "on") && !strings.EqualFold(v, "off") {
			return invalid("server metrics flag")
		}
		g.ServerMetrics = strings.EqualFold(v, "on")
		return nil
	},
	"newrelic-config-file": accepted, "newrelic-environment": accepted,
}
