// Package sessiondbd is mod_session_dbd: sessions in a database, by a number in a
// cookie or by the user's name.
package sessiondbd

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"regexp"
	"time"

	"understudy/compat"
	"understudy/compat/internal/dbd"
	"understudy/compat/internal/session"
)

const (
	module = "session_dbd_module"
	short  = "session_dbd"
	places = compat.Server | compat.AuthConfig
)

// Module is mod_session_dbd.
var Module = compat.Module{
	Name: module,
	File: "mod_session_dbd.c",
	Directives: []compat.Directive{
		slot.Text("SessionDBDSelectLabel", places, func(c *config) *string { return &c.find }, "Query label used to select a new session"),
		slot.Text("SessionDBDInsertLabel", places, func(c *config) *string { return &c.insert }, "Query label used to insert a new session"),
		slot.Text("SessionDBDUpdateLabel", places, func(c *config) *string { return &c.update }, "Query label used to update an existing session"),
		slot.Text("SessionDBDDeleteLabel", places, func(c *config) *string { return &c.remove }, "Query label used to delete an existing session"),
		slot.Flag("SessionDBDPerUser", places, func(c *config) **bool { return &c.perUser }, "Save the session per user"),
		slot.Flag("SessionDBDCookieRemove", places, func(c *config) **bool { return &c.hide },
			"Remove the session cookie after session load. On by default."),
		slot.Directive("SessionDBDCookieName", compat.RawArgs, places, func(c *compat.Cmd, conf *config) (err error) {
			conf.cookie, err = session.ParseCookie(c, "=&;", "'=', ';' or '&'")
			return err
		}, "The name of the RFC2109 cookie carrying the session key"),
		slot.Directive("SessionDBDCookieName2", compat.RawArgs, places, func(c *compat.Cmd, conf *config) (err error) {
			conf.cookie2, err = session.ParseCookie(c, "=&;", "'=', ';' or '&'")
			return err
		}, "The name of the RFC2965 cookie carrying the session key"),
	},
}

func init() { session.RegisterKeeper(session.Keeper{Module: module, Load: load, Save: save}) }

var slot = compat.NewSlot[config]()

type config struct {
	find, insert, update, remove string // labels
	perUser, hide                *bool
	cookie, cookie2              *session.Cookie
}

// Merge lays over on top of c.
func (c config) Merge(over config) config {
	return config{find: cmp.Or(over.find, c.find), insert: cmp.Or(over.insert, c.insert), update: cmp.Or(over.update, c.update),
		remove: cmp.Or(over.remove, c.remove), perUser: cmp.Or(over.perUser, c.perUser), hide: cmp.Or(over.hide, c.hide),
		cookie: cmp.Or(over.cookie, c.cookie), cookie2: cmp.Or(over.cookie2, c.cookie2)}
}

// loaded are the sessions of a request, by the name of the cookie or the user.
type loaded struct{ sessions map[string]*session.Session }

// Merge is for the sake of the slot: nothing is merged.
func (loaded) Merge(over loaded) loaded { return over }

var states = compat.NewSlot[loaded]()

// load is session_dbd_load.
func load(r *compat.Request) (*session.Session, compat.Status) {
	c := slot.Of(r)
	if c == nil {
		return nil, compat.Declined
	}
	name, byCookie := "", true
	switch {
	case c.cookie != nil || c.cookie2 != nil:
		name = cmp.Or(c.cookie2, c.cookie).Name
	case c.perUser != nil && *c.perUser && r.HasUser:
		name, byCookie = r.User, false
	default:
		return nil, compat.Declined
	}
	all := states.Keep(compat.First(r))
	if z := all.sessions[name]; z != nil {
		return z, compat.OK
	}
	z := &session.Session{}
	key, has := name, true
	if byCookie {
		key, has = session.ReadCookie(r, name, c.hide == nil || *c.hide)
	}
	if has {
		text, ok := c.fetch(r, key)
		if !ok {
			return nil, 500
		}
		z.Encoded = text
		if byCookie && text != nil && uuid.MatchString(key) {
			z.ID = key
		}
	}
	if all.sessions == nil {
		all.sessions = map[string]*session.Session{}
	}
	all.sessions[name] = z
	r.Out.Add("Cache-Control", "no-cache, private")
	return z, compat.OK
}

