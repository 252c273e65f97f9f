package directory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"understudy/compat"
)

// A Mode is how a connection is secured.
type Mode uint8

// The modes, as LDAPTrustedMode and AuthLDAPURL name them.
const (
	Unsaid Mode = iota
	Plain
	SSL      // TLS from the first byte
	StartTLS // TLS after a request for it
)

// A Cert is a file that LDAPTrustedGlobalCert or LDAPTrustedClientCert names.
type Cert struct{ Type, Path, Password string }

// Settings is what is said at server level; pointers are nil where it is not.
type Settings struct {
	Bytes                         *int
	SearchEntries, CompareEntries *int
	SearchTTL, CompareTTL         *time.Duration
	Certs                         []Cert
	Mode                          Mode
	Verify                        *bool
	ConnectTimeout, Timeout       *time.Duration // Timeout 0: none
	PoolTTL                       *time.Duration // 0: no pool; negative: no limit
	Retries                       *int
	RetryDelay                    *time.Duration
}

// Merge lays over on top of s.
func (s Settings) Merge(over Settings) Settings {
	over.Bytes = cmp.Or(over.Bytes, s.Bytes)
	over.SearchEntries = cmp.Or(over.SearchEntries, s.SearchEntries)
	over.CompareEntries = cmp.Or(over.CompareEntries, s.CompareEntries)
	over.SearchTTL = cmp.Or(over.SearchTTL, s.SearchTTL)
	over.CompareTTL = cmp.Or(over.CompareTTL, s.CompareTTL)
	over.Certs = slices.Concat(s.Certs, over.Certs)
	over.Mode = cmp.Or(over.Mode, s.Mode)
	over.Verify = cmp.Or(over.Verify, s.Verify)
	over.ConnectTimeout = cmp.Or(over.ConnectTimeout, s.ConnectTimeout)
	over.Timeout = cmp.Or(over.Timeout, s.Timeout)
	over.PoolTTL = cmp.Or(over.PoolTTL, s.PoolTTL)
	over.Retries = cmp.Or(over.Retries, s.Retries)
	over.RetryDelay = cmp.Or(over.RetryDelay, s.RetryDelay)
	return over
}

// Slots of both configurations, which mod_ldap's directives fill in.
var (
	Servers  = compat.NewSlot[Settings]()
	Sections = compat.NewSlot[Section]()
)

// SettingsOf is what is said for h.
func SettingsOf(h *compat.Host) *Settings {
	v := h.Section.Vector
	if h.Scope != nil {
		v = h.Scope.Vector
	}
	if s := Servers.In(v); s != nil {
		return s
	}
	return &Settings{}
}

// or is *v, or what counts where nothing is said.
func or[T any](v *T, unsaid T) T {
	if v == nil {
		return unsaid
	}
	return *v
}

// Defaults of mod_ldap (util_ldap_create_config).
const (
	defaultBytes          = 500000
	defaultEntries        = 1024
	defaultTTL            = 600 * time.Second
	defaultConnectTimeout = 10 * time.Second
	defaultTimeout        = 60 * time.Second
	defaultRetries        = 3
)

// A Section is what is said in a section. It takes the place of what is said
// around it as a whole: mod_ldap does not merge sections.
type Section struct {
	NoReferrals bool
	HopLimit    int // 0: not said
	Certs       []Cert
}

// Merge is over.
func (Section) Merge(over Section) Section { return over }

func sectionOf(r *compat.Request) *Section {
	if s := Sections.Of(r); s != nil {
		return s
	}
	return &Section{}
}

// ParseMode is the mode that a directive names.
func ParseMode(name string) (Mode, bool) {
	switch strings.ToUpper(name) {
	case "NONE":
		return Plain, true
	case "SSL":
		return SSL, true
	case "TLS", "STARTTLS":
		return StartTLS, true
	}
	return Unsaid, false
}
