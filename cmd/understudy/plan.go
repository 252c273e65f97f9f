//go:build unix

package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/compat/php"
	"understudy/daemon"
	"understudy/vhost"
	"understudy/wsgi"
)

// serverConfig is what the server process is told beside the tree.
type serverConfig struct {
	Program     string
	NoRootTests bool
	Tree        []byte
	Handed      map[string][]byte
}

// makePlan says what a configuration needs from the machine, with what the
// server process is told.
func makePlan(o *options, snap *vhost.Snapshot) (*daemon.Plan, error) {
	plan, err := resources(snap.Build)
	if err == nil {
		plan.Whole, err = encodeConfig(o, snap.Build)
	}
	return plan, err
}

// resources says what a configuration needs from the machine.
func resources(b *compat.Build) (*daemon.Plan, error) {
	if err := b.Start(); err != nil {
		return nil, err
	}
	if len(b.Listeners) == 0 {
		return nil, errors.New("no listening sockets available, shutting down\nAH00015: Unable to open logs")
	}
	identity, err := identityOf(b.Core.User, b.Core.Group, nil)
	if err != nil {
		return nil, err
	}
	plan := &daemon.Plan{Identity: identity, PidFile: b.Core.PidFile, MainLog: logKey(b.Main.ErrorLog),
		GracefulTimeout: time.Duration(b.Core.GracefulShutdown) * time.Second}
	for _, l := range b.Listeners {
		plan.Listeners = append(plan.Listeners, daemon.Listener{Key: listenerKey(l), Host: l.Host, Port: l.Port,
			Backlog: b.Core.ListenBacklog})
	}
	for _, l := range b.Logs {
		plan.Logs = append(plan.Logs, daemonLog(b.Program, l))
	}
	for _, n := range b.Needs {
		switch g := n.Spec.(type) {
		case *wsgi.Group:
			group, err := daemonGroup(b, g, identity)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", n.Pos, err)
			}
			group.Place = fmt.Sprintf("line %d of %s", n.Pos.Line, n.Pos.File)
			plan.Groups = append(plan.Groups, group)
		case *php.Group:
			group, err := phpGroup(b, g, identity)
			if err != nil {
				return nil, err
			}
			plan.Groups = append(plan.Groups, group)
		}
	}
	plan.Watched = watched(b)
	return plan, nil
}

// watched are the files that a configuration consists of, or names.
func watched(b *compat.Build) []string { return slices.Concat(b.Tree.Watched, b.Watched) }

func encodeConfig(o *options, b *compat.Build) ([]byte, error) {
	tree, err := encodeTree(b.Tree)
	if err != nil {
		return nil, err
	}
	return packed(serverConfig{Program: o.base(), NoRootTests: o.noRootTest, Tree: tree, Handed: b.Handed})
}

func encodeTree(t *apacheconf.Tree) ([]byte, error) {
	var b bytes.Buffer
	err := t.Encode(&b)
	return b.Bytes(), err
}

func listenerKey(l compat.Listener) string { return l.Host + ":" + strconv.Itoa(l.Port) }

func logKey(l *compat.LogFile) string {
	if l == nil {
		return ""
	}
	return l.Key
}

func daemonLog(program string, l *compat.LogFile) daemon.Log {
	d := daemon.Log{Key: l.Key, Path: l.Path, Command: l.Command, Shell: l.Shell,
		Problem: "AH00649: could not open transfer log file " + l.Path + ".\nAH00015: Unable to open logs"}
	if l.Error {
		d.Problem = "AH00091: " + program + ": could not open error log file " + l.Path + ".\nAH00015: Unable to open logs"
	}
	if command := strings.Join(l.Command, " "); command != "" {
		d.Problem = "AH00104: unable to start piped log program '" + command + "'\nAH00015: Unable to open logs"
		if l.Error {
			d.Problem = "AH00089: Couldn't start ErrorLog process '" + command + "'.\nAH00015: Unable to open logs"
		}
	}
	if l.Syslog != "" {
		d.Path, d.Command, d.Syslog = "", syslogCommand(l.Syslog), true
	}
	return d
}

// syslogCommand passes lines on to syslog, as "facility:tag" says, each with the
// severity it begins with.
func syslogCommand(spec string) []string {
	facility, tag, _ := strings.Cut(strings.TrimPrefix(spec, "-"), ":")
	return []string{"logger", "--prio-prefix", "-t", cmp.Or(tag, "apache2"), "-p", cmp.Or(facility, "local7") + ".err"}
}

