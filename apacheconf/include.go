package apacheconf

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"understudy/apacheconf/pattern"
)

const (
	maxIncludes    = 128 // AP_MAX_INCLUDE_DEPTH
	maxIncludeDirs = 20  // AP_MAX_FNMATCH_DIR_DEPTH
)

// include reads what path names: a file, all files below a directory, or what
// a pattern matches (ap_process_fnmatch_configs).
func (l *loader) include(b *block, path string, optional bool) error {
	in := inclusion{l: l, b: b, optional: optional}
	if !strings.ContainsAny(path, "*?[") {
		return in.name(path)
	}
	root := filepath.VolumeName(path) + string(filepath.Separator)
	return in.match(root, strings.Split(filepath.ToSlash(strings.TrimPrefix(path, root)), "/"))
}

// An inclusion is one Include under way.
type inclusion struct {
	l        *loader
	b        *block
	optional bool
	depth    int
}

const includePrefix = "Include/IncludeOptional: "

// name reads a file, or everything below a directory in the order of strcmp
// (ap_dir_nofnmatch).
func (in *inclusion) name(path string) error {
	in.l.watch(path)
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		if in.depth++; in.depth > maxIncludeDirs {
			return fmt.Errorf("%sDirectory '%s' exceeds the maximum include directory nesting level of %d. "+
				"You have probably a recursion somewhere.", includePrefix, path, maxIncludeDirs)
		}
		names, err := entries(path)
		if err != nil {
			return fmt.Errorf("%sCould not open directory %s: %v", includePrefix, path, plain(err))
		}
		for _, n := range names {
			if err := in.name(filepath.Join(path, n)); err != nil {
				return err
			}
		}
		in.depth--
		return nil
	}
	if in.optional && err != nil {
		return nil
	}
	return in.file(path)
}

// match goes down a path some of whose parts are patterns (ap_dir_fnmatch).
func (in *inclusion) match(dir string, parts []string) error {
	part, rest := parts[0], parts[1:]
	if !strings.ContainsAny(part, "*?[") {
		next := filepath.Join(dir, part)
		if len(rest) == 0 {
			return in.name(next)
		}
		return in.match(next, rest)
	}
	in.l.watch(dir)
	names, err := entries(dir)
	if err != nil {
		if in.optional && os.IsNotExist(err) {
			return nil
		}
		return fmt.Errorf("%sCould not open directory %s: %v", includePrefix, dir, plain(err))
	}
	found := false
	for _, n := range names {
		next := filepath.Join(dir, n)
		if !pattern.Fnmatch(part, n, true) || len(rest) > 0 && !isRealDir(next) {
			continue
		}
		found = true
		if len(rest) == 0 {
			err = in.name(next)
		} else {
			err = in.match(next, rest)
		}
		if err != nil {
			return err
		}
	}
	if !found && !in.optional {
		return fmt.Errorf("%sNo matches for the wildcard '%s' in '%s', failing", includePrefix, part, dir)
	}
	return nil
}

// isRealDir is true of directories but not of links to them, which Apache
// passes over in the middle of a pattern.
func isRealDir(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}

func entries(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, syscall.ENOTDIR
	}
	names, err := f.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

func (in *inclusion) file(path string) error {
	l := in.l
	lines, err := l.Cache.read(path)
	if err == errNotRegular {
		return l.notRegular(path)
	}
	if err != nil {
		return fmt.Errorf("Could not open configuration file %s: %v", path, err)
	}
	src := &source{name: path, lines: lines, again: l.read[path]}
	if src.again && !l.make(sourceCost) {
		return nil
	}
	l.read[path] = true
	if l.src != nil {
		p := l.pos()
		src.from = &p
	}
	l.tree.Includes = append(l.tree.Includes, Include{File: path, From: src.from, Depth: l.depth, Line: l.lastInclude})
	return l.readSource(in.b, src)
}

// notRegular is the error for what is no file of bytes with an end.
func (l *loader) notRegular(path string) error {
	l.warn("core", "error", fmt.Sprintf("AH00554: Access to file %s denied by server: not a regular file", path))
	return fmt.Errorf("Could not open configuration file %s: Bad file descriptor", path)
}

// watch notes that path was looked at. Of a link the target counts too.
func (l *loader) watch(path string) {
	for range 8 {
		if l.seen[path] {
			return
		}
		l.seen[path] = true
		l.tree.Watched = append(l.tree.Watched, path)
		target, err := os.Readlink(path)
		if err != nil {
			return
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
}

// includeLine is Include and IncludeOptional (include_config).
func includeLine(optional bool) func(*loader, *block, string) error {
	return func(l *loader, b *block, args string) error {
		name, err := l.one(args, "Include", includeHelp[optional])
		if optional {
			name, err = l.one(args, "IncludeOptional", includeHelp[optional])
		}
		if err != nil {
			return err
		}
		if l.depth++; l.depth > maxIncludes {
			return fmt.Errorf("Exceeded maximum include depth of %d, There appears to be a recursion.", maxIncludes)
		}
		l.lastInclude = l.pos().Line
		err = l.include(b, l.path(name), optional)
		l.depth--
		return err
	}
}

var includeHelp = map[bool]string{
	false: "Name(s) of the config file(s) to be included; fails if the wildcard does not match at least one file",
	true: "Name or pattern of the config file(s) to be included; ignored if the file does not exist " +
		"or the pattern does not match any files",
}
