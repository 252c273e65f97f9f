package daemon

import (
	"fmt"
	"time"
)

// A Plan is what one configuration needs from the machine. What the plan in
// force has under the same Key is shared and not opened again, so a Key says
// everything that defines the thing.
type Plan struct {
	// Config is for the server, as it is. Whole comes with it, except where the
	// process put one into force that had the same Serial, if that is not 0.
	Config    []byte
	Whole     []byte
	Serial    int
	Listeners []Listener
	Logs      []Log
	Files     []File
	Groups    []Group
	// Watched are files and directories whose change means a reload; of a
	// directory, that an entry comes or goes. They need not exist.
	Watched  []string
	Identity Identity // of the server
	PidFile  string   // empty: none
	MainLog  string   // Key of the main error log; empty: standard error
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
	Host    string // empty: any, in one socket for both families
	Port    int
	Backlog int // 0: the system's
}

// A Log is a file to append to, or a program to write to. A program that ends
// is started again, and reads on where the one before stopped.
type Log struct {
	Key     string
	Path    string // absolute; or
	Command []string
	Shell   bool // Command is one text for the shell
	Syslog  bool // Command wants each line to begin with its severity
	// Problem is the text for when it cannot be opened, after the reason.
	Problem string
}

// A File is opened for reading by the supervisor, for a server that may not.
type File struct {
	Key  string // path, and what tells one content of it from the next
	Path string
	// Problem is the text for when it cannot be opened, after the reason.
	Problem string
}

// A Group is processes of a kind: for each application group that is asked
// for, a pool of them with a socket of its own.
type Group struct {
	Name      string
	Place     string   // of its directive, as "line 7 of /etc/…"
	Key       string   // everything that defines it: a changed key is a changed group
	Argv, Env []string // of one process; Env is all of its environment
	Dir       string
	Processes int      // of a pool
	Identity  Identity // of the processes
	Socket    string   // prefix of the path of its sockets
	Owner     Identity // of the sockets: the server's user
	Backlog   int
	Lazy      bool // nothing is started before it is asked for
	// Apps are the application groups that have processes from the start.
	Apps []string
	// Deadlock is how long a process may not say that it lives; 0: for ever.
	Deadlock time.Duration
	// Start is how long a new process may take to be ready; 0: 30 s.
	Start time.Duration
	// Graceful is given to the active requests of a process that is to end,
	// and Shutdown to the process after that; without Shutdown it may take
	// for ever, except that the server itself stops.
	Graceful, Shutdown time.Duration
	Chroot             string
	Nice               int
	Log                string // Key of the Log its stray output goes to
}

// String is how messages call the group.
func (g *Group) String() string {
	if g.Place == "" {
		return fmt.Sprintf("WSGI daemon process '%s'", g.Name)
	}
	return fmt.Sprintf("WSGI daemon process '%s' (%s)", g.Name, g.Place)
}
