package directory

import (
	"slices"
	"time"

	"github.com/go-ldap/ldap/v3"

	"understudy/compat"
)

// A Membership is the question whether a value is among those of an attribute
// of a group, or of a group within it.
type Membership struct {
	URL, Attribute, Value string
	// Members are the attributes that name groups within, Classes the classes
	// of entries that are groups.
	Members, Classes []string
	Depth            int // how deep groups within are looked at
}

// maxGroups bounds how many groups are looked at for one question: what a
// directory nests can be as wide as it is deep.
const maxGroups = 10000

// InSubgroups asks the groups within group (uldap_cache_check_subgroups). Compare
// was asked about the group itself before.
func (h *Handle) InSubgroups(group string, m Membership) Code {
	left := maxGroups
	return h.within(group, m, 0, &left)
}

func (h *Handle) within(group string, m Membership, depth int, left *int) Code {
	if *left--; depth >= m.Depth || *left < 0 {
		return CompareFalse
	}
	class, code := h.groupClass(group, m)
	if code != CompareTrue {
		return h.fail("DN failed group verification.", code)
	}
	for _, sub := range h.groupsIn(group, class, m) {
		if h.Compare(m.URL, sub, m.Attribute, m.Value) == CompareTrue {
			h.logf(compat.LevelDebug, "AH01295: Found user %s in a subgroup (%s) at level %d of %d.", h.r.User, sub, depth+1, m.Depth)
			return CompareTrue
		}
		h.logf(compat.LevelDebug, "AH01296: User %s not found in subgroup (%s) at level %d of %d.", h.r.User, sub, depth+1, m.Depth)
		if code = h.within(sub, m, depth+1, left); code == CompareTrue {
			return code
		}
	}
	return CompareFalse
}

// groupClass is the class that makes an entry a group.
func (h *Handle) groupClass(dn string, m Membership) (class string, code Code) {
	code = CompareFalse
	for _, class = range m.Classes {
		if code = h.Compare(m.URL, dn, "objectClass", class); code == CompareTrue {
			break
		}
	}
	return class, code
}

// groupsIn are the groups among the members of a group, the last first.
func (h *Handle) groupsIn(group, class string, m Membership) []string {
	caches := h.service.Memory.of(m.URL)
	if caches != nil {
		if groups, known := caches.groups(group, class); known {
			if groups != nil {
				h.logf(compat.LevelDebug, "AH01288: Making local copy of SGL for group (%s)(objectClass=%s) ", group, class)
			}
			return groups
		}
	}
	h.logf(compat.LevelDebug, "AH01289: no cached SGL for %s, retrieving from LDAP", group)
	groups := h.askGroupsIn(group, m)
	if groups == nil {
		h.logf(compat.LevelDebug, "AH01290: no subgroups for %s", group)
	}
	if caches != nil {
		if groups != nil {
			h.logf(compat.LevelDebug, "AH01293: Copying local SGL of len %d for group %s into cache", len(groups), group)
		}
		caches.noteGroups(group, class, groups)
	}
	return groups
}

func (h *Handle) askGroupsIn(group string, m Membership) (groups []string) {
	var entry *ldap.Entry
	_, code := h.retry(func(failures int) (User, Code, bool) {
		first, _, code := h.search(searching{base: group, scope: ldap.ScopeBaseObject, filter: "(objectClass=*)", attributes: m.Members})
		switch {
		case code.IsDown():
			return User{}, h.fail("ldap_search_ext_s() for subgroups failed with server down", code), true
		case code == TimedOut && failures == 0:
			return User{}, h.fail("ldap_search_ext_s() for subgroups failed with timeout", code), true
		case code != Success:
			return User{}, h.fail("ldap_search_ext_s() for subgroups failed", code), false
		}
		entry, h.conn.lastUsed = first, time.Now()
		return User{}, code, false
	})
	if code != Success || entry == nil {
		return nil
	}
	for _, name := range m.Members {
		for _, member := range entry.GetEqualFoldAttributeValues(name) {
			if _, code := h.groupClass(member, m); code == CompareTrue {
				groups = append(groups, member)
			}
		}
	}
	slices.Reverse(groups)
	return groups
}
