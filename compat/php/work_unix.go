//go:build unix

package php

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Work is the process that starts PHP on the socket it was given, and ends it
// when the supervisor says so, or is gone. It returns the exit code.
func Work() int {
	listen, control := descriptor("UNDERSTUDY_LISTEN_FD", "listen"), descriptor("UNDERSTUDY_CONTROL_FD", "control")
	link, err := net.FileConn(control)
	control.Close()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	program, ini := os.Getenv(programVariable), os.Getenv(iniVariable)
	arguments := strings.Split(os.Getenv(valuesVariable), "\x1f")
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "UNDERSTUDY_") {
			os.Unsetenv(name)
		}
	}
	var cmd *exec.Cmd
	if strings.Contains(program, "fpm") {
		name, err := configuration()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.Remove(name)
		cmd = manager(program, name, listen)
	} else {
		cmd = plain(program, arguments, listen)
	}
	if ini != "" {
		cmd.Args = append(cmd.Args, "-c", ini)
		if _, err := os.Stat(ini + "/conf.d"); err == nil {
			cmd.Env = append(cmd.Env, "PHP_INI_SCAN_DIR="+ini+"/conf.d")
		}
	}
	// Through a pipe of our own, for php-fpm opens its log anew by /proc.
	cmd.Stdout, cmd.Stderr = os.Stdout, struct{ io.Writer }{os.Stderr}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	listen.Close()
	fmt.Fprintln(link, "ready")
	go obey(link, cmd)
	if err := cmd.Wait(); err != nil {
		fmt.Fprintln(os.Stderr, program+":", err)
		return 1
	}
	return 0
}

// descriptor is the file whose number a variable has.
func descriptor(variable, name string) *os.File {
	n, _ := strconv.Atoi(os.Getenv(variable))
	return os.NewFile(uintptr(n), name)
}

// socketName is what php-fpm calls the socket it inherits. It would remove the
// file of that name at its end, so there is none.
const socketName = "/nonexistent/understudy-php.sock"

// children is how many requests are answered at a time.
const children = 64

// configuration writes the one that php-fpm needs.
func configuration() (name string, err error) {
	f, err := os.CreateTemp("", "understudy-php-*.conf")
	if err != nil {
		return "", err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "[global]\nerror_log = /proc/self/fd/2\ndaemonize = no\nlog_level = warning\n"+
		"[php]\nlisten = %s\npm = ondemand\npm.max_children = %d\npm.process_idle_timeout = 60s\nclear_env = no\n"+
		"catch_workers_output = yes\ndecorate_workers_output = no\nsecurity.limit_extensions =\n", socketName, children)
	return f.Name(), err
}

// manager is a php-fpm with the socket as descriptor 3.
func manager(program, config string, listen *os.File) *exec.Cmd {
	cmd := exec.Command(program, "-F", "-O", "-y", config)
	cmd.ExtraFiles = []*os.File{listen}
	cmd.Env = append(os.Environ(), "FPM_SOCKETS="+socketName+"=3")
	return cmd
}

// plain is a php-cgi, which takes its standard input for the socket.
func plain(program string, arguments []string, listen *os.File) *exec.Cmd {
	cmd := exec.Command(program)
	for _, a := range arguments {
		if a != "" {
			cmd.Args = append(cmd.Args, a)
		}
	}
	cmd.Stdin = listen
	cmd.Env = append(os.Environ(), "PHP_FCGI_CHILDREN="+strconv.Itoa(children/8), "PHP_FCGI_MAX_REQUESTS=0")
	return cmd
}

// lingering is how long PHP may take to end.
const lingering = 5 * time.Second

// obey ends PHP when the supervisor says so: after the requests under way, or
// at once.
func obey(link net.Conn, cmd *exec.Cmd) {
	in := bufio.NewScanner(link)
	for in.Scan() {
		switch in.Text() {
		case "drain":
			cmd.Process.Signal(syscall.SIGQUIT)
		case "stop":
			cmd.Process.Signal(syscall.SIGTERM)
		}
	}
	cmd.Process.Signal(syscall.SIGTERM)
	time.Sleep(lingering)
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}
