package negotiation

import (
	"strings"

	"understudy/compat"
)

// A negotiation is the work on one request.
type negotiation struct {
	r    *compat.Request
	conf *config
	dir  string // the variants are in, with a slash at its end

	types, codings, charsets, langs []preference // nil: the header is absent
	saysQuality                     bool         // of a type

	variants        []variant
	views           int     // how many of them MultiViews found
	text            []byte  // of the type map
	defaultLanguage float32 // quality of a variant without a language

	transparent bool // the client may choose: RFC 2295
	terms
}

// terms are how a client wants to negotiate (parse_negotiate_header).
type terms struct {
	understands bool // transparent negotiation
	alternates  bool // the list is to be sent along
	choose      bool // a variant may be chosen for the client
	remote      bool // by the algorithm of RFC 2296
	literal     bool // what the client accepts is meant as it stands
}

func begin(r *compat.Request, conf *config) *negotiation {
	n := &negotiation{r: r, conf: conf, dir: parent(r.Filename),
		types:    accepts(r, "Accept"),
		codings:  accepts(r, "Accept-Encoding"),
		langs:    accepts(r, "Accept-Language"),
		charsets: accepts(r, "Accept-Charset")}
	for _, p := range n.types {
		n.saysQuality = n.saysQuality || p.quality < 1
	}
	return n
}

// settleTerms finds out whether and how the client negotiates itself.
func (n *negotiation) settleTerms() {
	n.transparent = (n.r.Method == "GET" || n.r.Method == "HEAD") && n.r.PathInfo == ""
	for i := range n.variants {
		if v := &n.variants[i]; strings.Contains(v.name, "/") || v.body != 0 {
			n.transparent = false // A list must not lead elsewhere.
		}
	}
	n.terms = terms{choose: true}
	if n.transparent {
		n.terms = termsOf(n.r)
	}
}

func termsOf(r *compat.Request) terms {
	t := terms{choose: true}
	list, ok := r.In.Lookup("Negotiate")
	if !ok || list == "trans" && strings.HasPrefix(r.In.Get("User-Agent"), "Lynx") {
		return t // Old Lynx says so without knowing what it means.
	}
	t.choose = false
	for item := range strings.SplitSeq(list, ",") {
		item = compat.Lower(strings.Trim(item, " \t"))
		switch {
		case item == "":
			continue
		case item == "1.0":
			t.choose, t.remote, t.literal = true, true, true
		case item == "*":
			t.choose, t.literal = true, true
		case item != "trans" && item != "vlist" && item != "guess-small" && (item[0] < '0' || item[0] > '9'):
			continue
		}
		t.understands, t.alternates = true, true
	}
	return t
}

// acceptScripts adds what clients never say: how welcome scripts are. Where
// the request carries something for them they are (maybe_add_default_accepts).
func (n *negotiation) acceptScripts(preferred bool) {
	if n.types == nil {
		n.types = []preference{{name: "*/*", quality: 1}}
	}
	p := preference{name: cgiType, quality: .001}
	switch {
	case n.remote:
		p.quality = 0
	case preferred:
		p.quality = 2
	}
	n.types = append(n.types, p)
}
