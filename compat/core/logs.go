package core

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"

	"understudy/compat"
)

// defaultErrorLog is the main server's where nothing is said.
const defaultErrorLog = "logs/error_log"

func errorLog(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	l := c.LogTarget(c.Arg(0))
	if facility, ok := strings.CutPrefix(c.Arg(0), "syslog"); ok && (facility == "" || facility[0] == ':') {
		l = &compat.LogFile{Key: c.Arg(0), Name: c.Arg(0), Pos: c.Node.Pos, Syslog: "-"}
		if len(facility) > 1 {
			l.Syslog = facility[1:]
		}
	}
	l.Error = true
	c.Host.ErrorLog = c.Build.Log(l)
	return nil
}

func errorLogFormat(c *compat.Cmd) error {
	formats, _ := c.Host.ErrorLogFormat.(*compat.ErrorLogFormats)
	if formats == nil {
		formats = &compat.ErrorLogFormats{}
		c.Host.ErrorLogFormat = formats
	}
	if len(c.Words) == 1 {
		var err error
		formats.Line, err = compat.ParseErrorLogFormat(c.Arg(0), true)
		return err
	}
	list := &formats.Request
	switch strings.ToLower(c.Arg(0)) {
	case "request":
	case "connection":
		list = &formats.Connection
	default:
		return compat.Errorf("ErrorLogFormat type must be one of request, connection")
	}
	items, err := compat.ParseErrorLogFormat(c.Arg(1), false)
	if err == nil && items != nil {
		*list = append(*list, items)
	}
	return err
}

const badLevel = "Log level keyword must be one of emerg/alert/crit/error/warn/notice/info/debug/trace1/.../trace8"

// logLevel takes a level, or module:level (set_loglevel).
func logLevel(c *compat.Cmd, conf *compat.Core) error {
	i := strings.LastIndexByte(c.Arg(0), ':')
	if i < 0 {
		level, ok := compat.ParseLevel(c.Arg(0))
		if !ok {
			return compat.Errorf(badLevel)
		}
		conf.LogLevel = compat.LogLevels{Default: &level}
		return nil
	}
	name, word := c.Arg(0)[:i], c.Arg(0)[i+1:]
	if word == "" {
		return compat.Errorf("Module specifier '%s' must be followed by a log level keyword", name)
	}
	level, ok := compat.ParseLevel(word)
	if !ok {
		return compat.Errorf("%s:%s: "+badLevel, name, word)
	}
	m := c.Build.Loaded(name)
	if m == nil {
		traceLine(c, compat.LevelTrace6, "core.c(3507): Cannot find module '"+name+"', trying '"+name+"_module'")
		m = c.Build.Loaded(name + "_module")
	}
	if m == nil {
		return compat.Errorf("Cannot find module %s", name)
	}
	if conf.LogLevel.Modules == nil {
		conf.LogLevel.Modules = map[string]compat.Level{}
	}
	conf.LogLevel.Modules[strings.TrimSuffix(m.Name, "_module")] = level
	traceLine(c, compat.LevelTrace3, "core.c(3517): Setting LogLevel for module "+m.File+" to "+word)
	return nil
}

// traceLine prints text as Apache's core does if its level, as said so far, asks
// for it.
func traceLine(c *compat.Cmd, level compat.Level, text string) {
	said := slot.In(c.Host.Section.Vector)
	if said != nil && level <= said.LogLevel.Of("core") {
		c.Warnf("core", level, "%s", text)
	}
}

// check gives an error log to the main server, and so to others, where none is
// said, and looks for its directory.
func check(b *compat.Build) error {
	if b.Main.ErrorLog != nil {
		return nil
	}
	path := b.Path(defaultErrorLog)
	l := b.Log(&compat.LogFile{Key: path, Path: path, Error: true})
	for _, h := range b.AllHosts() {
		h.ErrorLog = cmp.Or(h.ErrorLog, l)
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	return compat.Refuse("(2)No such file or directory: AH02291: Cannot access directory '%s/' for main error log\n"+
		"AH00014: Configuration check failed", dir)
}
