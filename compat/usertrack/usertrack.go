// Package usertrack is mod_usertrack: it gives each client a cookie, by which
// its way through a site can be seen in a log.
//
// Deviations: CookieExpires in a .htaccess changes nothing; in Apache it is from
// then on what counts for everybody.
package usertrack

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"understudy/apacheconf"
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// Module is mod_usertrack.
var Module = compat.Module{
	Name: "usertrack_module",
	File: "mod_usertrack.c",
	Directives: []compat.Directive{
		compat.Row("CookieExpires", compat.Take1, compat.FileInfo, setExpires, "an expiry date code"),
		dir.Directive("CookieDomain", compat.Take1, compat.FileInfo, setDomain, "domain to which this cookie applies"),
		dir.Directive("CookieStyle", compat.Take1, compat.FileInfo, setStyle,
			"'Netscape', 'Cookie' (RFC2109), or 'Cookie2' (RFC2965)"),
		dir.Flag("CookieTracking", compat.FileInfo, func(c *config) **bool { return &c.on },
			"whether or not to enable cookies"),
		dir.Directive("CookieName", compat.Take1, compat.FileInfo, setName, "name of the tracking cookie"),
		dir.Directive("CookieSameSite", compat.Take1, compat.FileInfo, setSameSite, "SameSite setting"),
		dir.Flag("CookieSecure", compat.FileInfo, func(c *config) **bool { return &c.secure }, "is cookie secure"),
		dir.Flag("CookieHttpOnly", compat.FileInfo, func(c *config) **bool { return &c.httpOnly }, "is cookie http only"),
	},
	Hooks: []compat.Hook{dir.On(compat.Fixups, spot).ReallyFirst()},
}

var (
	dir    = compat.NewSlot[config]()
	server = compat.NewSlot[expiry]()
)

type config struct {
	on, secure, httpOnly *bool
	style                string
	name, domain, site   string
	regexp               *pattern.Pattern // finds the cookie
}

// Merge takes what is said further inside, all of it: the module has no merge.
func (config) Merge(over config) config { return over }

// An expiry is how many seconds a cookie is good, at a host.
type expiry struct{ seconds int }

func (expiry) Merge(over expiry) expiry { return over }

// defaultName is what the cookie is called where nobody says.
const defaultName = "Apache"

var defaultRegexp = nameRegexp(defaultName)

// nameRegexp finds the value of a cookie (set_and_comp_regexp).
func nameRegexp(name string) *pattern.Pattern {
	var quoted strings.Builder
	for i := range len(name) {
		if c := name[i]; !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z') {
			quoted.WriteByte('\\')
		}
		quoted.WriteByte(name[i])
	}
	re, err := pattern.Compile("^"+quoted.String()+`=([^;,]+)|[;,][ \t]*`+quoted.String()+"=([^;,]+)", 0)
	if err != nil {
		return nil
	}
	return re
}

func setName(c *compat.Cmd, conf *config) error {
	conf.name = c.Arg(0)
	if conf.regexp = nameRegexp(conf.name); conf.regexp == nil {
		return compat.Errorf("Regular expression could not be compiled.")
	}
	return nil
}

func setDomain(c *compat.Cmd, conf *config) error {
	switch domain := c.Arg(0); {
	case domain == "":
		return compat.Errorf("CookieDomain values may not be null")
	case domain[0] != '.':
		return compat.Errorf("CookieDomain values must begin with a dot")
	case !strings.Contains(domain[1:], "."):
		return compat.Errorf("CookieDomain values must contain at least one embedded dot")
	default:
		conf.domain = domain
	}
	return nil
}

func setStyle(c *compat.Cmd, conf *config) error {
	switch style := compat.Lower(c.Arg(0)); style {
	case "netscape":
		conf.style = ""
	case "cookie", "rfc2109":
		conf.style = "cookie"
	case "cookie2", "rfc2965":
		conf.style = "cookie2"
	default:
		return compat.Errorf("Invalid %s keyword: '%s'", c.Name, c.Arg(0))
	}
	return nil
}

