//go:build unix

package daemon

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ReadPID reads a pid file; 0 means there is none. An error is Apache's text
// for a file that is no pid file.
func ReadPID(path string) (int, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		if os.IsNotExist(err) {
			return 0, nil
		}
		return 0, fmt.Errorf("%s: AH00058: Error retrieving pid file %s\nAH00059: Remove it before continuing if it is corrupted.",
			osText(err), path)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:min(len(b), 64)])))
	if err != nil || pid < 1 {
		return 0, fmt.Errorf("(20014)Internal error (specific information not available): AH00058: Error retrieving pid file %s\n"+
			"AH00059: Remove it before continuing if it is corrupted.", path)
	}
	return pid, nil
}

// Running reports whether a process other than this one can be signalled. In a
// container, the one before may have had our number.
func Running(pid int) bool {
	return pid > 0 && pid != os.Getpid() && syscall.Kill(pid, 0) == nil
}

// writePID writes the pid file; one that is there was left by a crash. Where it
// cannot be written the log says so and the server runs without, as Apache does
// (ap_log_pid).
func writePID(path string, log Logger) {
	if path == "" {
		return
	}
	if old, _ := ReadPID(path); old != 0 && old != os.Getpid() {
		log.Log("warn", "core", fmt.Sprintf("AH00098: pid file %s overwritten -- Unclean shutdown of previous Apache run?", path))
	}
	// Written aside and renamed, so that nobody reads half of it.
	err := os.WriteFile(path+".new", []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		os.Remove(path + ".new")
		log.Log("error", "core", fmt.Sprintf("%s: AH00099: could not create %s", osText(err), path))
		log.Log("error", "core", fmt.Sprintf("AH00100: httpd: could not log pid to file %s", path))
	}
}

// removePID removes the pid file, if it is ours still.
func removePID(path string) {
	if pid, _ := ReadPID(path); path != "" && pid == os.Getpid() {
		os.Remove(path)
	}
}

// Signal does what -k says to the server whose pid file path is: stop,
// graceful-stop, restart and graceful. start tells that the caller has to
// start one; text is for standard output.
func Signal(action, path string) (text string, start bool, err error) {
	pid, err := ReadPID(path)
	if err != nil {
		return "", false, err
	}
	running := Running(pid)
	status := ""
	switch {
	case pid == 0:
		status = "httpd (no pid file) not running"
	case running:
		status = fmt.Sprintf("httpd (pid %d) already running", pid)
	default:
		status = fmt.Sprintf("httpd (pid %d?) not running", pid)
	}
	signals := map[string]syscall.Signal{"stop": syscall.SIGTERM, "graceful-stop": syscall.SIGWINCH,
		"restart": syscall.SIGHUP, "graceful": syscall.SIGUSR1}
	switch action {
	case "", "start":
		if running {
			return status + "\n", false, nil
		}
		return "", true, nil
	case "stop", "graceful-stop":
		if !running {
			return status + "\n", false, nil
		}
	case "restart", "graceful":
		if !running {
			return "httpd not running, trying to start\n", true, nil
		}
	}
	if err := syscall.Kill(pid, signals[action]); err != nil {
		return "", false, fmt.Errorf("%s: sending signal to server", osText(err))
	}
	return "", false, nil
}
