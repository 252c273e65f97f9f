package apacheconf

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// onRead finds what is done at once with a directive (EXEC_ON_READ), or nil.
// Those of modules exist while their module is loaded.
func (l *loader) onRead(name string) func(*loader, *block, string) error {
	if len(name) < 3 || len(name) > 20 {
		return nil
	}
	d, ok := execOnRead[strings.ToLower(name)]
	if !ok || d.module != "" && !l.tree.HasModule(d.module) {
		return nil
	}
	if l.inHtaccess && (l.noConditionals || !strings.EqualFold(name[:3], "<if")) {
		return nil
	}
	return d.run
}

type onReadDirective struct {
	module string // "" is core
	run    func(*loader, *block, string) error
}

var execOnRead map[string]onReadDirective

func init() {
	execOnRead = map[string]onReadDirective{
		"include":           {"", includeLine(false)},
		"includeoptional":   {"", includeLine(true)},
		"define":            {"", define},
		"undefine":          {"", undefine},
		"serverroot":        {"", serverRoot},
		"defaultruntimedir": {"", runtimeDir},
		"loadmodule":        {"so_module", loadModule},
		"loadfile":          {"so_module", loadFile},
		"<ifmodule":         {"", conditional("<IfModule", (*loader).ifModule)},
		"<ifdefine":         {"", conditional("<IfDefine", (*loader).defined)},
		"<iffile":           {"", conditional("<IfFile", (*loader).ifFile)},
		"<ifdirective":      {"", conditional("<IfDirective", (*loader).ifDirective)},
		"<ifsection":        {"", conditional("<IfSection", (*loader).ifSection)},
		"<ifversion":        {"version_module", ifVersion},
		"<macro":            {"macro_module", macroSection},
		"use":               {"macro_module", useMacro},
		"undefmacro":        {"macro_module", undefMacro},
	}
}

// one is the word of a directive that takes one.
func (l *loader) one(args, name, help string) (string, error) {
	words := Words(args)
	if len(words) != 1 || words[0] == "" {
		return "", fmt.Errorf("%s takes one argument, %s", name, help)
	}
	return words[0], nil
}

func define(l *loader, _ *block, args string) error {
	words := Words(args)
	if len(words) < 1 || len(words) > 2 || words[0] == "" {
		return fmt.Errorf("Define takes 1-2 arguments, " +
			"Define a variable, optionally to a value.  Same as passing -D to the command line.")
	}
	if strings.Contains(words[0], ":") {
		return fmt.Errorf("Variable name must not contain ':'")
	}
	if len(words) == 2 && words[1] != "" { // An empty word is none, as for all directives.
		l.define(words[0], words[1], true)
	} else {
		l.define(words[0], "", false)
	}
	return nil
}

func undefine(l *loader, _ *block, args string) error {
	name, err := l.one(args, "UnDefine", "Undefine the existence of a variable. Undo a Define.")
	if err != nil {
		return err
	}
	if strings.Contains(name, ":") {
		return fmt.Errorf("Variable name must not contain ':'")
	}
	l.undefine(name)
	return nil
}

func serverRoot(l *loader, _ *block, args string) error {
	dir, err := l.one(args, "ServerRoot", "Common directory of server-related files (logs, confs, etc.)")
	if err != nil {
		return err
	}
	if !filepath.IsAbs(dir) || !isDir(dir) {
		return fmt.Errorf("ServerRoot must be a valid directory")
	}
	l.tree.Root = filepath.Clean(dir)
	l.tree.RootText = slashed(l.tree.Root, dir)
	return nil
}

// slashed is a cleaned path with the slash at its end that APR leaves there: where
// there was one, or "." or "..".
func slashed(clean, given string) string {
	last := given[strings.LastIndexByte(given, '/')+1:]
	if (last == "" || last == "." || last == "..") && clean != "/" {
		return clean + "/"
	}
	return clean
}

func runtimeDir(l *loader, _ *block, args string) error {
	dir, err := l.one(args, "DefaultRuntimeDir", "Common directory for run-time files (shared memory, locks, etc.)")
	if err != nil {
		return err
	}
	if dir = l.path(dir); !isDir(dir) {
		return fmt.Errorf("DefaultRuntimeDir must be a valid directory, absolute or relative to ServerRoot")
	}
	l.tree.RuntimeDir = dir
	return nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// loadModule brings in a module by its identifier (mod_so's load_module). The
// file need not exist: the module is in this program.
func loadModule(l *loader, _ *block, args string) error {
	words := Words(args)
	if len(words) != 2 {
		return fmt.Errorf("LoadModule takes two arguments, " +
			"a module name and the name of a shared object file to load it from")
	}
	id, path := words[0], l.path(words[1])
	for _, m := range l.tree.Modules {
		if m.Identifier != id {
			continue
		}
		if m.Static {
			return fmt.Errorf("module %s is built-in and can't be loaded", id)
		}
		l.warn("so", "warn", fmt.Sprintf("AH01574: module %s is already loaded, skipping", id))
		return nil
	}
	file, _, ok := l.Modules.Module(id)
	if !ok {
		if _, err := os.Stat(path); err == nil {
			return l.hinted("Understudy has no module of this name",
				"Can't locate API module structure `%s' in file %s: %s: undefined symbol: %s", id, path, path, id)
		}
		return l.hinted("Understudy has no module of this name", "Cannot load %s into server: %s: "+
			"cannot open shared object file: No such file or directory", words[1], path)
	}
	l.tree.Modules = append(l.tree.Modules, Loaded{Identifier: id, File: file, Path: path, Pos: l.pos()})
	return nil
}

// loadFile accepts the line: a library in Apache's process has no place here.
func loadFile(l *loader, _ *block, args string) error {
	for _, w := range Words(args) {
		if _, err := os.Stat(l.path(w)); err != nil {
			return fmt.Errorf("Cannot load %s into server: %s: cannot open shared object file: %v",
				w, l.path(w), plain(err))
		}
	}
	return nil
}
