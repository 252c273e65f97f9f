package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Where standard error is a terminal, -t tells everything that is wrong, with
// lines and carets; where it is not, it prints what Apache prints.
func TestErrorsOnTerminal(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "httpd.conf")
	os.WriteFile(file, []byte("LoadModule mpm_event_module x.so\nServerName x\nErrorLog "+root+"/log\nServrName x\n"+
		"<Directory />\n  Options Folow\n</Directory>\n"), 0o644)
	first := "AH00526: Syntax error on line 4 of " + file + ":\nInvalid command 'ServrName', perhaps misspelled or defined " +
		"by a module not included in the server configuration\n"
	more := "     4 | ServrName x\n       | ^\n       hint: did you mean ServerName?\n" +
		"AH00526: Syntax error on line 6 of " + file + ":\nIllegal option Folow\n" +
		"     6 |   Options Folow\n       |           ^\n"
	test := exec.Command(buildBinary(t), "-t", "-d", root, "-f", file)
	var plain bytes.Buffer
	test.Stderr = &plain
	test.Run()
	if plain.String() != first {
		t.Errorf("no terminal: got\n%s\nwant\n%s", plain.String(), first)
	}
	if got := onTerminal(t, exec.Command(buildBinary(t), "-t", "-d", root, "-f", file)); got != first+more {
		t.Errorf("terminal: got\n%s\nwant\n%s", got, first+more)
	}
}

// onTerminal runs cmd with a terminal for standard error, and returns what it
// wrote there.
func onTerminal(t *testing.T, cmd *exec.Cmd) string {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	defer master.Close()
	fd := int(master.Fd())
	no, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", no), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	cmd.Stderr = terminal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	out, _ := io.ReadAll(master) // It ends with an error when the terminal has no more writers.
	cmd.Wait()
	return strings.ReplaceAll(string(out), "\r\n", "\n")
}
