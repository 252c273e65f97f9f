package negotiation

import (
	"strconv"
	"strings"

	"understudy/compat"
)

// negotiate chooses a variant and says so in the header. Its status is OK, or
// what to answer instead (do_negotiation).
func (n *negotiation) negotiate(scripts bool) (best *variant, status compat.Status) {
	r := n.r
	n.settleTerms()
	n.acceptScripts(scripts)
	best, chosen := n.choose()
	if !chosen {
		n.alternates = true
		n.setHeaders(false)
		page := r
		if r.Main != nil {
			page = r.Main
		}
		page.Notes.Set("variant-list", n.listVariants())
		if n.transparent && n.understands {
			return nil, 300
		}
		if best == nil {
			r.Logf("negotiation", compat.LevelError, nil, "AH00690: no acceptable variant: %s", r.Filename)
			return nil, 406
		}
	}
	if !n.transparent {
		n.setHeaders(chosen)
	} else if status := n.offer(best); status != compat.OK {
		return nil, status
	}
	// Vary tells newer caches all they need.
	if r.ProtoNum < 1001 && n.views != 1 && !caches(r.Host) {
		r.NoCache = true
	}
	return best, compat.OK
}

// offer prepares the answer with a variant of a list that the client may see
// (setup_choice_response). A variant must not be negotiated in its turn.
func (n *negotiation) offer(v *variant) compat.Status {
	r := n.r
	if v.sub == nil {
		sub := r.Engine.LookupFile(r, v.name)
		if sub.Status != 200 && !sub.ErrOut.Has("TCN") {
			return compat.Status(sub.Status)
		}
		v.sub = sub
	}
	if v.sub.ErrOut.Has("TCN") || v.sub.Handler == "type-map" {
		return 506
	}
	if vary, ok := v.sub.ErrOut.Lookup("Vary"); ok {
		r.ErrOut.Set("Variant-Vary", vary)
		r.ErrOut.Set("Vary", vary)
		v.sub.ErrOut.Del("Vary")
	}
	r.ErrOut.Set("Content-Location", compat.EscapeSegment(v.name))
	n.setHeaders(true)
	return compat.OK
}

// typeMap answers with a variant of a type map (handle_map_file).
func typeMap(r *compat.Request, c *config) compat.Status {
	if r.Handler != mapType && r.Handler != "type-map" {
		return compat.Declined
	}
	n := begin(r, c)
	if status := n.readMap(r); status != compat.OK {
		return status
	}
	best, status := n.negotiate(false)
	if status != compat.OK {
		return status
	}
	if best.body != 0 {
		return n.sendBody(best)
	}
	uri := compat.EscapePath(parent(strings.TrimSuffix(r.Path, r.PathInfo))) + best.name + r.PathInfo
	if r.HasQuery {
		uri += "?" + r.Query
	}
	return r.Engine.Redirect(r, uri)
}

// sendBody answers with a variant that is in the map.
func (n *negotiation) sendBody(v *variant) compat.Status {
	r := n.r
	r.AllowedMethods = []string{"GET", "OPTIONS", "HEAD", "POST"}
	if r.Host.Trace != "off" {
		r.AllowedMethods = append(r.AllowedMethods, "TRACE")
	}
	if r.Method != "GET" && r.Method != "HEAD" && r.Method != "POST" {
		return 405
	}
	compat.SetAcceptRanges(r)
	r.Out.Set("Content-Length", strconv.FormatInt(v.bytes, 10))
	if v.media != "" {
		if r.ContentType = v.media; v.charset != "" {
			r.ContentType += "; charset=" + v.charset
		}
	}
	if len(v.languages) > 0 {
		r.Languages = v.languages
	}
	if v.encoding != "" {
		r.Encodings = []string{v.encoding}
	}
	if status := compat.MeetsConditions(r); status != compat.OK {
		return status
	}
	if status := r.DiscardBody(); status != compat.OK {
		return status
	}
	if _, err := r.Writer.Write(n.text[v.body : v.body+v.bytes]); err != nil {
		r.Aborted = true
	}
	return compat.OK
}

// fixEncoding calls an encoding as the client does: gzip and x-gzip are the
// same, and some know only one of them (fix_encoding).
func fixEncoding(r *compat.Request) compat.Status {
	if len(r.Encodings) != 1 || r.Encodings[0] == "" {
		return compat.Declined
	}
	plain, known := strings.TrimPrefix(r.Encodings[0], "x-"), ""
	for _, p := range accepts(r, "Accept-Encoding") {
		if p.name == plain {
			known = plain
			break
		}
		if p.name == "x-"+plain {
			known = p.name
		}
	}
	if known == "" || known == r.Encodings[0] {
		return compat.Declined
	}
	r.Encodings = []string{known}
	return compat.OK
}
