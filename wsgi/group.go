package wsgi

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
)

// The program of a worker, in parts that share their names.
var (
	//go:embed worker.py
	workerSource []byte
	//go:embed api.py
	apiSource []byte
)

// A Group is a daemon group: what WSGIDaemonProcess says, or the group of the
// server itself, whose name is empty.
type Group struct {
	Name string
	Key  string // everything that defines its processes
	Pos  apacheconf.Position
	Host *compat.Host `json:"-"` // in which it was defined

	Processes, Threads int
	Multiprocess       bool // processes= was given
	User, Group        string
	Supplementary      []string // names of groups; nil: those of the user
	Umask              *int
	Home               string
	PythonHome         string
	PythonPath         []string
	PythonEggs         string
	Lang, Locale       string
	DisplayName        string
	StackSize          int
	MaximumRequests    int
	InactivityTimeout  time.Duration
	GracefulTimeout    time.Duration
	ShutdownTimeout    time.Duration
	ConnectTimeout     time.Duration
	SocketTimeout      time.Duration // 0: Timeout
	QueueTimeout       time.Duration
	ListenBacklog      int
	Priority           int
	CPUTime            uint64
	MemoryLimit        uint64
	VirtualMemory      uint64
	RequestTimeout     time.Duration
	InterruptTimeout   time.Duration
	StartupTimeout     time.Duration
	DeadlockTimeout    time.Duration
	EvictionTimeout    time.Duration // 0: GracefulTimeout
	RestartInterval    time.Duration
	ResponseTimeout    time.Duration // 0: SocketTimeout
	ResponseBuffer     int
	SwitchInterval     float64 // seconds; 0: that of Python
	Chroot             string
	ScriptUser         string // who must own the scripts, or
	ScriptGroup        string // which group
	ServerMetrics      bool
	Imports            []Import
	Embedded, Lazy     bool
	SocketPrefix       string
	ErrorLog           *compat.LogFile `json:"-"`

	python  string
	options []byte
	flags   []string
	extra   []string // environment
}

// defaults are those of mod_wsgi.
func (g *Group) defaults() {
	g.GracefulTimeout, g.ShutdownTimeout = 15*time.Second, 5*time.Second
	g.ConnectTimeout, g.DeadlockTimeout = 15*time.Second, 300*time.Second
	g.ListenBacklog = 100
}

// complete fixes everything that defines the group's processes.
func (g *Group) complete(b *compat.Build, s *settings) {
	if g.PythonHome == "" {
		g.PythonHome = s.pythonHome
	}
	g.SocketPrefix = s.socketPrefix
	g.ErrorLog = b.Main.ErrorLog
	if g.Host != nil && g.Host.Virtual && g.Host.ErrorLog != nil {
		g.ErrorLog = g.Host.ErrorLog
	}
	if g.Embedded {
		g.PythonPath, g.PythonEggs = s.pythonPath, s.pythonEggs
	}
	g.python = findPython(g.Chroot, g.PythonHome)
	g.options, _ = json.Marshal(map[string]any{
		"group": g.Name, "threads": g.Threads, "processes": g.Processes, "multiprocess": g.Multiprocess || g.Embedded,
		"home": g.Home, "user": g.User, "umask": g.Umask, "python_path": g.PythonPath, "display_name": g.title(),
		"stack_size": g.StackSize, "maximum_requests": g.MaximumRequests,
		"inactivity_timeout": int(g.InactivityTimeout / time.Second),
		"graceful_timeout":   int(g.GracefulTimeout / time.Second),
		"shutdown_timeout":   int(g.ShutdownTimeout / time.Second),
		"eviction_timeout":   int(g.EvictionTimeout / time.Second),
		"request_timeout":    int(g.RequestTimeout / time.Second),
		"interrupt_timeout":  int(g.InterruptTimeout / time.Second),
		"startup_timeout":    int(g.StartupTimeout / time.Second),
		"deadlock_timeout":   int(g.DeadlockTimeout / time.Second),
		"restart_interval":   int(g.RestartInterval / time.Second),
		"cpu_time_limit":     g.CPUTime, "memory_limit": g.MemoryLimit, "virtual_memory_limit": g.VirtualMemory, "keep_interpreter": s.keepInterpreter, "imports": g.Imports,
		"server_metrics": g.ServerMetrics || g.Embedded && s.serverMetrics,
		"embedded":       g.Embedded, "interpreters": s.scoped(g), "switch_interval": g.SwitchInterval, "hash_seed": s.hashSeed,
	})
	g.flags = pythonFlags(s)
	g.extra = g.environment(s)
	g.Key = g.key()
}

