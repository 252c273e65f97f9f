// Package asis is mod_asis: files that bring their own header.
package asis

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/scriptheader"
)

// Module is mod_asis. It has no directives: AddHandler send-as-is names files.
var Module = compat.Module{
	Name:   "asis_module",
	File:   "mod_asis.c",
	Alone:  true,
	Silent: true,
	Hooks: []compat.Hook{
		compat.Run(compat.Handler, serve),
	},
}

// serve answers with a file as it is (asis_handler). What is wrong with its
// header is logged, and the rest is sent.
func serve(r *compat.Request) compat.Status {
	if r.Handler != "send-as-is" && r.Handler != "httpd/send-as-is" || r.Method != "GET" && r.Method != "HEAD" {
		return compat.Declined
	}
	if r.Info == nil {
		r.Logf("asis", compat.LevelInfo, nil, "AH01233: File does not exist: %s", r.Filename)
		return 404
	}
	f, err := open(r)
	if err != nil {
		r.Logf("asis", compat.LevelError, cause(err), "AH01234: file permissions deny server access: %s", r.Filename)
		return 403
	}
	defer f.Close()
	in := bufio.NewReader(f)
	scriptheader.Read(r, "asis", in)
	redirects := r.Status == 200 || r.Status >= 300 && r.Status < 400
	if to := r.Out.Get("Location"); strings.HasPrefix(to, "/") && redirects {
		r.Status, r.Reason, r.Method = 200, "", "GET"
		return r.Engine.Redirect(r, to)
	}
	if !r.HeaderOnly {
		send(r, f, in.Buffered())
	}
	return compat.OK
}

var errNotRegular = errors.New("Not a regular file")

// open opens r's file; a pipe could keep us waiting for ever.
func open(r *compat.Request) (*os.File, error) {
	if !r.Info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	return r.Open()
}

// send sends what is behind the header; read is how much more of the file was
// read than that.
func send(r *compat.Request, f *os.File, read int) {
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		r.Aborted = true
		return
	}
	at -= int64(read)
	if rest := r.Info.Size() - at; rest > 0 {
		if err := r.Writer.File(f, at, rest); err != nil {
			r.Aborted = true
		}
	}
}

// cause is the operating system's part of an error.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