// identityOf looks up whom to run as; it counts for root only.
func identityOf(userName, groupName string, supplementary []string) (daemon.Identity, error) {
	if os.Getuid() != 0 {
		return daemon.Identity{}, nil
	}
	id := daemon.Identity{Change: true}
	uid, name, err := lookupUser(userName)
	if err != nil {
		return id, err
	}
	gid, err := lookupGroup(groupName)
	if err != nil {
		return id, err
	}
	id.UID, id.GID = uid, gid
	id.Groups = []uint32{gid}
	if supplementary != nil {
		for _, name := range supplementary {
			n, err := lookupGroup(name)
			if err != nil {
				return id, err
			}
			id.Groups = append(id.Groups, n)
		}
	} else if u, err := user.Lookup(name); err == nil {
		// As initgroups: those that list the user, not its own primary one.
		groups, _ := u.GroupIds()
		for _, g := range groups {
			if n, err := strconv.ParseUint(g, 10, 32); err == nil && uint32(n) != gid && g != u.Gid {
				id.Groups = append(id.Groups, uint32(n))
			}
		}
	}
	if uid == 0 {
		return id, errors.New("AH00136: Server MUST relinquish startup privileges before accepting connections. " +
			"Please ensure mod_unixd or other system security module is loaded.\nAH00016: Configuration Failed")
	}
	return id, nil
}

func lookupUser(name string) (uid uint32, as string, err error) {
	if number, ok := strings.CutPrefix(name, "#"); ok {
		n, err := strconv.ParseUint(number, 10, 32)
		if u, lookupErr := user.LookupId(number); lookupErr == nil {
			return uint32(n), u.Username, err
		}
		return uint32(n), name, err
	}
	if name == "" {
		return 0, "", nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return 0, "", fmt.Errorf("AH00543: apache2: bad user name %s", name)
	}
	n, err := strconv.ParseUint(u.Uid, 10, 32)
	return uint32(n), u.Username, err
}

func lookupGroup(name string) (uint32, error) {
	if number, ok := strings.CutPrefix(name, "#"); ok {
		n, err := strconv.ParseUint(number, 10, 32)
		return uint32(n), err
	}
	if name == "" {
		return 0, nil
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, fmt.Errorf("AH00544: apache2: bad group name %s", name)
	}
	n, err := strconv.ParseUint(g.Gid, 10, 32)
	return uint32(n), err
}

// daemonGroup makes the processes of a WSGI group of what its directive says.
func daemonGroup(b *compat.Build, g *wsgi.Group, server daemon.Identity) (daemon.Group, error) {
	identity := server
	if server.Change && (g.User != "" || g.Group != "" || g.Supplementary != nil) {
		userName, groupName := g.User, g.Group
		if userName == "" {
			userName = b.Core.User
		}
		if groupName == "" {
			groupName = b.Core.Group
		}
		var err error
		if identity, err = identityOf(userName, groupName, g.Supplementary); err != nil {
			return daemon.Group{}, err
		}
	}
	argv, env := g.Command()
	home := g.Home
	if home == "" && g.Chroot != "" {
		home = "/"
	}
	socket := g.SocketPrefix
	if socket == "" {
		socket = filepath.Join(b.RuntimePath("."), "wsgi")
	}
	var apps []string
	for _, i := range g.Imports {
		if !slices.Contains(apps, i.Application) {
			apps = append(apps, i.Application)
		}
	}
	return daemon.Group{Name: g.Name, Key: g.Key, Argv: argv, Env: env, Dir: home, Processes: g.Processes,
		Identity: identity, Socket: socket, Owner: server, Backlog: g.ListenBacklog, Lazy: g.Lazy, Apps: apps, Deadlock: g.DeadlockTimeout,
		Shutdown: g.ShutdownTimeout, Graceful: g.GracefulTimeout, Chroot: g.Chroot, Nice: g.Priority,
		Log: logKey(g.ErrorLog)}, nil
}

// phpGroup makes the process that starts PHP, which is this program in another
// role.
func phpGroup(b *compat.Build, g *php.Group, server daemon.Identity) (daemon.Group, error) {
	self, err := os.Executable()
	if err != nil {
		return daemon.Group{}, err
	}
	return daemon.Group{Name: php.GroupName, Key: g.Key, Argv: []string{self}, Env: append(g.Environment(), roleVariable+"=php"),
		Dir: "/", Processes: 1, Identity: server, Owner: server, Socket: filepath.Join(b.RuntimePath("."), "php"),
		Backlog: b.Core.ListenBacklog, Graceful: 10 * time.Second, Shutdown: 5 * time.Second, Log: logKey(b.Main.ErrorLog)}, nil
}
