package dav

import (
	"fmt"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/dav"
)

// The namespaces of live properties, which answers call lp1 and lp2.
var liveNamespaces = []string{"DAV:", "http://apache.org/dav/props/"}

func prefixOf(namespace string) string {
	if namespace == "DAV:" {
		return "lp1"
	}
	return "lp2"
}

const allLive = ` xmlns:lp1="DAV:" xmlns:lp2="http://apache.org/dav/props/"`

// A propWriter writes the properties of resources for one request.
type propWriter struct {
	call
	live  []dav.Live
	locks dav.Locks
	res   *dav.Resource
	sub   *compat.Request // for the content of res; nil: not asked for yet
}

func (c call) properties(locks dav.Locks) *propWriter {
	live := append([]dav.Live{{Namespace: "DAV:", Name: "resourcetype", Short: true, Value: resourceType}}, c.repo.Live()...)
	return &propWriter{call: c, live: live, locks: locks}
}

func resourceType(res *dav.Resource) (string, bool) {
	if res.Collection {
		return "<D:collection/>", true
	}
	return "", true
}

// find is the live property called n, or nil.
func (p *propWriter) find(n dav.Name) *dav.Live {
	for i := range p.live {
		if p.live[i].Namespace == n.Namespace && p.live[i].Name == n.Local {
			return &p.live[i]
		}
	}
	return nil
}

// A form is what is said of a property.
type form uint8

const (
	asValue form = iota
	asName
	asSupported
)

// insert writes a live property of the repository, if it has a value.
func (p *propWriter) insert(b *strings.Builder, l *dav.Live, f form) bool {
	value, ok := l.Value(p.res)
	if !ok {
		return false
	}
	tag := prefixOf(l.Namespace) + ":" + l.Name
	switch {
	case f == asSupported:
		fmt.Fprintf(b, "<D:supported-live-property D:name=\"%s\" D:namespace=\"%s\"/>\n", l.Name, l.Namespace)
	case f == asName, value == "" && l.Short:
		b.WriteString("<" + tag + "/>\n")
	default:
		b.WriteString("<" + tag + ">" + value + "</" + tag + ">\n")
	}
	return true
}

// coreNames are the properties mod_dav makes itself.
var coreNames = []string{"supportedlock", "lockdiscovery", "getcontenttype", "getcontentlanguage"}

func isCore(n dav.Name) bool {
	if n.Namespace == "DAV:" {
		for _, name := range coreNames {
			if n.Local == name {
				return true
			}
		}
	}
	return false
}

// insertCore writes one of those (dav_insert_coreprop).
func (p *propWriter) insertCore(b *strings.Builder, name string, f form) bool {
	value, ok := p.core(name)
	switch {
	case !ok:
		return false
	case f == asSupported:
		b.WriteString(`<D:supported-live-property D:name="` + name + "\"/>\n")
	case f == asName || value == "":
		b.WriteString("<D:" + name + "/>\n")
	default:
		b.WriteString("<D:" + name + ">" + value + "</D:" + name + ">\n")
	}
	return true
}

const supportedLocks = `
<D:lockentry>
<D:lockscope><D:exclusive/></D:lockscope>
<D:locktype><D:write/></D:locktype>
</D:lockentry>
<D:lockentry>
<D:lockscope><D:shared/></D:lockscope>
<D:locktype><D:write/></D:locktype>
</D:lockentry>
`

func (p *propWriter) core(name string) (value string, ok bool) {
	switch name {
	case "supportedlock":
		return supportedLocks, p.locks != nil
	case "lockdiscovery":
		return p.discovery()
	case "getcontenttype":
		value = mediaType(p.content())
		return dav.Quote(value, false), value != ""
	}
	value, ok = p.content().Out.Lookup("Content-Language")
	return dav.Quote(value, false), ok
}

func (p *propWriter) discovery() (value string, ok bool) {
	if on := p.conf.LockDiscovery; on != nil && !*on {
		return "", true
	}
	if p.locks == nil {
		return "", false
	}
	locks, err := p.locks.Get(p.res, false)
	return activeLocks(locks), err == nil
}

// content is a sub-request for the resource.
func (p *propWriter) content() *compat.Request {
	if p.sub == nil {
		p.sub = p.Engine.Lookup(p.Request, compat.EscapePath(p.res.URI), "GET")
	}
	return p.sub
}

// mediaType is the type of r's content as mod_mime found it.
func mediaType(r *compat.Request) string {
	if r.ContentType == "" || r.Charset == "" {
		return r.ContentType
	}
	return r.ContentType + "; charset=" + r.Charset
}

const (
	openPropstat = "<D:propstat>\n<D:prop>\n"
	good         = "</D:prop>\n<D:status>HTTP/1.1 200 OK</D:status>\n</D:propstat>\n"
	bad          = "</D:prop>\n<D:status>HTTP/1.1 404 Not Found</D:status>\n</D:propstat>\n"
)

