//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/compat/heartbeat"
	"understudy/compat/php"
	"understudy/compat/status"
	"understudy/daemon"
	"understudy/vhost"
	"understudy/vhost/wire"
	"understudy/wsgi"
)

// serverRole is the process that answers requests; its control socket is
// descriptor 3.
func serverRole([]string) int {
	signal.Ignore(syscall.SIGINT) // From a terminal the supervisor gets it too.
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	return serve(os.NewFile(3, "control"), terminated)
}

// serve answers requests under the configurations that the supervisor hands
// over, until it says to stop or is gone, or the process is terminated.
func serve(control *os.File, terminated <-chan os.Signal) int {
	link, err := daemon.Attach(control)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s := &server{link: link, handler: &vhost.Server{}, logs: map[string][]*compat.LogFile{}, room: make([]byte, room)}
	s.wire = &wire.Server{Handler: s.handler, Panicked: s.panicked}
	wsgi.Use(pools{link})
	php.Use(pools{link})
	status.Use(status.Process{Connections: s.wire.Connections, Busy: s.wire.Busy})
	heartbeat.Use(s.wire.Busy)
	for {
		select {
		case g := <-link.Generations:
			s.take(g)
		case files := <-link.Reopened:
			s.reopen(files)
		case graceful, ok := <-link.Stop:
			s.stop(graceful || !ok)
			return 0
		case <-terminated:
			s.stop(false)
			return 0
		}
	}
}

// A server is the state of a server process; one goroutine owns it.
type server struct {
	link    *daemon.Link
	handler *vhost.Server
	wire    *wire.Server
	now     *daemon.Generation
	whole   serverConfig                 // in force, without its tree,
	serial  int                          // of its handedConfig,
	patches int                          // and how many of the patches are
	logs    map[string][]*compat.LogFile // by key, of the configuration in force
	accepts sync.WaitGroup
	ends    context.CancelFunc // what goes on while the configuration is in force
	room    []byte             // never touched
}

// Garbage is collected when there is as much of it as of what is in use. With few
// hosts that is little, and TLS handshakes would have it done a hundred times a
// second. So something counts as in use that is never touched, and takes no
// memory, unless the hosts need much themselves.
const (
	room  = 8 << 20
	roomy = 64 << 20
)

// take puts a generation into force: build, connect logs, swap, accept.
func (s *server) take(g *daemon.Generation) {
	if err := s.build(g); err != nil {
		s.link.Refused(g.ID, err)
		return
	}
	old := s.now
	s.now = g
	for key, l := range g.Listeners {
		if old == nil || old.Listeners[key] != l {
			s.accept(l)
		}
	}
	if old != nil {
		s.link.Forget(old, g)
	}
	s.link.Ready(g.ID)
}

// build builds what g has that is not in force yet, and swaps.
func (s *server) build(g *daemon.Generation) error {
	var c handedConfig
	if err := unpack(g.Config, &c); err != nil {
		return err
	}
	before, snap := s.handler.Snapshot(), s.handler.Snapshot()
	logs, done := s.logs, s.patches
	anew := snap == nil || s.serial != c.Serial || done > len(c.Patches)
	whole := s.whole
	if anew {
		if err := unpack(g.Whole, &whole); err != nil {
			return err
		}
		var err error
		if snap, err = assemble(g, whole, whole.Tree); err != nil {
			return err
		}
		whole.Tree = nil
		logs, done = map[string][]*compat.LogFile{}, 0
		connect(logs, snap.Build, g)
	}
	for _, text := range c.Patches[done:] {
		var p patchConfig
		if err := unpack(text, &p); err != nil {
			return err
		}
		part, err := assemble(g, whole, p.Tree)
		if err != nil {
			return err
		}
		connect(logs, part.Build, g)
		snap = snap.Graft(part, p.Hosts)
	}
	s.logs, s.whole, s.serial, s.patches = logs, whole, c.Serial, len(c.Patches)
	if anew && before != nil {
		snap.Build.Follow(before.Build)
	}
	s.handler.Swap(snap)
	if anew {
		s.background(snap)
		s.leaveRoom()
		go debug.FreeOSMemory() // Building takes more than what was built.
	}
	return nil
}