func setSameSite(c *compat.Cmd, conf *config) error {
	switch compat.Lower(c.Arg(0)) {
	case "strict":
		conf.site = "SameSite=Strict"
	case "lax":
		conf.site = "SameSite=Lax"
	case "none":
		conf.site = "SameSite=None"
	default:
		return compat.Errorf("CookieSameSite accepts 'Strict', 'Lax', or 'None'")
	}
	return nil
}

// setExpires reads a number of seconds, or "plus 1 month 2 days" without or
// with the first word (set_cookie_exp).
func setExpires(c *compat.Cmd) error {
	if c.HTAccess {
		return nil // Apache would change the host's, for everybody.
	}
	e := server.Make(c.Host.Section.Vector)
	text := c.Arg(0)
	if isDigit(text) && isDigit(text[len(text)-1:]) {
		e.seconds = compat.Atoi(text)
		return nil
	}
	words := apacheconf.Words(text)
	if len(words) > 0 && strings.HasPrefix(compat.Lower(words[0]), "p") {
		words = words[1:]
	}
	total := 0
	for ; len(words) > 0; words = words[2:] {
		if !isDigit(words[0]) {
			return compat.Errorf("bad expires code, numeric value expected.")
		}
		if len(words) < 2 {
			return compat.Errorf("bad expires code, missing <type>")
		}
		unit := unitOf(compat.Lower(words[1]))
		if unit == 0 {
			return compat.Errorf("bad expires code, unrecognized type")
		}
		total += unit * compat.Atoi(words[0])
	}
	e.seconds = total
	return nil
}

func isDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func unitOf(word string) int {
	const day = 24 * 60 * 60
	for _, u := range []struct {
		begin   string
		seconds int
	}{{"y", 365 * day}, {"mo", 30 * day}, {"w", 7 * day}, {"d", day}, {"h", 60 * 60}, {"mi", 60}, {"s", 1}} {
		if strings.HasPrefix(word, u.begin) {
			return u.seconds
		}
	}
	return 0
}

// spot looks for the cookie, and makes one where there is none (spot_cookie).
func spot(r *compat.Request, c *config) compat.Status {
	if c.on == nil || !*c.on || r.Main != nil {
		return compat.Declined
	}
	re := c.regexp
	if re == nil {
		re = defaultRegexp
	}
	if value, ok := r.In.Lookup("Cookie"); ok {
		if loc, _ := re.Find(value); loc != nil {
			r.Notes.Set("cookie", pattern.Group(value, loc, 1)+pattern.Group(value, loc, 2))
			return compat.Declined
		}
	}
	bake(r, c)
	return compat.OK
}

// bake makes a cookie (make_cookie).
func bake(r *compat.Request, c *config) {
	value := fmt.Sprintf("%x.%x", rand.Uint32(), r.Start.UnixMicro())
	cookie := cmp.Or(c.name, defaultName) + "=" + value + "; path=/"
	if e := server.OfServer(r.Host); e != nil && e.seconds != 0 {
		if c.style == "" {
			at := r.Start.UTC().Add(time.Duration(e.seconds) * time.Second)
			cookie += "; expires=" + at.Format("Mon, 02-Jan-06 15:04:05 GMT")
		} else {
			cookie += "; max-age=" + strconv.Itoa(e.seconds)
		}
	}
	field := "Set-Cookie"
	if c.domain != "" {
		cookie += "; domain=" + c.domain
		if c.style == "cookie2" {
			cookie += "; version=1"
		}
	}
	if c.style == "cookie2" {
		field = "Set-Cookie2"
	}
	if c.site != "" {
		cookie += "; " + c.site
	}
	if c.secure != nil && *c.secure {
		cookie += "; Secure"
	}
	if c.httpOnly != nil && *c.httpOnly {
		cookie += "; HttpOnly"
	}
	r.ErrOut.Add(field, cookie)
	r.Notes.Set("cookie", value)
}