// all writes every property (dav_get_allprops).
func (p *propWriter) all(res *dav.Resource, f form) dav.Response {
	p.res, p.sub = res, nil
	var b strings.Builder
	one := dav.Response{Href: res.URI, Namespaces: allLive}
	found := map[string]bool{}
	if dead, err := p.repo.Properties(res, false); err == nil {
		p.dead(&b, dead, f, found)
		one.Namespaces = numbered(dead.Namespaces()) + allLive
		dead.Close(false)
	}
	p.everyLive(&b, f, found)
	one.Propstats = openPropstat + b.String() + good
	return one
}

func (p *propWriter) dead(b *strings.Builder, dead dav.Properties, f form, found map[string]bool) {
	prefixes := prefixTable{}
	prefixes.define(dead.Namespaces())
	for _, n := range dead.Names() {
		if n.Namespace == "DAV:" {
			found[n.Local] = true
		}
		if f == asName {
			b.WriteString(prefixes.empty(n))
		} else if element, ok := dead.Get(n); ok {
			b.WriteString(element)
		}
	}
}

func (p *propWriter) everyLive(b *strings.Builder, f form, found map[string]bool) {
	for i := range p.live {
		p.insert(b, &p.live[i], f)
	}
	for _, name := range coreNames {
		if !strings.HasPrefix(name, "get") || !found[name] {
			p.insertCore(b, name, f)
		}
	}
}

func numbered(namespaces []string) string {
	var b strings.Builder
	for i, uri := range namespaces {
		if uri != "" {
			fmt.Fprintf(&b, ` xmlns:ns%d="%s"`, i, uri)
		}
	}
	return b.String()
}

// A prefixTable gives names to namespaces within one element (dav_xmlns_info).
type prefixTable struct {
	of    map[string]string
	order []string
	count int
}

func (t *prefixTable) add(prefix, uri string) {
	if t.of == nil {
		t.of = map[string]string{}
	}
	t.of[uri] = prefix
	t.order = append(t.order, fmt.Sprintf(` xmlns:%s="%s"`, prefix, uri))
}

// define makes those of dead properties known.
func (t *prefixTable) define(namespaces []string) {
	for i, uri := range namespaces {
		if uri != "" {
			t.add(fmt.Sprintf("ns%d", i), uri)
		}
	}
}

// empty is an element without content called n.
func (t *prefixTable) empty(n dav.Name) string {
	if n.Namespace == "" {
		return "<" + n.Local + "/>\n"
	}
	prefix, ok := t.of[n.Namespace]
	if !ok {
		prefix = fmt.Sprintf("g%d", t.count)
		t.count++
		t.add(prefix, n.Namespace)
	}
	return "<" + prefix + ":" + n.Local + "/>\n"
}

// some writes the properties that were asked for (dav_get_props).
func (p *propWriter) some(res *dav.Resource, doc *dav.Document) dav.Response {
	p.res, p.sub = res, nil
	s := selection{propWriter: p}
	for _, e := range doc.Root.Child("prop").Children {
		s.one(doc.Qualified(e))
	}
	if s.dead != nil {
		s.dead.Close(false)
	}
	propstats := openPropstat + s.good.String() + good
	if s.missing.Len() > 0 {
		rest := openPropstat + s.missing.String() + bad
		if s.good.Len() == 0 {
			propstats = rest
		} else {
			propstats += rest
		}
	}
	return dav.Response{Href: res.URI, Propstats: propstats, Namespaces: s.namespaces()}
}

// A selection is some properties of a resource.
type selection struct {
	*propWriter
	good, missing strings.Builder
	prefixes      prefixTable
	usesLive      []bool // of liveNamespaces
	dead          dav.Properties
	tried, filled bool
}

func (s *selection) one(n dav.Name) {
	if l := s.find(n); l != nil {
		if s.insert(&s.good, l, asValue) {
			s.use(l)
			return
		}
	} else if isCore(n) && s.insertCore(&s.good, n.Local, asValue) {
		return
	}
	if element, ok := s.deadValue(n); ok {
		s.good.WriteString(element)
		if !s.filled {
			s.filled = true
			s.prefixes.define(s.dead.Namespaces())
		}
		return
	}
	s.missing.WriteString(s.prefixes.empty(n))
}

// use has the namespaces of the one who keeps l declared.
func (s *selection) use(l *dav.Live) {
	if s.usesLive == nil {
		s.usesLive = make([]bool, len(liveNamespaces))
	}
	s.usesLive[0] = true
	if l.Name != "resourcetype" {
		s.usesLive[1] = true
	}
}

func (s *selection) deadValue(n dav.Name) (string, bool) {
	if !s.tried {
		s.tried = true
		if dead, err := s.repo.Properties(s.res, false); err == nil {
			s.dead = dead
		}
	}
	if s.dead == nil {
		return "", false
	}
	return s.dead.Get(n)
}

func (s *selection) namespaces() string {
	var b strings.Builder
	for i, uses := range s.usesLive {
		if uses {
			fmt.Fprintf(&b, ` xmlns:lp%d="%s"`, i+1, liveNamespaces[i])
		}
	}
	for _, d := range s.prefixes.order {
		b.WriteString(d)
	}
	return b.String()
}
