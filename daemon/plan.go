package daemon

import "time"

// A Plan is what one configuration needs from the machine.
type Plan struct {
	Config    []byte // for the server, as it is
	Listeners []Listener
	Logs      []Log
	Groups    []Group
	Watched   []string // files and directories whose change means a reload
	Identity  Identity // of the server
	PidFile   string   // empty: none
	// GracefulTimeout bounds a graceful stop; 0: it waits for every request.
	GracefulTimeout time.Duration
}

// An Identity is whom a process runs as. It counts only where the supervisor is
// root.
type Identity struct {
	UID, GID uint32
	Groups   []uint32
	Change   bool // false: as the supervisor
}

// A Listener is an address to accept connections on.
type Listener struct {
	Key     string // "host:port"; equal keys are the same socket
	Host    string // empty: any
	Port    int
	Backlog int
}

// A Log is a file to append to, or a program to write to.
type Log struct {
	Key     string
	Path    string // absolute; or
	Command []string
	Shell   bool // Command is one text for the shell
	// Problem is the text for when it cannot be opened, before the reason.
	Problem string
}

// A Group is a pool of worker processes.
type Group struct {
	Name                                string
	Key                                 string   // everything that defines it: a changed key is a changed group
	Argv, Env                           []string // of one process
	Dir                                 string
	Processes                           int
	Identity                            Identity
	Socket                              string   // prefix of the path of its sockets
	Owner                               Identity // of the socket: the server's user
	Backlog                             int
	Lazy                                bool          // nothing is started before it is asked for
	Shutdown                            time.Duration // given to a process that must end
	Graceful                            time.Duration // given to its active requests before
	Chroot                              string
	Nice                                int
	CPUTime, MemoryLimit, VirtualMemory uint64 // limits; 0: none
	Log                                 string // Key of the Log its stray output goes to
}
