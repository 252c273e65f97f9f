// Package cernmeta is mod_cern_meta: fields of the header from a file beside
// the one that is sent.
package cernmeta

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"understudy/compat"
)

// Module is mod_cern_meta.
var Module = compat.Module{
	Name: "cern_meta_module",
	File: "mod_cern_meta.c",
	Directives: []compat.Directive{
		slot.Directive("MetaFiles", compat.Flag, compat.Indexes, func(c *compat.Cmd, conf *config) error {
			conf.on = c.On()
			return nil
		}, "Limited to 'on' or 'off'"),
		slot.Text("MetaDir", compat.Indexes, func(c *config) *string { return &c.dir },
			"the name of the directory containing meta files"),
		slot.Text("MetaSuffix", compat.Indexes, func(c *config) *string { return &c.suffix },
			"the filename suffix for meta files"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Fixups, addFields),
	},
}

var slot = compat.NewSlot[config]()

type config struct {
	on          bool // not inherited
	dir, suffix string
}

// Merge lays over on top of base. A section with any directive of the module
// has to say MetaFiles On again, as in Apache.
func (base config) Merge(over config) config {
	m := over
	if m.dir == "" {
		m.dir = base.dir
	}
	if m.suffix == "" {
		m.suffix = base.suffix
	}
	return m
}

// addFields obeys the meta file of r's file, if there is one
// (add_cern_meta_data).
func addFields(r *compat.Request, c *config) compat.Status {
	if !c.on || r.Info == nil || r.IsDir() || strings.HasSuffix(r.Path, "/") {
		return compat.Declined
	}
	slash := strings.LastIndexByte(r.Filename, '/')
	if slash <= strings.IndexByte(r.Filename, '/') {
		r.Logf("cern_meta", compat.LevelError, nil, "AH01561: internal error in mod_cern_meta: %s", r.Filename)
		return compat.Declined
	}
	name := c.name(r.Filename[:slash], r.Filename[slash+1:])
	sub := r.Engine.LookupFile(r, name)
	if sub.Status != 200 || sub.Info == nil || !sub.Info.Mode().IsRegular() {
		return compat.Declined
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return compat.Declined
	}
	if err != nil {
		r.Logf("cern_meta", compat.LevelError, nil, "AH01562: meta file permissions deny server access: %s", name)
		return 403
	}
	defer f.Close()
	return scan(r, f)
}

// name is that of the meta file of a file.
func (c *config) name(dir, file string) string {
	web, suffix := ".web", ".meta"
	if c.dir != "" {
		web = c.dir
	}
	if c.suffix != "" {
		suffix = c.suffix
	}
	return dir + "/" + web + "/" + file + suffix
}

// maxMeta bounds what is read of a meta file.
const maxMeta = 1 << 20

// scan reads fields (scan_meta_file). An empty line ends the file, and makes
// Apache forget all fields but type and status.
func scan(r *compat.Request, f io.Reader) compat.Status {
	in := bufio.NewReader(io.LimitReader(f, maxMeta))
	var fields compat.Header
	for {
		line, err := in.ReadString('\n')
		if line == "" {
			break
		}
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line == "" {
			return compat.OK
		}
		name, value, found := strings.Cut(line, ":")
		if !found {
			r.Logf("cern_meta", compat.LevelError, nil, "AH01560: malformed header in meta file: %s", r.Filename)
			return 500
		}
		setField(r, &fields, name, strings.TrimLeft(value, " \t\v\f\r\n"))
		if err != nil {
			break
		}
	}
	for _, f := range fields.Fields() {
		r.Out.Set(f.Name, f.Value)
	}
	return compat.OK
}

func setField(r *compat.Request, fields *compat.Header, name, value string) {
	switch strings.ToLower(name) {
	case "content-type":
		media, parameters, more := strings.Cut(strings.TrimRight(value, " \t\v\f\r\n"), ";")
		if r.ContentType, r.Charset = compat.Lower(media), ""; more {
			r.ContentType += ";" + parameters
		}
	case "status":
		if n := compat.Atoi(value); n > 0 {
			r.Status = n
		}
		_, r.Reason, _ = strings.Cut(value, " ")
	default:
		fields.Set(name, value)
	}
}
