package cache

import (
	"strings"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
)

// An answer is what was found out of one. Times are microseconds; 0: none.
type answer struct {
	control           cachestore.Control
	reason            string // why it cannot be kept; "": it can
	expires, modified int64
	hasExpires        bool
	hasModified       bool
	hasTag            bool
}

// entityFields describe a body, and so cannot be others after a 304.
var entityFields = []string{"Allow", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-MD5",
	"Content-Range", "Content-Type", "Last-Modified"}

func dateOf(text string) int64 {
	t, err := compat.ParseDate(text)
	if err != nil {
		return 0
	}
	return t.UnixMicro()
}

// inspect looks whether the answer to r can be kept.
func (s *state) inspect(r *compat.Request) answer {
	var a answer
	text, ok := fieldOf(r, "Expires")
	a.hasExpires, a.expires = ok, dateOf(text)
	text, ok = fieldOf(r, "Last-Modified")
	a.modified = dateOf(text)
	a.hasModified = ok && a.modified != 0
	_, a.hasTag = fieldOf(r, "ETag")
	a.control = cachestore.ParseControl(&r.ErrOut)
	if !a.control.Said && !a.control.Pragma {
		a.control = cachestore.ParseControl(&r.Out)
	}
	if r.Status == 304 && s.stale != nil && !a.control.Said && !a.control.Pragma {
		response, _ := s.stale.Headers()
		a.control = cachestore.ParseControl(response)
	}
	a.reason = s.refusal(r, &a)
	if r.Status == 304 {
		for _, name := range entityFields {
			r.Out.Del(name)
		}
	}
	return a
}

// refusal is why an answer cannot be kept, by Apache's rules and in its order.
func (s *state) refusal(r *compat.Request, a *answer) string {
	place, c := s.placeOf(r), a.control
	aged := c.HasSM || c.HasMaxAge
	switch r.Status {
	case 200, 203, 206, 300, 301, 304:
	default:
		if !a.hasExpires && !c.Said {
			return "Response status " + itoa(r.Status)
		}
	}
	_, query := "", s.host.urlOf(r).query
	switch {
	case !aged && !is(place.expired) && a.hasExpires && a.expires == 0:
		text, _ := fieldOf(r, "Expires")
		return "Broken expires header: " + text
	case !aged && !is(place.expired) && a.expires != 0 && a.expires < r.Start.UnixMicro():
		return "Expires header already expired; not cacheable"
	case !is(place.expired) && (c.MustRevalidate || c.ProxyRevalidate) && (c.SMaxAge == 0 || !c.HasSM && c.MaxAge == 0) &&
		!a.hasModified && !a.hasTag:
		return "s-maxage or max-age zero and no Last-Modified or Etag; not cacheable"
	case !is(s.host.ignoreQuery) && query != "" && !a.hasExpires && !aged:
		return "Query string present but no explicit expiration time"
	case r.Status == 304 && s.stale == nil:
		return "HTTP Status 304 Not Modified"
	case r.Status == 200 && !a.hasModified && !a.hasTag && !a.hasExpires && !is(place.noLastMod) && !aged:
		return "No Last-Modified; Etag; Expires; Cache-Control:max-age or Cache-Control:s-maxage headers"
	case !is(place.noStore) && c.NoStore:
		return "Cache-Control: no-store present"
	case !is(place.private) && c.Private:
		return "Cache-Control: private present"
	case s.authorized(r) && !(c.HasSM || c.MustRevalidate || c.ProxyRevalidate || c.Public):
		return "Authorization required"
	}
	return s.refusalOf(r)
}

func (s *state) refusalOf(r *compat.Request) string {
	vary, _ := cachestore.Joined(merged(r), "Vary")
	switch {
	case strings.Contains(vary, "*"):
		return "Vary header contains '*'"
	case r.Env.Has("no-cache"):
		return "environment variable 'no-cache' is set"
	case r.NoCache:
		return "r->no_cache present"
	}
	if s.stale == nil {
		return ""
	}
	if date := dateOf(r.Out.Get("Date")); date != 0 && date < s.stale.Info().Date {
		s.purge = false
		return "updated entity is older than cached entity"
	}
	if r.Status == 304 {
		return s.contradiction(r)
	}
	return ""
}

// authorized reports whether the answer may be for one user only. Without the
// quick handler each request is checked before what is kept is given.
func (s *state) authorized(r *compat.Request) bool {
	return r.In.Has("Authorization") || s.host.isQuick() && (r.HasUser || r.User != "")
}

// contradiction names what a 304 says of the body that is not so.
func (s *state) contradiction(r *compat.Request) string {
	response, _ := s.stale.Headers()
	var names []string
	for _, name := range append([]string{"ETag"}, entityFields...) {
		then, had := cachestore.Joined(response, name)
		now, has := cachestore.Joined(&r.Out, name)
		if had && has && now != then {
			names = append(names, name)
		}
	}
	if names == nil {
		return ""
	}
	return "contradiction: 304 Not Modified; but " + strings.Join(names, ", ") + " modified"
}

// info dates an answer: until when it is fresh.
func (s *state) info(r *compat.Request, a answer) cachestore.Info {
	place := s.placeOf(r)
	now := nowMicro()
	i := cachestore.Info{Status: r.Status, Control: a.control, ResponseTime: now, RequestTime: r.Start.UnixMicro()}
	text, _ := fieldOf(r, "Date")
	if i.Date = dateOf(text); i.Date == 0 {
		i.Date = now
	}
	modified := min(a.modified, i.Date)
	low, high := or(place.minExpire, 0), or(place.maxExpire, int64(day))
	clamp := func(x int64) int64 { return min(max(x, low), high) }
	switch {
	case a.control.HasSM:
		i.Expire = i.Date + clamp(min(a.control.SMaxAge, 1<<40)*cachestore.Second)
	case a.control.HasMaxAge:
		i.Expire = i.Date + clamp(min(a.control.MaxAge, 1<<40)*cachestore.Second)
	case a.expires != 0:
		i.Expire = a.expires
	case a.hasModified && modified < i.Date:
		i.Expire = i.Date + clamp(int64(float64(i.Date-modified)*or(place.factor, defaultFactor)))
	default:
		i.Expire = i.Date + or(place.defaultExpire, int64(hour))
	}
	return i
}
