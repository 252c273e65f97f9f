//go:build unix

package daemon

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
)

// A descriptor is an open file with a number that no other ever has: so the
// server can be told what is the same as before.
type descriptor struct {
	handle int
	file   *os.File
}

var lastHandle atomic.Int64

func newDescriptor(f *os.File) *descriptor {
	return &descriptor{handle: int(lastHandle.Add(1)), file: f}
}

// resources are the descriptors of a generation, by key.
type resources struct {
	listeners map[string]*descriptor
	logs      map[string]*logFile
	files     map[string]*descriptor
}

func newResources() *resources {
	return &resources{map[string]*descriptor{}, map[string]*logFile{}, map[string]*descriptor{}}
}

// An AcquireError is why something could not be opened, in Apache's words.
type AcquireError struct{ Text string }

// Error is the text.
func (e *AcquireError) Error() string { return e.Text }

// acquire opens what plan needs and have has not. On an error what was opened
// is closed again. said takes what the programs of piped logs write to their
// output, and what becomes of them.
func acquire(have *resources, plan *Plan, said func(string)) (*resources, error) {
	got := newResources()
	err := got.listen(have, plan)
	if err == nil {
		err = open(got.logs, have.logs, plan.Logs,
			func(l Log) string { return l.Key }, func(l Log) (*logFile, error) { return openLog(l, said) })
	}
	if err == nil {
		err = open(got.files, have.files, plan.Files, func(f File) string { return f.Key }, openFile)
	}
	if err != nil {
		got.release(have)
		return nil, err
	}
	return got, nil
}

// open fills got with what each of list is: shared with have, or made.
func open[L, T any](got, have map[string]*T, list []L, key func(L) string, make func(L) (*T, error)) error {
	for _, l := range list {
		k := key(l)
		if got[k] != nil {
			continue
		}
		if got[k] = have[k]; got[k] != nil {
			continue
		}
		made, err := make(l)
		if err != nil {
			delete(got, k)
			return err
		}
		got[k] = made
	}
	return nil
}

func openFile(f File) (*descriptor, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		problem := f.Problem
		if problem == "" {
			problem = "could not open " + f.Path
		}
		return nil, &AcquireError{fmt.Sprintf("%s: %s", osText(err), problem)}
	}
	return newDescriptor(file), nil
}

// release closes what r has and kept has not.
func (r *resources) release(kept *resources) {
	for key, d := range r.listeners {
		if kept.listeners[key] != d {
			d.file.Close()
		}
	}
	for key, d := range r.files {
		if kept.files[key] != d {
			d.file.Close()
		}
	}
	for key, l := range r.logs {
		if kept.logs[key] != l {
			l.close()
		}
	}
}

// stopListening closes the ports, and nothing else.
func (r *resources) stopListening() {
	for d := range maps.Values(r.listeners) {
		d.file.Close()
	}
	clear(r.listeners)
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
