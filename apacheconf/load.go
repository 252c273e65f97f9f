package apacheconf

// Options say what to load and in what surroundings.
type Options struct {
	Root      string                      // ServerRoot (-d), absolute
	File      string                      // the main file (-f), relative to Root or absolute
	Before    []string                    // -C
	After     []string                    // -c
	Defines   []string                    // -D
	Program   string                      // base name of argv[0]
	LookupEnv func(string) (string, bool) // nil: os.LookupEnv
	Modules   Catalog
	Cache     *Cache // nil: read every file anew
}

// A Catalog is what the loader must know of the modules there are.
type Catalog interface {
	// Module finds a module by identifier ("alias_module"). Static ones are
	// always loaded, and refuse LoadModule ("is built-in and can't be loaded").
	Module(identifier string) (file string, static, ok bool)
	// Static lists the identifiers of the modules that are always there.
	Static() []string
	// Directives lists the names (sections with "<") a module defines.
	Directives(identifier string) []string
}

// A Loaded is a module brought in by LoadModule, or a static one.
type Loaded struct {
	Identifier string // "alias_module"
	File       string // "mod_alias.c"
	Static     bool
	Path       string // as LoadModule gave it, absolute
	Pos        Position
}

// A Define is a name set by -D, Define, or the server.
type Define struct {
	Name, Value string
	HasValue    bool
}

// A Tree is a configuration as loaded: one list of nodes, and what the reading
// of it touched and decided.
type Tree struct {
	Nodes      []*Node
	Root       string       // ServerRoot in force at the end
	RuntimeDir string       // DefaultRuntimeDir, absolute; empty: not set
	Modules    []Loaded     // in load order, static ones first
	Defines    []Define     // in order of definition
	Includes   []Include    // every file read, for DUMP_INCLUDES
	Watched    []string     // every file, directory and glob directory that was looked at
	Warnings   []Diagnostic // AH00111 and the like, in order
}

// An Include is a file that was read, and by which line.
type Include struct {
	File  string
	From  *Position // nil: the main file
	Depth int
}

// Cache is replaced by the real one.
type Cache struct{}
