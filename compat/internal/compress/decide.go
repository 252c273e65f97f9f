package compress

import (
	"strings"

	"understudy/compat"
)

// decide looks whether to compress the answer to r, and changes the header
// accordingly (the first call of deflate_out_filter).
func (f *Filter) decide(r *compat.Request) bool {
	if reason := f.refusal(r); reason != "" {
		r.Logf(f.Module, compat.LevelTrace1, nil, "Not compressing (%s)", reason)
		return false
	}
	encoding := encodingOf(r)
	if token := realEncoding(encoding); token != "" {
		r.Logf(f.Module, compat.LevelTrace1, nil, "Not compressing (content-encoding already  set: %s)", token)
		return false
	}
	r.Out.Merge("Vary", "Accept-Encoding")
	if f.Forced != nil && f.Forced(r) {
		r.Logf(f.Module, compat.LevelTrace1, nil, "Forcing compression (force-gzip set)")
	} else if !f.accepted(r) {
		return false
	}
	f.announce(r, encoding)
	return r.Status != 304
}

// refusal is why r is not to be compressed.
func (f *Filter) refusal(r *compat.Request) string {
	switch {
	case r.Main != nil:
		return "subrequest"
	case r.Status == 204:
		return "no content"
	case r.Out.Has("Content-Range"):
		return "content-range"
	case f.Refuses != nil:
		return f.Refuses(r)
	}
	return ""
}

// encodingOf is how the answer is encoded already, by all who said so.
func encodingOf(r *compat.Request) string {
	var all []string
	if v, ok := r.Out.Lookup("Content-Encoding"); ok {
		all = append(all, v)
	}
	if v, ok := r.ErrOut.Lookup("Content-Encoding"); ok {
		all = append(all, v)
	}
	return strings.Join(append(all, r.Encodings...), ",")
}

// realEncoding is the first encoding in a list that is one, or "".
func realEncoding(list string) string {
	for list != "" {
		token := nextToken(&list, false)
		if token == "" {
			break
		}
		switch token {
		case "identity", "7bit", "8bit", "binary":
		default:
			return token
		}
		if list != "" {
			list = list[1:]
		}
	}
	return ""
}

// accepted reports whether the client names the coding, and not as what it does
// not want.
func (f *Filter) accepted(r *compat.Request) bool {
	accepts, ok := r.In.Lookup("Accept-Encoding")
	if !ok {
		return false
	}
	token, q := findToken(accepts, f.Token)
	if q != "" {
		r.Logf(f.Module, compat.LevelTrace1, nil, "token: '%s' - q: '%s'", token, q)
	}
	if token == "" || len(q) >= 3 && strings.HasPrefix("q=0.000", q) {
		r.Logf(f.Module, compat.LevelTrace1, nil, "Not compressing (no Accept-Encoding: %s or q=0)", f.Token)
		return false
	}
	return true
}

// findToken looks for a token in an Accept-Encoding field, and for the
// parameter behind it.
func findToken(accepts, want string) (token, q string) {
	token = nextToken(&accepts, false)
	for token != "" && !strings.EqualFold(token, want) {
		for strings.HasPrefix(accepts, ";") {
			accepts = accepts[1:]
			nextToken(&accepts, true)
		}
		accepts = strings.TrimPrefix(accepts, ",")
		token = nextToken(&accepts, false)
	}
	if accepts != "" {
		accepts = strings.TrimLeft(accepts, ";")
		q = nextToken(&accepts, true)
	}
	return token, q
}

// nextToken takes the next token off a list (ap_get_token). With white it goes
// on to the next comma or semicolon, and may have spaces in it.
func nextToken(list *string, white bool) string {
	s := strings.TrimLeft(*list, " \t\n\v\f\r")
	end, quoted := 0, false
	for ; end < len(s); end++ {
		c := s[end]
		if c == '"' {
			quoted = !quoted
		}
		if !quoted && (c == ';' || c == ',' || !white && strings.IndexByte(" \t\n\v\f\r", c) >= 0) {
			break
		}
	}
	*list = strings.TrimLeft(s[end:], " \t\n\v\f\r")
	return s[:end]
}

// announce changes the fields of an answer that will be compressed.
func (f *Filter) announce(r *compat.Request, encoding string) {
	if encoding == "" || strings.EqualFold(encoding, "identity") {
		r.Out.Set("Content-Encoding", f.Token)
	} else {
		r.Out.Merge("Content-Encoding", f.Token)
	}
	if len(r.Encodings) > 0 {
		r.Encodings = []string{r.Out.Get("Content-Encoding")}
	}
	r.Out.Del("Content-Length")
	r.Out.Del("Content-MD5")
	ChangeETag(r, f.ETag, f.Suffix)
}

// ChangeETag does to the entity tag of r what is to be done when its coding is
// changed (deflate_check_etag).
func ChangeETag(r *compat.Request, how ETag, suffix string) {
	switch how {
	case NoChange:
	case Remove:
		r.Out.Del("ETag")
	case AddSuffix:
		if tag := r.Out.Get("ETag"); len(tag) > 2 && tag[len(tag)-1] == '"' {
			r.Out.Set("ETag", tag[:len(tag)-1]+"-"+suffix+`"`)
		}
	}
}
