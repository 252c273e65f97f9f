package directory

import (
	"errors"
	"net/url"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// maxReferrals bounds how many places a server may send us to, and defaultHops
// how far, where LDAPReferralHopLimit is silent (LDAP_DEFAULT_REFHOPLIMIT).
const (
	maxReferrals = 16
	defaultHops  = 5
)

// referralsOf are the addresses in an answer that is a referral.
func referralsOf(err error) (all []string) {
	var e *ldap.Error
	if !errors.As(err, &e) || e.Packet == nil || len(e.Packet.Children) < 2 {
		return nil
	}
	for _, child := range e.Packet.Children[1].Children {
		if child.ClassType != ber.ClassContext || child.Tag != 3 {
			continue
		}
		for _, u := range child.Children {
			if text := u.Data.String(); len(all) < maxReferrals && text != "" {
				all = append(all, text)
			}
		}
	}
	return all
}

// A place is where a referral leads.
type place struct {
	address, dn string
	mode        Mode
}

// placeOf reads the URL of a referral; dn is what was asked for.
func placeOf(text, dn string, mode Mode) (place, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return place{}, false
	}
	switch strings.ToLower(u.Scheme) {
	case "ldaps":
		mode = SSL
	case "ldap":
	default:
		return place{}, false
	}
	if rest := strings.TrimPrefix(u.Path, "/"); rest != "" {
		dn = rest
	}
	return place{u.Host, dn, mode}, true
}

// scopeOf is the scope that a referral names, or scope.
func scopeOf(text string, scope int) int {
	_, query, _ := strings.Cut(text, "?")
	_, rest, _ := strings.Cut(query, "?")
	name, _, _ := strings.Cut(rest, "?")
	switch strings.ToLower(name) {
	case "base":
		return ldap.ScopeBaseObject
	case "one", "onelevel":
		return ldap.ScopeSingleLevel
	case "sub", "subtree":
		return ldap.ScopeWholeSubtree
	}
	return scope
}

// visit does something at the place a referral leads to, as whom h is bound
// (uldap_rebind_proc).
func (h *Handle) visit(text, dn string, do func(*session, place) Code) Code {
	p, ok := placeOf(text, dn, h.conn.target.Mode)
	if !ok {
		return ServerDown
	}
	d, _, code := h.dialer()
	if code != Success {
		return code
	}
	d.mode = p.mode
	s, code := d.dial(hosts(p.address, p.mode))
	if code != Success {
		return code
	}
	defer s.Close()
	if code = s.bind(h.conn.target.BindDN, h.conn.target.BindPW); code != Success {
		return code
	}
	return do(s, p)
}

func (h *Handle) hops() int {
	if h.section.HopLimit > 0 {
		return min(h.section.HopLimit, maxReferrals)
	}
	return defaultHops
}

// chaseSearch goes on with a search where servers refer to. Places that cannot
// be reached are left out, unless the whole search was referred.
func (h *Handle) chaseSearch(s searching, first *ldap.Entry, n int, code Code, referrals []string) (*ldap.Entry, int, Code) {
	seen := map[string]bool{}
	for hop := 0; len(referrals) > 0; hop++ {
		if hop == h.hops() {
			return first, n, ReferralLimit
		}
		var next []string
		for _, text := range referrals {
			if seen[text] || len(seen) == maxReferrals {
				continue
			}
			seen[text] = true
			result := h.visit(text, s.base, func(there *session, p place) Code {
				q := s
				q.base, q.scope = p.dn, scopeOf(text, s.scope)
				entry, found, more, result := there.search(q, h.conn.target.Deref, or(h.settings.Timeout, defaultTimeout))
				if first == nil {
					first = entry
				}
				n += found
				next = append(next, more...)
				return result
			})
			if code == Referral && result != Referral {
				code = result
			}
		}
		referrals = next
	}
	return first, n, code
}

// chaseCompare asks again where a server refers to.
func (h *Handle) chaseCompare(dn, attribute, value string, err error) Code {
	code := Referral
	for range h.hops() {
		referrals := referralsOf(err)
		if code != Referral || len(referrals) == 0 {
			return code
		}
		for _, text := range referrals {
			code = h.visit(text, dn, func(there *session, p place) Code {
				var result Code
				result, err = there.compare(p.dn, attribute, value)
				return result
			})
			if code.answered() {
				break
			}
		}
	}
	return code
}
