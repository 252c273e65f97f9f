package directory

import (
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Compare asks whether an attribute of an entry has a value
// (uldap_cache_compare).
func (h *Handle) Compare(url, dn, attribute, value string) Code {
	caches := h.service.Memory.of(url)
	if caches != nil {
		if code, ok := caches.compared(dn, attribute, value); ok {
			switch code {
			case CompareTrue:
				h.Reason = "Comparison true (cached)"
			case CompareFalse:
				h.Reason = "Comparison false (cached)"
			default:
				h.Reason = "Comparison no such attribute (cached)"
			}
			return code
		}
	}
	asked := time.Now()
	_, code := h.retry(func(failures int) (User, Code, bool) {
		code, err := h.conn.session.compare(dn, attribute, value)
		switch {
		case code.IsDown():
			return User{}, h.fail("ldap_compare_s() failed with server down", code), true
		case code == TimedOut && failures == 0:
			return User{}, h.fail("ldap_compare_s() failed with timeout", code), true
		case code == Referral && !h.section.NoReferrals:
			code = h.chaseCompare(dn, attribute, value, err)
		}
		h.conn.lastUsed = time.Now()
		h.Reason = "Comparison complete"
		return User{}, code, false
	})
	switch code {
	case CompareTrue:
		h.Reason = "Comparison true (adding to cache)"
	case CompareFalse:
		h.Reason = "Comparison false (adding to cache)"
	case NoSuchAttribute:
		h.Reason = "Comparison no such attribute (adding to cache)"
	default:
		return code
	}
	if caches != nil {
		caches.noteCompared(dn, attribute, value, code, asked)
	}
	return code
}

// compare asks one server.
func (s *session) compare(dn, attribute, value string) (Code, error) {
	same, err := s.Conn.Compare(dn, attribute, value)
	if err != nil {
		return codeOf(err), err
	}
	if same {
		return CompareTrue, nil
	}
	return CompareFalse, nil
}

// CompareDN compares the name of an entry with another: letter by letter, or by
// what the server calls the entry that has the other (uldap_cache_comparedn).
func (h *Handle) CompareDN(url, dn, other string, onServer bool) Code {
	if !onServer {
		if dn == other {
			return h.fail("DN Comparison TRUE (direct strcmp())", CompareTrue)
		}
		return h.fail("DN Comparison FALSE (direct strcmp())", CompareFalse)
	}
	caches := h.service.Memory.of(url)
	if caches != nil {
		// Apache takes the entry for that of any user; ours is asked whose it is.
		if known, ok := caches.sameDN(other); ok && known == dn {
			return h.fail("DN Comparison TRUE (cached)", CompareTrue)
		}
	}
	var found string
	_, code := h.retry(func(failures int) (User, Code, bool) {
		first, n, code := h.search(searching{base: other, scope: ldap.ScopeBaseObject, filter: "(objectclass=*)", typesOnly: true})
		switch {
		case code.IsDown():
			return User{}, h.fail("DN Comparison ldap_search_ext_s() failed with server down", code), true
		case code == TimedOut && failures == 0:
			return User{}, h.fail("DN Comparison ldap_search_ext_s() failed with timeout", code), true
		case code == Success && n == 0:
			return User{}, h.fail("DN Comparison ldap_search_ext_s() failed", NoSuchObject), false
		case code != Success:
			return User{}, h.fail("DN Comparison ldap_search_ext_s() failed", code), false
		}
		found = first.DN
		return User{}, code, false
	})
	if code != Success {
		return code
	}
	if found != dn {
		return h.fail("DN Comparison FALSE (checked on server)", CompareFalse)
	}
	if caches != nil {
		caches.noteSameDN(other, dn)
	}
	return h.fail("DN Comparison TRUE (checked on server)", CompareTrue)
}
