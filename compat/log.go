package compat

// A Level is a severity of the error log.
type Level int8

// Apache's levels; a smaller one is more severe.
const (
	LevelEmerg Level = iota
	LevelAlert
	LevelCrit
	LevelError
	LevelWarn
	LevelNotice
	LevelInfo
	LevelDebug
	LevelTrace1
	LevelTrace2
	LevelTrace3
	LevelTrace4
	LevelTrace5
	LevelTrace6
	LevelTrace7
	LevelTrace8
)

var levelNames = [...]string{"emerg", "alert", "crit", "error", "warn", "notice",
	"info", "debug", "trace1", "trace2", "trace3", "trace4", "trace5", "trace6",
	"trace7", "trace8"}

// String is the level's name in LogLevel and in the log.
func (l Level) String() string { return levelNames[l] }

// ParseLevel finds a level by name, in any case.
func ParseLevel(name string) (Level, bool) {
	for i, n := range levelNames {
		if equalFold(n, name) {
			return Level(i), true
		}
	}
	return 0, false
}

// LogLevels is what LogLevel says at one place: a level for all modules and
// for single ones.
type LogLevels struct {
	Default *Level
	Modules map[string]Level // by short name: "rewrite", "authz_core"
}

// Merge lays over on top of l: a level for all in over forgets l's modules
// (core_module merges as ap_reset_module_loglevels does).
func (l LogLevels) Merge(over LogLevels) LogLevels {
	if over.Default == nil && over.Modules == nil {
		return l
	}
	m := LogLevels{Default: l.Default, Modules: map[string]Level{}}
	if over.Default != nil {
		m.Default = over.Default
	} else {
		for k, v := range l.Modules {
			m.Modules[k] = v
		}
	}
	for k, v := range over.Modules {
		m.Modules[k] = v
	}
	return m
}

// Of is the level in force for module (short name), LevelWarn if unsaid.
func (l *LogLevels) Of(module string) Level {
	if l.Modules != nil {
		if v, ok := l.Modules[module]; ok {
			return v
		}
	}
	if l.Default != nil {
		return *l.Default
	}
	return LevelWarn
}
