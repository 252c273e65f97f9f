//go:build unix

package script

import (
	"io"
	"path/filepath"
	"strings"

	"understudy/compat"
)

// Command runs a line of the shell for a page with directives, and copies what
// it says to out (include_cmd). What it says on its standard error goes into
// the error log as it is.
func (k *Kind) Command(r *compat.Request, line string, out io.Writer) error {
	c := Slot.Of(r)
	if c == nil {
		c = &Config{}
	}
	p := &program{kind: &Kind{Module: "cgid"}, r: r, c: &Config{}, timeout: timeoutOf(r, c)}
	if err := p.start("/bin/sh", []string{"/bin/sh", "-c", line}, false); err != nil {
		r.Logf(k.Module, compat.LevelError, nil, "AH01227: couldn't spawn child process: %s", r.Filename)
		return err
	}
	defer p.end()
	io.Copy(out, p.in)
	return nil
}

// command is what to run for r. mod_cgid gives a program its name, mod_cgi
// where it is.
func (k *Kind) command(r *compat.Request) (path string, args []string) {
	name := r.Filename
	if k.Module == "cgid" {
		name = filepath.Base(r.Filename)
	}
	return r.Filename, append([]string{name}, arguments(r)...)
}

// maxArguments is how many words of a query become arguments (APACHE_ARG_MAX).
const maxArguments = 4096

// arguments are the words of a query without "=", as ISINDEX had it.
func arguments(r *compat.Request) []string {
	if r.Query == "" || strings.Contains(r.Query, "=") {
		return nil
	}
	words := strings.SplitN(r.Query, "+", maxArguments)
	for i, word := range words {
		words[i] = EscapeShell(compat.Unescape(word))
	}
	return words
}
