// Package reflector is mod_reflector: the handler reflector answers a POST with
// its body.
package reflector

import (
	"io"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
)

// Module is mod_reflector.
var Module = compat.Module{
	Name: "reflector_module",
	File: "mod_reflector.c",
	Directives: []compat.Directive{
		dir.Directive("ReflectorHeader", compat.Take12, compat.Options, header,
			"Header to reflect back in the response, with an optional new name."),
	},
	Hooks: []compat.Hook{dir.On(compat.Handler, reflect).Always()},
}

var dir = compat.NewSlot[config]()

type config struct{ headers []compat.Field } // what comes as Name goes as Value

// Merge has the names of the inner place before those further out.
func (base config) Merge(over config) config {
	return config{append(append([]compat.Field(nil), over.headers...), base.headers...)}
}

func header(c *compat.Cmd, conf *config) error {
	f := compat.Field{Name: c.Arg(0), Value: c.Arg(0)}
	if len(c.Words) > 1 {
		f.Value = c.Arg(1)
	}
	conf.headers = append(conf.headers, f)
	return nil
}

// reflect is reflector_handler.
func reflect(r *compat.Request, c *config) compat.Status {
	if r.Handler != "reflector" {
		return compat.Declined
	}
	r.AllowedMethods = []string{"POST", "OPTIONS"}
	if r.Host.Trace != "off" {
		r.AllowedMethods = append(r.AllowedMethods, "TRACE")
	}
	switch r.Method {
	case "OPTIONS":
		r.Out.Set("Allow", strings.Join(r.AllowedMethods, ","))
		return compat.OK
	case "POST":
	default:
		return 405
	}
	if r.Main != nil || !r.KeepAlive {
		return compat.OK
	}
	for _, f := range c.headers {
		if value, ok := r.In.Lookup(f.Name); ok {
			r.Out.Set(f.Value, value)
		}
	}
	if !r.Out.Has("Last-Modified") {
		compat.SetLastModified(r, time.Now())
	}
	compat.SetAcceptRanges(r)
	if length, ok := r.In.Lookup("Content-Length"); ok {
		if n, err := strconv.ParseInt(length, 10, 64); err != nil || n < 0 {
			r.Logf("reflector", compat.LevelError, nil, "AH10243: reflector_handler: invalid content-length '%s'", length)
			return 400
		}
		r.Out.Set("Content-Length", length)
	}
	if kind, ok := r.In.Lookup("Content-Type"); ok {
		r.ContentType = kind
	}
	return copyBody(r)
}

func copyBody(r *compat.Request) compat.Status {
	if r.Body == nil {
		return compat.OK
	}
	r.Notes.Set("piecewise", "1") // Its end comes on its own, so that nobody knows that it is short.
	piece := make([]byte, 8<<10)
	for {
		n, err := r.Body.Read(piece)
		if n > 0 {
			if _, err := r.Writer.Write(piece[:n]); err != nil {
				r.Aborted = true
				return compat.OK
			}
		}
		if err == io.EOF {
			return compat.OK
		}
		if err != nil {
			return compat.StatusOf(err)
		}
	}
}
