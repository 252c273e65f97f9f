package wsgi

import (
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

const anywhere = compat.Access | compat.Server

// dirRows are directives that may differ from place to place.
var dirRows = []compat.Directive{
	dir.Directive("WSGIProcessGroup", compat.Take1, anywhere, func(c *compat.Cmd, conf *config) error {
		conf.process = text(groupWord(c.Arg(0)))
		tryProcessGroup(c, *conf.process)
		return nil
	}, "Name of the WSGI process group."),
	dir.Directive("WSGIApplicationGroup", compat.Take1, anywhere, func(c *compat.Cmd, conf *config) error {
		conf.application = text(groupWord(c.Arg(0)))
		return nil
	}, "Application interpreter group."),
	dir.Directive("WSGICallableObject", compat.Take1, compat.FileInfo, func(c *compat.Cmd, conf *config) error {
		conf.callable = text(c.Arg(0))
		return nil
	}, "Name of entry point in WSGI script file."),
	dir.Directive("WSGIRestrictProcess", compat.RawArgs, anywhere, func(c *compat.Cmd, conf *config) error {
		conf.restrict = []string{}
		for _, w := range apacheconf.Words(c.Raw) {
			conf.restrict = append(conf.restrict, groupWord(w))
		}
		return nil
	}, "Limit selectable WSGI process groups."),
	onOff("WSGIPassAuthorization", compat.FileInfo, func(c *config) **bool { return &c.passAuthorization },
		"Enable/Disable WSGI authorization."),
	onOff("WSGIScriptReloading", compat.FileInfo, func(c *config) **bool { return &c.reloading },
		"Enable/Disable script reloading mechanism."),
	onOff("WSGIErrorOverride", compat.FileInfo, func(c *config) **bool { return &c.errorOverride },
		"Enable/Disable overriding of error pages."),
	onOff("WSGIChunkedRequest", compat.FileInfo, func(c *config) **bool { return &c.chunked },
		"Enable/Disable support for chunked requests."),
	dir.Directive("WSGIMapHEADToGET", compat.Take1, compat.FileInfo, func(c *compat.Cmd, conf *config) error {
		switch v := strings.ToLower(c.Arg(0)); v {
		case "on", "off", "auto":
			conf.mapHead = v
			return nil
		}
		return compat.Errorf("WSGIMapHEADToGET must be one of: Off | On | Auto")
	}, "Enable/Disable mapping of HEAD to GET."),
	onOff("WSGIIgnoreActivity", compat.FileInfo, func(c *config) **bool { return &c.ignoreActivity },
		"Enable/Disable reset of inactvity timeout."),
	checked("WSGIEnableSendfile", compat.FileInfo, "Enable/Disable support for kernel sendfile.",
		"what wsgi.file_wrapper is given comes from another process"),
	checked("WSGIPassApacheRequest", anywhere, "Enable/Disable Apache request object.",
		"there is no request_rec of Apache to pass"),
	checked("WSGIGroupAuthoritative", compat.AuthConfig, "Enable/Disable as being authoritative on groups.",
		"with Apache 2.4 mod_wsgi does not look at it either"),
	dir.Directive("WSGITrustedProxies", compat.RawArgs, compat.FileInfo, trustProxies,
		"Specify a list of trusted proxies."),
	dir.Directive("WSGITrustedProxyHeaders", compat.RawArgs, compat.FileInfo, trustHeaders,
		"Specify a list of trusted proxy headers."),
	scriptRow("WSGIAccessScript", "access", compat.AuthConfig, func(c *config) **serverScript { return &c.access },
		"Location of WSGI host access script file."),
	scriptRow("WSGIAuthUserScript", "auth user", compat.AuthConfig, func(c *config) **serverScript { return &c.authUser },
		"Location of WSGI user auth script file."),
	scriptRow("WSGIAuthGroupScript", "auth group", compat.AuthConfig, func(c *config) **serverScript { return &c.authGroup },
		"Location of WSGI group auth script file."),
	scriptRow("WSGIDispatchScript", "dispatch", anywhere, func(c *config) **serverScript { return &c.dispatch },
		"Location of WSGI dispatch script."),
	dir.Directive("WSGIHandlerScript", compat.RawArgs, anywhere, addHandler, "Location of WSGI handler script file."),
}

// groupWord is the name of a group as a directive has it: %{GLOBAL} is "".
func groupWord(w string) string {
	if w == "%{GLOBAL}" {
		return ""
	}
	return w
}

func onOff(name string, where compat.Place, at func(*config) **bool, help string) compat.Directive {
	return dir.Directive(name, compat.Take1, where, func(c *compat.Cmd, conf *config) error {
		v, err := flag(c)
		*at(conf) = v
		return err
	}, help)
}

// checked is a flag that has nothing to change here.
func checked(name string, where compat.Place, help, why string) compat.Directive {
	return compat.Row(name, compat.Take1, where, func(c *compat.Cmd) error {
		_, err := flag(c)
		return err
	}, help).Inertly(why)
}

// serverRows are directives for the server as a whole.
var serverRows = []compat.Directive{
	server("WSGIPythonHome", "Python prefix/exec_prefix absolute path names.", func(c *compat.Cmd, s *settings) error {
		s.pythonHome = c.Arg(0)
		return nil
	}),
	list("WSGIPythonPath", "Python module search path.", func(s *settings, dirs []string) {
		if s.inside != nil {
			s.inside.PythonPath = dirs
			return
		}
		s.pythonPath = dirs
	}),
	list("WSGIPythonEggs", "Python eggs cache directory.", func(s *settings, dirs []string) { s.pythonEggs = dirs[0] }),
	server("WSGIPythonOptimize", "Set level of Python compiler optimisations.", func(c *compat.Cmd, s *settings) error {
		s.optimize = strings.Repeat("O", max(0, min(compat.Atoi(c.Arg(0)), 2)))
		return nil
	}),
	server("WSGIPythonWarnings", "Control Python warning messages.", func(c *compat.Cmd, s *settings) error {
		s.warnings = append(s.warnings, c.Arg(0))
		return nil
	}),
	server("WSGIPythonHashSeed", "Python hash seed.", func(c *compat.Cmd, s *settings) error {
		if n, err := strconv.ParseUint(c.Arg(0), 10, 32); c.Arg(0) != "random" && (err != nil || n > 4294967295) {
			return compat.Errorf(`WSGIPythonHashSeed must be "random" or an integer in range [0; 4294967295]`)
		}
		s.hashSeed = c.Arg(0)
		return nil
	}),
	serverFlag("WSGIDontWriteBytecode", "Enable/Disable writing of byte code.",
		func(s *settings, on bool) { s.dontWriteBytecode = on }),
	serverFlag("WSGIRestrictStdin", "Enable/Disable restrictions on use of STDIN.",
		func(s *settings, on bool) { s.options().RestrictStdin = &on }),
	serverFlag("WSGIRestrictStdout", "Enable/Disable restrictions on use of STDOUT.",
		func(s *settings, on bool) { s.options().RestrictStdout = &on }),
	serverFlag("WSGIRestrictSignal", "Enable/Disable restrictions on use of signal().",
		func(s *settings, on bool) { s.options().RestrictSignal = &on }),
	serverFlag("WSGIRestrictEmbedded", "Enable/Disable use of embedded mode.",
		func(s *settings, on bool) { s.restrictEmbedded = on }),
	serverFlag("WSGICaseSensitivity", "Define whether file system is case sensitive.",
		func(s *settings, on bool) { s.lowerGroups = !on }),
	server("WSGISocketPrefix", "Path prefix for the daemon process sockets.", func(c *compat.Cmd, s *settings) error {
		s.socketPrefix = c.Path(c.Arg(0))
		return nil
	}),
	server("WSGIAcceptMutex", "Set accept mutex type for daemon processes.", acceptMutex),
	inertFlag("WSGISocketRotation", "Enable/Disable rotation of daemon process sockets.",
		"the socket of a group is kept for as long as the group is"),
	serverFlag("WSGIDestroyInterpreter", "Enable/Disable destruction of Python interpreter.",
		func(s *settings, on bool) { s.keepInterpreter = !on }),
	inertFlag("WSGILazyInitialization", "Enable/Disable lazy Python initialization.",
		"the server itself has no Python to initialize"),
	serverFlag("WSGIServerMetrics", "Enabled/Disable access to server metrics.",
		func(s *settings, on bool) { s.serverMetrics = on }),
	inertFlag("WSGIVerboseDebugging", "Enable/Disable verbose debugging messages.",
		"it is about the inside of mod_wsgi; LogLevel wsgi:debug tells of ours"),
	inert("WSGINewRelicConfigFile", "New Relic monitoring agent configuration file.", noNewRelic),
	inert("WSGINewRelicEnvironment", "New Relic monitoring agent environment.", noNewRelic),
}

func server(name, help string, set func(*compat.Cmd, *settings) error) compat.Directive {
	return compat.Row(name, compat.Take1, compat.Server, func(c *compat.Cmd) error {
		if err := c.Forbid(compat.GlobalOnly); err != nil {
			return err
		}
		return set(c, settingsOf(c.Build))
	}, help)
}

func serverFlag(name, help string, set func(*settings, bool)) compat.Directive {
	return server(name, help, func(c *compat.Cmd, s *settings) error {
		v, err := flag(c)
		if err == nil {
			set(s, *v)
		}
		return err
	})
}

const noNewRelic = "the agent is not started for you: the application has newrelic.agent.initialize() for that"

func inertFlag(name, help, why string) compat.Directive {
	return serverFlag(name, help, func(*settings, bool) {}).Inertly(why)
}

func inert(name, help, why string) compat.Directive {
	return server(name, help, func(*compat.Cmd, *settings) error { return nil }).Inertly(why)
}

func acceptMutex(c *compat.Cmd, _ *settings) error {
	switch strings.ToLower(c.Arg(0)) {
	case "default", "flock", "fcntl", "sysvsem", "posixsem", "pthread":
		return nil
	}
	return compat.Errorf("Accept mutex lock mechanism '%s' is invalid. Valid accept mutex mechanisms for this platform are: "+
		"default, flock, fcntl, sysvsem, posixsem, pthread.", c.Arg(0))
}

// list is a directive whose word is a list of directories. Apache takes one
// word; the form "a";"b", which old instructions for Windows have, is several
// to it, and is understood here.
func list(name, help string, set func(*settings, []string)) compat.Directive {
	return compat.Row(name, compat.RawArgs, compat.Server, func(c *compat.Cmd) error {
		if err := c.Forbid(compat.GlobalOnly); err != nil {
			return err
		}
		words := apacheconf.Words(c.Raw)
		if len(words) == 0 || words[0] == "" {
			return compat.Errorf("%s takes one argument, %s", name, help)
		}
		dirs := splitPath(words[0])
		if len(words) > 1 {
			var ok bool
			if dirs, ok = quotedList(words); !ok {
				return compat.Errorf("%s takes one argument, %s", name, help)
			}
			c.Warnf("wsgi", compat.LevelWarn, "%s at %s: a list in the form \"a\";\"b\" is two arguments to Apache; "+
				"taken as the list %s", name, c.Node.Pos, strings.Join(dirs, separator()))
		}
		set(settingsOf(c.Build), dirs)
		return nil
	}, help)
}

// quotedList reads the words of "a";"b": what begins with a semicolon goes on
// with the list.
func quotedList(words []string) ([]string, bool) {
	dirs := []string{words[0]}
	for _, w := range words[1:] {
		rest, ok := strings.CutPrefix(w, ";")
		if !ok {
			return nil, false
		}
		dirs = append(dirs, strings.Trim(rest, `"`))
	}
	return dirs, true
}

func separator() string {
	if runtime.GOOS == "windows" {
		return ";"
	}
	return ":"
}

// splitPath splits a list of directories as the system's PATH is split.
func splitPath(s string) []string {
	var dirs []string
	for d := range strings.SplitSeq(s, string(filepath.ListSeparator)) {
		if d != "" {
			dirs = append(dirs, d)
		}
	}
	if len(dirs) == 0 {
		return []string{s}
	}
	return dirs
}
