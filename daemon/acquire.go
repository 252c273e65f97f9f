//go:build unix

package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// resources are descriptors of the generation in force, by key.
type resources struct {
	listeners map[string]*os.File
	logs      map[string]*logFile
}

// A logFile is an open log, or the writing end of a program's input.
type logFile struct {
	Log
	file *os.File
	cmd  *exec.Cmd // of a piped log
}

// An AcquireError is why something could not be opened, in Apache's words.
type AcquireError struct{ Text string }

// Error is the text.
func (e *AcquireError) Error() string { return e.Text }

// acquire opens what plan needs and have has not. On an error what was opened
// is closed again.
func acquire(have *resources, plan *Plan) (got *resources, err error) {
	got = &resources{listeners: map[string]*os.File{}, logs: map[string]*logFile{}}
	defer func() {
		if err != nil {
			got.release(have)
			got = nil
		}
	}()
	for _, l := range plan.Listeners {
		if f := have.listeners[l.Key]; f != nil {
			got.listeners[l.Key] = f
			continue
		}
		f, err := listen(l)
		if err != nil {
			return got, err
		}
		got.listeners[l.Key] = f
	}
	for _, l := range plan.Logs {
		if f := have.logs[l.Key]; f != nil {
			got.logs[l.Key] = f
			continue
		}
		f, err := openLog(l)
		if err != nil {
			return got, err
		}
		got.logs[l.Key] = f
	}
	return got, nil
}

// release closes what r has and kept has not.
func (r *resources) release(kept *resources) {
	for key, f := range r.listeners {
		if kept.listeners[key] != f {
			f.Close()
		}
	}
	for key, l := range r.logs {
		if kept.logs[key] != l {
			l.close()
		}
	}
}

func (l *logFile) close() {
	l.file.Close()
	if l.cmd != nil {
		go l.cmd.Wait() // It ends at the end of its input.
	}
}

// listen binds an address. Without a host it is one socket for both families
// where the machine has IPv6, as Apache has it.
func listen(l Listener) (*os.File, error) {
	host := l.Host
	config := net.ListenConfig{Control: listenOptions}
	nl, err := config.Listen(context.Background(), "tcp", net.JoinHostPort(host, strconv.Itoa(l.Port)))
	if err != nil {
		return nil, &AcquireError{bindProblem(l, err)}
	}
	defer nl.Close()
	return nl.(*net.TCPListener).File()
}

// bindProblem is what Apache says of an address it cannot have. Without a host
// it has tried both families.
func bindProblem(l Listener, err error) string {
	hosts := []string{l.Host}
	if l.Host == "" {
		hosts = []string{"::", "0.0.0.0"}
	}
	text := ""
	for _, h := range hosts {
		text += fmt.Sprintf("%s: AH00072: make_sock: could not bind to address %s\n",
			osText(err), net.JoinHostPort(h, strconv.Itoa(l.Port)))
	}
	return text + "no listening sockets available, shutting down\nAH00015: Unable to open logs"
}

// osText is "(98)Address already in use".
func osText(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	text := errno.Error()
	return "(" + strconv.Itoa(int(errno)) + ")" + string(text[0]&^0x20) + text[1:]
}

const logMode = 0o644

func openLog(l Log) (*logFile, error) {
	if len(l.Command) > 0 {
		return startLogger(l)
	}
	f, err := os.OpenFile(l.Path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, logMode)
	if err != nil {
		return nil, &AcquireError{fmt.Sprintf("%s: %s", osText(err), l.Problem)}
	}
	return &logFile{Log: l, file: f}, nil
}

// startLogger starts the program of a piped log.
func startLogger(l Log) (*logFile, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	argv := l.Command
	if l.Shell {
		argv = append([]string{"/bin/sh", "-c"}, l.Command...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		w.Close()
		return nil, &AcquireError{fmt.Sprintf("AH00089: Couldn't start piped log process '%s': %v", l.Command[0], err)}
	}
	return &logFile{Log: l, file: w, cmd: cmd}, nil
}

// reopen opens the files again under their names. One that cannot be opened
// goes on as it is.
func (r *resources) reopen(say func(string)) (keys []string, files []*os.File) {
	for key, l := range r.logs {
		if l.cmd != nil {
			continue
		}
		f, err := os.OpenFile(l.Path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, logMode)
		if err != nil {
			say(fmt.Sprintf("%s: %s; the old file is written on", osText(err), l.Problem))
			continue
		}
		l.file.Close()
		l.file = f
		keys, files = append(keys, key), append(files, f)
	}
	return keys, files
}