// leaveRoom gives up the room where it is not needed.
func (s *server) leaveRoom() {
	var m runtime.MemStats
	if runtime.ReadMemStats(&m); m.HeapAlloc > roomy {
		s.room = nil
	}
}

// connect gives the logs of a build their files, and notes them in logs.
func connect(logs map[string][]*compat.LogFile, b *compat.Build, g *daemon.Generation) {
	for _, l := range b.Logs {
		if f := g.Logs[l.Key]; f != nil {
			l.Use(f)
		}
		logs[l.Key] = append(logs[l.Key], l)
	}
}

// background begins what goes on while snap is in force, and ends what did before.
func (s *server) background(snap *vhost.Snapshot) {
	if s.ends != nil {
		s.ends()
	}
	var ctx context.Context
	ctx, s.ends = context.WithCancel(context.Background())
	snap.Build.Run(ctx, vhost.LogHost)
}

func (s *server) accept(l net.Listener) {
	s.accepts.Add(1)
	go func() {
		defer s.accepts.Done()
		if err := s.wire.Serve(l); err != nil {
			fmt.Fprintln(os.Stderr, "accept:", err)
		}
	}()
}

// reopen makes logs go to the files that were opened again. What is being
// written goes to the old one, which is closed a little later.
func (s *server) reopen(files map[string]*os.File) {
	for key, f := range files {
		var old *os.File
		for _, l := range s.logs[key] {
			if was := l.Use(f); was != nil {
				old = was
			}
		}
		if old != nil && old != f {
			time.AfterFunc(time.Second, func() { old.Close() })
		}
	}
}

// stop closes the listeners, and ends when the requests under way have ended:
// all of them if graceful, else those that end very soon.
func (s *server) stop(graceful bool) {
	if s.ends != nil {
		s.ends()
	}
	if s.now != nil {
		for _, l := range s.now.Listeners {
			l.Close()
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if !graceful {
		ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
	}
	s.wire.Shutdown(ctx)
	for _, logs := range s.logs {
		for _, l := range logs {
			l.Flush()
		}
	}
}

func (s *server) panicked(v any, stack []byte) {
	line := vhost.LogLine{Module: "core", Level: compat.LevelCrit, Text: fmt.Sprintf("panic while serving a request: %v\n%s", v, stack)}
	if snap := s.handler.Snapshot(); snap != nil {
		line.Send(snap.Build.Main)
	}
}

// assemble builds a configuration anew from what the supervisor read. It was
// checked there, by who may look at every file.
func assemble(g *daemon.Generation, c serverConfig, encoded []byte) (*vhost.Snapshot, error) {
	tree, err := apacheconf.Decode(bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	return vhost.Build(vhost.Options{Tree: tree, Modules: modules, Program: c.Program, NoDocumentRoots: true, Serving: true,
		Generation: g.ID, Handed: c.Handed})
}

// pools lets the WSGI gateway ask the supervisor for workers.
type pools struct{ link *daemon.Link }

// Pool implements wsgi.Provider.
func (p pools) Pool(ctx context.Context, group, application string) (wsgi.Pool, error) {
	socket, processes, err := p.link.Pool(ctx, group, application)
	return wsgi.Pool{Socket: socket, Processes: processes}, err
}

// Socket implements php.Provider.
func (p pools) Socket(ctx context.Context, group, kind string) (string, error) {
	socket, _, err := p.link.Pool(ctx, group, kind)
	return socket, err
}

// Exited implements wsgi.Provider.
func (p pools) Exited(pid int) (string, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return p.link.Exited(ctx, pid)
}
