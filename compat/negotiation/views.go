package negotiation

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"understudy/compat"
)

// readDirectory takes the variants from the directory (read_types_multi).
func (n *negotiation) readDirectory() compat.Status {
	r := n.r
	r.Saw(n.dir)
	d, err := os.Open(n.dir)
	if err != nil {
		r.Logf("negotiation", compat.LevelError, cause(err), "AH00686: cannot read directory for multi: %s", n.dir)
		return 403
	}
	defer d.Close()
	prefix := r.Filename[len(n.dir):] + "."
	any := false
	for {
		entries, err := d.ReadDir(256)
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), prefix) || e.IsDir() {
				continue
			}
			any = true
			sub := n.candidate(e.Name())
			if sub == nil {
				continue
			}
			if sub.ContentType == mapType || sub.Handler == "type-map" {
				n.variants = nil
				return n.readMap(sub)
			}
			n.add(e.Name(), sub)
		}
		if err != nil {
			break
		}
	}
	if any && len(n.variants) == 0 {
		r.Logf("negotiation", compat.LevelError, nil, "AH00687: Negotiation: discovered file(s) matching request: %s"+
			" (None could be negotiated).", r.Filename)
		return 404 // No listing may take their place.
	}
	n.date()
	// The result may depend on the order, and is to be the same everywhere.
	slices.SortFunc(n.variants, func(a, b variant) int {
		return cmp.Or(cmp.Compare(b.source, a.source), strings.Compare(a.name, b.name))
	})
	return compat.OK
}

// date makes the validator of the list, of the directory's time.
func (n *negotiation) date() {
	if info, err := os.Stat(n.dir); err == nil {
		n.r.VariantList = compat.AbsentETag(n.r, info.ModTime())
	}
}

// candidate is the request for a file of the directory, nil if it cannot be a
// variant.
func (n *negotiation) candidate(name string) *compat.Request {
	sub := n.r.Engine.LookupEntry(n.r, name, true)
	if sub.Info == nil || !sub.Info.Mode().IsRegular() {
		return nil
	}
	if sub.Handler != "" && sub.ContentType == "" {
		sub.ContentType = cgiType // A sign of what it might be.
	}
	if sub.MimeParts == nil || !covers(n.r.Filename[len(n.dir):], sub.MimeParts) {
		return nil
	}
	if sub.Status != 200 || sub.ContentType == "" {
		return nil
	}
	return sub
}

// covers reports whether the parts of a name that mean nothing are all in what
// was asked for, in this order.
func covers(asked string, parts []string) bool {
	for segment := range strings.SplitSeq(asked, ".") {
		if len(parts) > 0 && segment == parts[0] {
			parts = parts[1:]
		}
	}
	return len(parts) == 0
}

func (n *negotiation) add(name string, sub *compat.Request) {
	v := newVariant()
	v.sub, v.name = sub, name
	v.encoding, v.hasEncoding = strings.Join(sub.Encodings, ", "), len(sub.Encodings) > 0
	v.languages = sub.Languages
	media := sub.ContentType
	if sub.Charset != "" {
		media += "; charset=" + sub.Charset
	}
	v.describe(media)
	n.variants = append(n.variants, v)
	n.views++
}

// multiViews looks for variants of what is not there (handle_multi).
func multiViews(r *compat.Request, c *config) compat.Status {
	if r.Info != nil || r.Opts()&compat.OptMultiViews == 0 || r.Proxied || !filepath.IsAbs(r.Filename) {
		return compat.Declined
	}
	n := begin(r, c)
	if status := n.readDirectory(); status != compat.OK {
		return status
	}
	if len(n.variants) == 0 {
		return compat.Declined
	}
	scripts := r.Method != "GET" && r.Method != "HEAD" || r.HasQuery || r.PathInfo != ""
	best, status := n.negotiate(scripts)
	if status != compat.OK {
		return status
	}
	sub := best.sub
	if sub == nil {
		if sub = r.Engine.LookupFile(r, best.name); sub.Status != 200 {
			return compat.Status(sub.Status)
		}
	}
	if !sub.HasQuery {
		sub.Query, sub.HasQuery = r.Query, r.HasQuery
	}
	r.Engine.Adopt(r, sub)
	return compat.OK
}