var uuid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// fetch is what the database has under a key (dbd_load).
func (c *config) fetch(r *compat.Request, key string) (text *string, ok bool) {
	label := cmp.Or(c.find, "selectsession")
	_, rows, err := dbd.Select(r, label, key, time.Now().UnixMicro())
	if err != nil {
		c.complain(r, err, label, "AH01854: query execution error saving session '"+key+"' in database using query '"+label+"'")
		return nil, false
	}
	for _, row := range rows {
		if row[0] != nil {
			return row[0], true
		}
	}
	return nil, true
}

func (c *config) complain(r *compat.Request, err error, label, text string) {
	switch {
	case errors.Is(err, dbd.ErrNoConnection):
		r.Logf(short, compat.LevelError, nil, "AH01851: failed to acquire database connection")
	case errors.Is(err, dbd.ErrNoStatement):
		r.Logf(short, compat.LevelError, nil, "AH01852: failed to find the prepared statement called '%s'", label)
	default:
		r.Logf(short, compat.LevelError, nil, "%s: %v", text, err)
	}
}

// save is session_dbd_save. A session that changed gets another number.
func save(r *compat.Request, z *session.Session) compat.Status {
	c := slot.Of(r)
	switch {
	case c == nil:
		return compat.Declined
	case c.cookie != nil || c.cookie2 != nil:
		return c.saveByCookie(r, z)
	case c.perUser == nil || !*c.perUser:
		return compat.Declined
	}
	r.Out.Add("Cache-Control", "no-cache, private")
	if !r.HasUser {
		r.Logf(short, compat.LevelError, nil, "AH01865: peruser sessions can only be saved if a user is logged in, session not saved: %s", r.Path)
		return compat.Declined
	}
	if !c.store(r, r.User, r.User, z) {
		return 500
	}
	return compat.OK
}

func (c *config) saveByCookie(r *compat.Request, z *session.Session) compat.Status {
	old := z.ID
	if z.Dirty || old == "" {
		z.ID = newUUID()
	}
	full := z.Encoded != nil && *z.Encoded != ""
	if full && !c.store(r, old, z.ID, z) || !full && !c.forget(r, old) {
		return 500
	}
	for i, cookie := range []*session.Cookie{c.cookie, c.cookie2} {
		if cookie != nil {
			cookie.Write([...]string{"Set-Cookie", "Set-Cookie2"}[i], z.ID, z.MaxAge, &r.Out, &r.ErrOut)
		}
	}
	return compat.OK
}

// forget removes a session (dbd_remove).
func (c *config) forget(r *compat.Request, key string) bool {
	label := cmp.Or(c.remove, "deletesession")
	_, err := dbd.Exec(r, label, key)
	if err != nil {
		c.complain(r, err, label, "AH01864: query execution error removing session '"+key+"' from database")
	}
	return err == nil
}

// store updates the session under its old key, or inserts it (dbd_save).
func (c *config) store(r *compat.Request, old, key string, z *session.Session) bool {
	text, expiry := "", int64(0)
	if z.Encoded != nil {
		text = *z.Encoded
	}
	if !z.Expiry.IsZero() {
		expiry = z.Expiry.UnixMicro()
	}
	if old != "" {
		label := cmp.Or(c.update, "updatesession")
		n, err := dbd.Exec(r, label, text, expiry, key, old)
		if err != nil {
			c.complain(r, err, label, "AH01857: query execution error updating session '"+old+"' using database query '"+key+"'")
			return false
		}
		if n != 0 {
			return true
		}
	}
	label := cmp.Or(c.insert, "insertsession")
	n, err := dbd.Exec(r, label, text, expiry, key)
	if err != nil {
		c.complain(r, err, label, "AH01859: query execution error inserting session '"+key+"' in database with '"+label+"'")
		return false
	}
	if n == 0 {
		r.Logf(short, compat.LevelError, nil, "AH01860: the session insert query did not cause any rows to be added to the database "+
			"for session '%s', session not inserted", key)
	}
	return n != 0
}

// newUUID is a random number that nobody can guess (RFC 9562 section 5.4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
