// Package request is mod_request: it keeps request bodies, up to KeptBodySize,
// for others who want to read them again.
package request

import (
	"bytes"
	"cmp"
	"io"
	"strconv"

	"understudy/compat"
)

// The filters are called so; they are inserted, and could be named too.
const (
	keepName = "KEEP_BODY"
	keptName = "KEPT_BODY"
)

// Module is mod_request.
var Module = compat.Module{
	Name: "request_module",
	File: "mod_request.c",
	Directives: []compat.Directive{
		dir.Directive("KeptBodySize", compat.Take1, compat.Access, keptBodySize,
			"Maximum size of request bodies kept aside for use by filters"),
	},
	Hooks: []compat.Hook{dir.On(compat.InsertFilter, insert).Repeats().Always().Last()},
	InputFilters: []compat.InputFilter{
		{Name: keepName, Type: compat.FilterResource, Wrap: keep},
		{Name: keptName, Type: compat.FilterResource, Wrap: replay},
	},
}

var dir = compat.NewSlot[config]()

type config struct{ keep *int64 }

func (base config) Merge(over config) config { return config{cmp.Or(over.keep, base.keep)} }

func keptBodySize(c *compat.Cmd, conf *config) error {
	n, whole, ok := compat.ParseOffset(c.Arg(0))
	if !ok || !whole || n < 0 {
		return compat.Errorf("KeptBodySize must be a valid size in bytes, or zero.")
	}
	conf.keep = &n
	return nil
}

// insert asks for the filter that keeps, or gives back what was kept
// (ap_request_insert_filter).
func insert(r *compat.Request, c *config) compat.Status {
	switch {
	case r.KeptBody != nil && r.Main != nil:
		r.In.Del("Transfer-Encoding")
		r.In.Set("Content-Length", strconv.Itoa(len(r.KeptBody)))
		r.Body, r.BodyLength = bytes.NewReader(r.KeptBody), int64(len(r.KeptBody))
	case r.KeptBody != nil:
		r.InputFilters = append(r.InputFilters, keptName)
	case c.keep != nil && *c.keep > 0:
		r.InputFilters = append(r.InputFilters, keepName)
	}
	return compat.OK
}

// replay reads the body that was kept, and then what was not.
func replay(r *compat.Request, next io.Reader) io.Reader {
	if r.KeptBody == nil {
		return next
	}
	r.In.Del("Transfer-Encoding")
	r.In.Set("Content-Length", strconv.Itoa(len(r.KeptBody)))
	return io.MultiReader(bytes.NewReader(r.KeptBody), next)
}

func keep(r *compat.Request, next io.Reader) io.Reader {
	c := dir.Of(r)
	if c == nil || c.keep == nil || *c.keep == 0 || r.KeptBody != nil {
		return next
	}
	return &keeper{r: r, next: next, max: *c.keep}
}

// A keeper keeps what is read of a body (keep_body_filter).
type keeper struct {
	r     *compat.Request
	next  io.Reader
	max   int64
	begun bool
	err   error
}

// Read reads and keeps. A body that is too long to be kept is refused.
func (k *keeper) Read(p []byte) (int, error) {
	if k.err != nil {
		return 0, k.err
	}
	if !k.begun {
		k.begun = true
		if length, err := strconv.ParseInt(k.r.In.Get("Content-Length"), 10, 64); err == nil && length > k.max {
			return 0, k.refuse("AH01412", length)
		}
		k.r.KeptBody = []byte{}
	}
	n, err := k.next.Read(p)
	if total := int64(len(k.r.KeptBody) + n); total > k.max {
		k.r.KeptBody = nil
		return 0, k.refuse("AH01413", total)
	}
	k.r.KeptBody = append(k.r.KeptBody, p[:n]...)
	if err != nil {
		if k.err = err; err != io.EOF {
			k.r.KeptBody = nil
		}
	}
	return n, err
}

func (k *keeper) refuse(code string, length int64) error {
	k.r.Logf("request", compat.LevelError, nil,
		"%s: Requested content-length of %d is larger than the configured limit of %d", code, length, k.max)
	k.r.Notes.Set("unknown-length", "1") // Apache sends the page without Content-Length.
	k.err = compat.StatusError(413)
	return k.err
}