// title is display-name with %{GROUP} replaced.
func (g *Group) title() string {
	if g.DisplayName == "%{GROUP}" {
		return "(wsgi:" + g.Name + ")"
	}
	return g.DisplayName
}

func pythonFlags(s *settings) []string {
	var flags []string
	if s.optimize != "" {
		flags = append(flags, "-"+s.optimize)
	}
	if s.dontWriteBytecode {
		flags = append(flags, "-B")
	}
	for _, w := range s.warnings {
		flags = append(flags, "-W", w)
	}
	return flags
}

func (g *Group) environment(s *settings) []string {
	var env []string
	if g.Lang != "" {
		env = append(env, "LANG="+g.Lang)
	}
	if g.Locale != "" {
		env = append(env, "LC_ALL="+g.Locale)
	}
	if g.PythonEggs != "" {
		env = append(env, "PYTHON_EGG_CACHE="+g.PythonEggs)
	}
	if s.hashSeed != "" {
		env = append(env, "PYTHONHASHSEED="+s.hashSeed)
	}
	return env
}

// key is a digest of everything that defines the processes. The interpreter is
// not in it: it follows from the rest, and not every process may look for it.
func (g *Group) key() string {
	all, _ := json.Marshal([]any{g, g.options, g.flags, g.extra, logName(g.ErrorLog)})
	sum := sha256.Sum256(all)
	return g.Name + "#" + hex.EncodeToString(sum[:8])
}

func logName(l *compat.LogFile) string {
	if l == nil {
		return ""
	}
	return l.Key
}

// bootstrap runs the worker's source, which comes in the environment, so that
// no file has to be readable by the user of the group.
const bootstrap = `import os,zlib,base64
for source in zlib.decompress(base64.b64decode(os.environ.pop('UNDERSTUDY_SOURCE'))).split(b'\0'):
    exec(compile(source,'<understudy>','exec'))
main()`

var packed = sync.OnceValue(func() string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(bytes.Join([][]byte{workerSource, apiSource}, []byte{0}))
	w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
})

// Command is how one process of the group is started. The last word is there
// to be seen in ps.
func (g *Group) Command() (argv, env []string) {
	argv = append([]string{g.python}, g.flags...)
	argv = append(argv, "-c", bootstrap)
	if t := g.title(); t != "" {
		argv = append(argv, t)
	} else {
		argv = append(argv, "(wsgi:"+g.Name+")")
	}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "UNDERSTUDY_") {
			env = append(env, v)
		}
	}
	env = append(env, g.extra...)
	return argv, append(env, "UNDERSTUDY_OPTIONS="+string(g.options), "UNDERSTUDY_SOURCE="+packed())
}

// findPython finds the Python of a python-home: a prefix, or a virtual
// environment, of whatever version; and the system's without one. Of root, if
// that is not empty, it is a path inside.
func findPython(root, home string) string {
	if home != "" {
		for _, name := range []string{"python", "python3", "python2", "pypy3", "pypy"} {
			path := filepath.Join(home, "bin", name)
			if isProgram(root, path) {
				return path
			}
		}
		return filepath.Join(home, "bin", "python")
	}
	for _, path := range []string{"/usr/bin/python3", "/usr/local/bin/python3"} {
		if isProgram(root, path) {
			return path
		}
	}
	if path, err := exec.LookPath("python3"); err == nil && root == "" {
		return path
	}
	return "/usr/bin/python3"
}

func isProgram(root, path string) bool {
	if root != "" { // A link in there is not for us to follow.
		_, err := os.Lstat(filepath.Join(root, path))
		return err == nil
	}
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

var versions sync.Map // of interpreters, by path

// pythonVersion is "3.11" for the Server header, or "3" where it cannot be
// asked.
func (g *Group) pythonVersion() string {
	if v, ok := versions.Load(g.python); ok {
		return v.(string)
	}
	v := "3"
	if target, err := filepath.EvalSymlinks(g.python); err == nil {
		if name, ok := strings.CutPrefix(filepath.Base(target), "python"); ok && name != "" {
			v = name
		}
	}
	versions.Store(g.python, v)
	return v
}
