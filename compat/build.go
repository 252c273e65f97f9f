package compat

import (
	"context"
	"fmt"
	"io"

	"understudy/apacheconf"
)

// A Build is a configuration while it is put together, as directives and Init
// functions see it.
type Build struct {
	Tree            *apacheconf.Tree
	Program         string // base name of argv[0]
	Testing         bool   // -t: nothing will be opened
	NoDocumentRoots bool   // -T: not looked for
	Serving         bool   // in the server process: what the supervisor checked is not looked at again
	Main            *Host
	Hosts           []*Host // virtual hosts in the order of the file
	Modules         []*Module
	Generation      int // in the server process: how many configurations there were, from 1
	// Handed is what the supervisor read for the server process, which may not be
	// allowed to: keys and what belongs to them, by names the modules choose. It is
	// filled in by checks of AtStart, and complete where Serving is set.
	Handed    map[string][]byte
	Logs      []*LogFile
	Listeners []Listener
	Needs     []Need
	Watched   []string // files beyond the configuration whose change matters
	Warnings  []apacheconf.Diagnostic
	Errors    []*apacheconf.Diagnostic // of a thorough build: all there are
	Core      ServerCore               // what only the main server can say
	Sections  []*Section               // every section there is, the hosts' own among them
	Shared    map[string]any           // what a module keeps for the build, by its identifier; never nil
	// Preamble reads what comes before everything else on a connection, where a
	// module wants something there. An error closes the connection.
	Preamble   func(*Conn, io.Reader) error
	logs       map[string]*LogFile // by key
	checks     []func() error
	trials     []trial
	background []func(context.Context, HostLog)
	succeed    []func(*Build)
	filters    filterTable
}

// ServerCore is what directives say once for the whole server.
type ServerCore struct {
	User, Group      string // as written; "#33" is a number
	PidFile          string // absolute
	RuntimeDir       string
	ListenBacklog    int
	GracefulShutdown int // seconds
	ChrootDir        string
	Tokens           string           // ServerTokens: "full", "os", "min", "minor", "major", "prod"; "": full
	Banner           string           // the Server header that follows from it, made when the build is complete
	Description      string           // Banner with everything in it
	ExtendedStatus   *bool            // whether requests are noted one by one; nil: not said
	SuexecOff        bool             // Suexec Off: programs run as nobody else
	RequestTail      bool             // SeeRequestTail: the end of a long request line counts
	Components       []string         // what modules add to the banner: "mod_wsgi/4.9.4"
	Methods          []string         // RegisterHttpMethod
	DocumentRootText string           // the main DocumentRoot as written
	Mutexes          map[string]Mutex // Mutex by type, which only -S shows
}

// Loaded finds a loaded module by identifier ("alias_module") or file.
func (b *Build) Loaded(name string) *Module {
	for _, m := range b.Modules {
		if m.Name == name || m.File == name {
			return m
		}
	}
	return nil
}

// Log is the LogFile that l describes; equal keys give the same one.
func (b *Build) Log(l *LogFile) *LogFile {
	if have := b.logs[l.Key]; have != nil {
		return have
	}
	if b.logs == nil {
		b.logs = map[string]*LogFile{}
	}
	b.logs[l.Key] = l
	b.Logs = append(b.Logs, l)
	return l
}

// Need asks for something from outside.
func (b *Build) Need(n Need) { b.Needs = append(b.Needs, n) }

// Watch adds files whose change must reload the configuration.
func (b *Build) Watch(paths ...string) { b.Watched = append(b.Watched, paths...) }

// AtStart adds a check made only when the configuration is put into force, not
// by -t, as Apache makes it in open_logs or post_config.
func (b *Build) AtStart(check func() error) { b.checks = append(b.checks, check) }

// Start runs the checks of AtStart.
func (b *Build) Start() error {
	for _, check := range b.checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// Lasting reports whether something goes on while the configuration is in force, or
// is handed from one to the next.
func (b *Build) Lasting() bool { return len(b.background) > 0 || len(b.succeed) > 0 }

// Warn adds a warning. With a level and a module it is printed as a line of
// the error log, else bare.
func (b *Build) Warn(d apacheconf.Diagnostic) { b.Warnings = append(b.Warnings, d) }

// AllHosts are the main server and then the virtual hosts.
func (b *Build) AllHosts() []*Host { return append([]*Host{b.Main}, b.Hosts...) }

// Refuse is an error outside of any directive, printed as it is: Apache's
// "AH…: text", followed by "AH00016: Configuration Failed" when after is that.
func Refuse(format string, args ...any) error {
	return &apacheconf.Diagnostic{Bare: true, Message: fmt.Sprintf(format, args...)}
}
