package rewrite

import (
	"strconv"
	"strings"
	"time"

	"understudy/compat"
)

// setCookies sets what [CO=…] says.
func (p *pass) setCookies(list []*text) {
	for _, t := range list {
		p.setCookie(p.expand(t, nil, nil))
	}
}

// setCookie reads name:value:domain[:lifetime[:path[:secure[:httponly[:samesite]]]]],
// or the same with semicolons, the first of them before the name. One of the same
// name that was set before counts (add_cookie).
func (p *pass) setCookie(spec string) {
	separator := byte(':')
	if rest, ok := strings.CutPrefix(spec, ";"); ok {
		separator, spec = ';', rest
	}
	// As strtok has it, an empty field is none.
	f := strings.FieldsFunc(spec, func(c rune) bool { return c == rune(separator) })
	if len(f) < 3 {
		return
	}
	main := p.r
	for main.Main != nil {
		main = main.Main
	}
	if hasCookie(&main.ErrOut, f[0]) {
		p.note(5, 2828, "skipping already set cookie '%s'", f[0])
		return
	}
	p.r.ThisSecond()
	cookie := makeCookie(f, p.r.Start)
	main.ErrOut.Add("Set-Cookie", cookie)
	p.note(5, 2825, "setting cookie '%s'", cookie)
}

func hasCookie(h *compat.Header, name string) bool {
	for _, v := range h.Values("Set-Cookie") {
		if strings.HasPrefix(v, name+"=") {
			return true
		}
	}
	return false
}

func makeCookie(f []string, now time.Time) string {
	field := func(i int) string {
		if i < len(f) {
			return f[i]
		}
		return ""
	}
	cookie := f[0] + "=" + f[1] + "; path=" + firstOf(field(4), "/") + "; domain=" + f[2]
	if minutes := atol(field(3)); minutes != 0 {
		cookie += "; expires=" + now.Add(time.Duration(minutes)*time.Minute).UTC().Format("Mon, 02-Jan-2006 15:04:05 GMT")
	}
	if means(field(5), "secure") {
		cookie += "; secure"
	}
	if means(field(6), "HttpOnly") {
		cookie += "; HttpOnly"
	}
	if s := field(7); s != "" && s != "0" && !strings.EqualFold(s, "false") {
		cookie += "; SameSite=" + s
	}
	return cookie
}

// means reports whether a field of a cookie asks for what it is called.
func means(field, name string) bool {
	return field == "1" || strings.EqualFold(field, "true") || strings.EqualFold(field, name)
}

// atol is the number s begins with, within what a duration can hold in minutes.
func atol(s string) int64 {
	const bound = int64(1<<63-1) / int64(time.Minute)
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	n, err := strconv.ParseInt(s[:end], 10, 64)
	if err != nil && n == 0 {
		return 0
	}
	return max(-bound, min(n, bound))
}
