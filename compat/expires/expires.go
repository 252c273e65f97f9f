// Package expires is mod_expires: it dates responses by their media type.
package expires

import (
	"cmp"
	"maps"
	"strconv"
	"strings"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
)

// Module is mod_expires.
var Module = compat.Module{
	Name:  "expires_module",
	File:  "mod_expires.c",
	Alone: true,
	Directives: []compat.Directive{
		slot.Flag("ExpiresActive", compat.Indexes, func(c *config) **bool { return &c.active },
			"Limited to 'on' or 'off'"),
		slot.Directive("ExpiresByType", compat.Take2, compat.Indexes, setByType,
			"a MIME type followed by an expiry date code"),
		slot.Directive("ExpiresDefault", compat.Take1, compat.Indexes, setDefault, "an expiry date code"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Headers, date).Repeats(),
	},
}

var slot = compat.NewSlot[config]()

type config struct {
	active    *bool
	otherwise *expiry
	byType    map[string]*expiry // by lower-case media type
	wildcards bool               // one of them is "type/*"
}

// Merge lays over on top of base. Wildcards count only where one stands, as in
// Apache.
func (base config) Merge(over config) config {
	m := config{cmp.Or(over.active, base.active), cmp.Or(over.otherwise, base.otherwise), maps.Clone(base.byType), over.wildcards}
	if m.byType == nil {
		m.byType = over.byType
	} else {
		maps.Copy(m.byType, over.byType)
	}
	return m
}

// An expiry is how long a response is good.
type expiry struct {
	modified bool // counted from when the file was changed, not from now
	after    time.Duration
}

func setByType(c *compat.Cmd, conf *config) error {
	name := c.Arg(0)
	slash := strings.LastIndexByte(name, '/')
	if slash < 0 {
		return compat.Errorf("Invalid mimetype: should contain a slash")
	}
	e, why := parse(c.Arg(1))
	if why != "" {
		return compat.Errorf("'ExpiresByType %s %s': %s", name, c.Arg(1), why)
	}
	if conf.byType == nil {
		conf.byType = map[string]*expiry{}
	}
	conf.byType[strings.ToLower(name)] = e
	conf.wildcards = conf.wildcards || name[slash+1:] == "*"
	return nil
}

func setDefault(c *compat.Cmd, conf *config) error {
	e, why := parse(c.Arg(0))
	if why != "" {
		return compat.Errorf("'ExpiresDefault %s': %s", c.Arg(0), why)
	}
	conf.otherwise = e
	return nil
}

// units are told by their first letters; the order counts: "m" alone is none.
var units = []struct {
	prefix  string
	seconds int
}{{"y", 60 * 60 * 24 * 365}, {"mo", 60 * 60 * 24 * 30}, {"w", 60 * 60 * 24 * 7}, {"d", 60 * 60 * 24},
	{"h", 60 * 60}, {"mi", 60}, {"s", 1}}

// parse reads "A3600", "M3600" or "access plus 1 month 2 days" (check_code).
// why is what is wrong with it.
func parse(code string) (e *expiry, why string) {
	if code != "" && (code[0] == 'A' || code[0] == 'M') {
		return &expiry{code[0] == 'M', time.Duration(compat.Atoi(code[1:])) * time.Second}, ""
	}
	base, rest := apacheconf.Word(code)
	e = &expiry{modified: hasPrefixFold(base, "m")}
	if !e.modified && !hasPrefixFold(base, "n") && !hasPrefixFold(base, "a") {
		return nil, "bad expires code, unrecognised <base> '" + base + "'"
	}
	word, rest := apacheconf.Word(rest)
	if hasPrefixFold(word, "p") {
		word, rest = apacheconf.Word(rest)
	}
	seconds := 0
	for word != "" {
		if word[0] < '0' || word[0] > '9' {
			return nil, "bad expires code, numeric value expected <num> '" + word + "'"
		}
		n := compat.Atoi(word)
		if word, rest = apacheconf.Word(rest); word == "" {
			return nil, "bad expires code, missing <type>"
		}
		factor := factorOf(word)
		if factor == 0 {
			return nil, "bad expires code, unrecognised <type>'" + word + "'"
		}
		seconds += factor * n
		word, rest = apacheconf.Word(rest)
	}
	e.after = time.Duration(int32(seconds)) * time.Second // Apache counts in an int.
	return e, ""
}

func factorOf(word string) int {
	for _, u := range units {
		if hasPrefixFold(word, u.prefix) {
			return u.seconds
		}
	}
	return 0
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// date sets Expires and max-age, where nobody has (expires_filter).
func date(r *compat.Request, c *config) compat.Status {
	if c.active == nil || !*c.active || r.Status >= 400 || r.ErrOut.Has("Expires") || r.Out.Has("Expires") {
		return compat.Declined
	}
	e := c.of(r.Out.Get("Content-Type"))
	if e == nil {
		return compat.Declined
	}
	r.ThisSecond()
	at := r.Start
	if e.modified {
		if r.Info == nil {
			return compat.Declined
		}
		at = r.Info.ModTime()
	}
	if at = at.Add(e.after); at.Before(r.Start) {
		at = r.Start
	}
	r.Out.Merge("Cache-Control", "max-age="+strconv.FormatInt(int64(at.Sub(r.Start)/time.Second), 10))
	r.Out.Set("Expires", compat.FormatDate(at))
	return compat.Declined
}

// of is the expiry for a media type, nil if there is none.
func (c *config) of(contentType string) *expiry {
	name, _, _ := strings.Cut(contentType, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	if e := c.byType[name]; e != nil {
		return e
	}
	if major, _, ok := strings.Cut(name, "/"); ok && c.wildcards {
		if e := c.byType[major+"/*"]; e != nil {
			return e
		}
	}
	return c.otherwise
}
