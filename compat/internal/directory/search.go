package directory

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"understudy/compat"
)

// A Query is a search for one entry.
type Query struct {
	URL        string // under which the answer is remembered
	Base       string
	OneLevel   bool // not the whole tree
	Attributes []string
	Filter     string
}

// A User is the entry that a search found: its name, and the values of the
// attributes asked for, joined by "; ".
type User struct {
	DN     string
	Values []string
}

// CheckUser finds the one entry that q means, and checks its password
// (uldap_cache_checkuserid).
func (h *Handle) CheckUser(q Query, password string) (User, Code) {
	caches := h.service.Memory.of(q.URL)
	digest := h.service.digest(password)
	if caches != nil {
		if known, ok := caches.user(q.Filter); ok && known.digest != nil && hmac.Equal(known.digest, digest) {
			h.Reason = "Authentication successful (cached)"
			return known.User, Success
		}
	}
	found, code := h.retry(func(failures int) (User, Code, bool) { return h.checkOnce(q, password, failures) })
	if code == Success && caches != nil {
		caches.learn(q.Filter, found, digest)
	}
	return found, code
}

// digest stands for a password that is remembered.
func (s *Service) digest(password string) []byte {
	mac := hmac.New(sha256.New, s.key[:])
	mac.Write([]byte(password))
	return mac.Sum(nil)
}

// retry opens the connection and does something on it, once more where that
// asks for it, within LDAPRetries.
func (h *Handle) retry(do func(failures int) (User, Code, bool)) (User, Code) {
	var code Code
	for failures := 0; failures <= or(h.settings.Retries, defaultRetries); failures++ {
		if failures > 0 {
			h.logf(compat.LevelTrace5, "%s (attempt %d)", h.Reason, failures)
			h.delay(failures)
		}
		if code = h.open(); code != Success {
			return User{}, code
		}
		user, result, again := do(failures)
		if code = result; !again {
			return user, code
		}
		h.conn.unbind()
	}
	return User{}, code
}

func (h *Handle) checkOnce(q Query, password string, failures int) (User, Code, bool) {
	user, code := h.findOne(q)
	if code == TimedOut {
		return user, h.fail("ldap_search_ext_s() for user failed with timeout", code), true
	}
	if code != Success {
		return user, code, code.IsDown()
	}
	// To bind with an empty password, or without a name, is to be nobody, and
	// always succeeds (RFC 4513, 5.1).
	if password == "" || user.DN == "" {
		return user, h.fail("Empty password not allowed", InvalidCredentials), false
	}
	code = h.bind(user.DN, password)
	switch {
	case code.IsDown():
		return user, h.fail("ldap_simple_bind() to check user credentials failed with server down", code), true
	case code == TimedOut && failures == 0:
		return user, h.fail("ldap_simple_bind() to check user credentials timed out", code), true
	case code != Success:
		h.conn.unbind()
		return User{}, h.fail("ldap_simple_bind() to check user credentials failed", code), false
	}
	h.conn.rebind = true // The connection is the user's now.
	return user, h.fail("Authentication successful", Success), false
}

// UserDN finds the one entry that q means (uldap_cache_getuserdn).
func (h *Handle) UserDN(q Query) (User, Code) {
	caches := h.service.Memory.of(q.URL)
	if caches != nil {
		if known, ok := caches.user(q.Filter); ok {
			h.Reason = "Search successful (cached)"
			return known.User, Success
		}
	}
	found, code := h.retry(func(int) (User, Code, bool) {
		user, code := h.findOne(q)
		return user, code, code.IsDown()
	})
	if code != Success {
		return User{}, code
	}
	if caches != nil {
		caches.learn(q.Filter, found, nil)
	}
	h.Reason = "Search successful"
	return found, code
}

// findOne searches; more or less than one entry is none.
func (h *Handle) findOne(q Query) (User, Code) {
	scope := ldap.ScopeWholeSubtree
	if q.OneLevel {
		scope = ldap.ScopeSingleLevel
	}
	first, n, code := h.search(searching{base: q.Base, scope: scope, filter: q.Filter, attributes: q.Attributes})
	switch {
	case code.IsDown():
		return User{}, h.fail("ldap_search_ext_s() for user failed with server down", code)
	case code != Success:
		return User{}, h.fail("ldap_search_ext_s() for user failed", code)
	case n == 0:
		return User{}, h.fail("User not found", NoSuchObject)
	case n > 1:
		return User{}, h.fail("User is not unique (search found two or more matches)", NoSuchObject)
	}
	user := User{DN: first.DN, Values: make([]string, len(q.Attributes))}
	for i, name := range q.Attributes {
		user.Values[i] = strings.Join(first.GetEqualFoldAttributeValues(name), "; ")
	}
	return user, Success
}

// A searching is a search on one server.
type searching struct {
	base       string
	scope      int
	filter     string
	attributes []string
	typesOnly  bool
}

// search gives the first entry of a search and their number, those that the
// server refers to among them.
func (h *Handle) search(s searching) (first *ldap.Entry, n int, code Code) {
	text, ok := filter(s.filter)
	if !ok {
		return nil, 0, FilterError
	}
	s.filter = text
	first, n, referrals, code := h.conn.session.search(s, h.conn.target.Deref, or(h.settings.Timeout, defaultTimeout))
	if code.answered() {
		h.conn.lastUsed = time.Now()
	}
	if len(referrals) == 0 || h.section.NoReferrals {
		return first, n, code
	}
	return h.chaseSearch(s, first, n, code, referrals)
}

// answered reports whether a server said c.
func (c Code) answered() bool { return c >= 0 }

// search asks one server.
func (s *session) search(q searching, deref int, limit time.Duration) (first *ldap.Entry, n int, referrals []string, code Code) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	answer := s.SearchAsync(ctx, &ldap.SearchRequest{BaseDN: q.base, Scope: q.scope, DerefAliases: deref,
		TimeLimit: int(limit.Seconds()), TypesOnly: q.typesOnly, Filter: q.filter, Attributes: q.attributes}, 1)
	for answer.Next() {
		switch {
		case answer.Entry() != nil:
			if n++; n == 1 {
				first = answer.Entry()
			}
		case answer.Referral() != "" && len(referrals) < maxReferrals:
			referrals = append(referrals, answer.Referral())
		}
	}
	err := answer.Err()
	if err == nil && s.IsClosing() {
		return nil, 0, nil, ServerDown
	}
	if code = codeOf(err); code == Referral {
		referrals = append(referrals, referralsOf(err)...)
	}
	return first, n, referrals, code
}
