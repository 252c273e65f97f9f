package wsgi

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"understudy/compat"
)

// try looks whether the processes of g could do their work: whether there is an
// interpreter, their directory, and a place for their sockets.
func (g *Group) try(t *compat.Trial, b *compat.Build) error {
	who, err := t.Identify(g.User, g.Group, g.Supplementary)
	if err != nil {
		return err
	}
	about := func(format string, args ...any) error {
		return compat.Errorf("WSGI daemon process '%s': %s", g.Name, fmt.Sprintf(format, args...))
	}
	if g.Chroot != "" {
		if info, err := os.Stat(g.Chroot); err != nil || !info.IsDir() {
			return about("Unable to change root directory to '%s'", g.Chroot)
		}
		return nil
	}
	if g.Home != "" {
		if info, err := os.Stat(g.Home); err != nil || !info.IsDir() {
			return about("Unable to change working directory to home directory '%s'", g.Home)
		}
		if err := who.Enter(g.Home); err != nil {
			return about("Unable to change working directory to home directory: %v", err)
		}
	}
	if g.PythonHome != "" {
		if err := g.tryPython(t, who); err != nil {
			return about("%v", err)
		}
	}
	sockets := filepath.Dir(cmp.Or(g.SocketPrefix, filepath.Join(b.RuntimePath("."), "wsgi")))
	if info, err := os.Stat(sockets); err == nil && !info.IsDir() {
		return about("'%s' for its sockets is not a directory", sockets)
	}
	return nil
}

// pythonTime is how long an interpreter may take to start.
const pythonTime = 20 * time.Second

// tryPython starts the interpreter, unless the processes themselves are about to
// tell whether it does.
func (g *Group) tryPython(t *compat.Trial, who compat.Who) error {
	if !isProgram("", g.python) {
		return fmt.Errorf("there is no interpreter below python-home '%s': %s does not exist", g.PythonHome, g.python)
	}
	if err := who.Enter(filepath.Dir(g.python)); err != nil {
		return fmt.Errorf("python-home cannot be used: %v", err)
	}
	if t.Reload {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), pythonTime)
	defer cancel()
	cmd := who.Command(ctx, g.python, "-c", "import json, zlib")
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if err != nil {
		last := strings.TrimSpace(string(out))
		last = last[strings.LastIndexByte(last, '\n')+1:]
		return fmt.Errorf("the interpreter %s does not start: %v %s", g.python, err, last)
	}
	return nil
}

// tryScript has it looked at whether the processes of a group can read a script;
// without a group, whether those of any can, for the group may be chosen later.
// That there is no script is a matter of its URL.
func tryScript(c *compat.Cmd, path string, group *string) {
	b := c.Build
	c.Try(func(t *compat.Trial) error {
		err := t.Server.Read(path)
		for _, g := range settingsOf(b).order {
			if group != nil && g.Name != *group {
				continue
			}
			who, unknown := t.Identify(g.User, g.Group, g.Supplementary)
			if unknown != nil || g.Chroot != "" || who.Read(path) == nil {
				return nil
			}
			err = who.Read(path)
		}
		if err != nil {
			return compat.Errorf("Target WSGI script not accessible: %v", err)
		}
		return nil
	})
}

// tryProcessGroup has it looked at whether the group that WSGIProcessGroup names is
// one. Without it all that is asked for is answered with 500.
func tryProcessGroup(c *compat.Cmd, name string) {
	if strings.HasPrefix(name, "%{") {
		return // It is known when a request is.
	}
	b := c.Build
	c.Try(func(*compat.Trial) error {
		if settingsOf(b).find(name) == nil && name != "" {
			return compat.Errorf("No WSGI daemon process called '%s' has been configured", name)
		}
		return nil
	})
}

// tryServerScript has it looked at whether a script that decides about requests can
// be read. Without it none comes through.
func tryServerScript(c *compat.Cmd, kind, path string) {
	c.Try(func(t *compat.Trial) error {
		err := t.Server.Read(path)
		if _, missing := os.Stat(path); missing != nil {
			err = missing
		}
		if err != nil {
			return compat.Errorf("Target WSGI %s script not accessible: %v", kind, err)
		}
		return nil
	})
}
