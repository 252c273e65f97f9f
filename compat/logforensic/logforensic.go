// Package logforensic is mod_log_forensic: a line before a request is handled,
// with all of its header, and one after.
package logforensic

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"understudy/compat"
)

// Module is mod_log_forensic.
var Module = compat.Module{
	Name: "log_forensic_module",
	File: "mod_log_forensic.c",
	Directives: []compat.Directive{
		dir.Directive("ForensicLog", compat.Take1, compat.Server, set, "the filename of the forensic log"),
	},
	Hooks: []compat.Hook{
		dir.On(compat.PostRead, before).ReallyFirst(),
		dir.On(compat.Log, after).ReallyLast(),
	},
}

var dir = compat.NewSlot[config]()

type config struct{ file *compat.LogFile }

func (base config) Merge(over config) config {
	if over.file == nil {
		return base
	}
	return over
}

func set(c *compat.Cmd, conf *config) error {
	conf.file = c.Build.Log(c.LogTarget(c.Arg(0)))
	return nil
}

// note is under which a request knows its name in the log.
const note = "forensic-id"

var next atomic.Uint32

// before writes the first line (log_before).
func before(r *compat.Request, c *config) compat.Status {
	if c.file == nil || r.Prev != nil {
		return compat.Declined
	}
	id := r.Env.Get("UNIQUE_ID")
	if id == "" {
		id = strconv.Itoa(os.Getpid()) + ":" + strconv.FormatInt(time.Now().Unix(), 16) + ":" +
			strconv.FormatUint(uint64(next.Add(1)-1), 16)
	}
	line := append(append([]byte{'+'}, id...), '|')
	line = escape(line, r.Line)
	for _, f := range r.In.Fields() {
		line = escape(append(line, '|'), f.Name)
		line = escape(append(line, ':'), f.Value)
	}
	c.file.Write(append(line, '\n'))
	r.Notes.Set(note, strings.Clone(id))
	return compat.OK
}

// escape appends s, with what would be taken for the structure of a line as
// %hh (log_escape).
func escape(line []byte, s string) []byte {
	const hex = "0123456789abcdef"
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == '%' || c == ':' || c == '|' {
			line = append(line, '%', hex[c>>4], hex[c&15])
		} else {
			line = append(line, c)
		}
	}
	return line
}

// after writes the last line (log_after).
func after(r *compat.Request, c *config) compat.Status {
	id, ok := r.Notes.Lookup(note)
	if c.file == nil || !ok {
		return compat.Declined
	}
	c.file.Write([]byte("-" + id + "\n"))
	return compat.OK
}
