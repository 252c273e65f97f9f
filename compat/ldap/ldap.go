// Package ldap is mod_ldap: how servers that speak LDAP are reached, and what
// is remembered of their answers. What it does for other modules is package
// directory; status.go is the page about it.
//
// Deviations:
//   - The memory is the server process's own, so that LDAPSharedCacheFile names
//     nothing, and LDAPSharedCacheSize bounds it by what it holds.
//   - Where one user's name was compared with a DN on the server, Apache
//     remembers the DN as good for everybody; we remember for whom.
//   - Passwords are remembered as keyed digests.
//   - A connection that LDAPTrustedMode secures is secured to where a server
//     refers us, too.
//   - The page about the memory escapes the URLs.
package ldap

import (
	"os"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/directory"
)

var (
	servers  = directory.Servers
	sections = directory.Sections
)

// Module is mod_ldap, whose file has another name.
var Module = compat.Module{
	Name: directory.Module,
	File: "util_ldap.c",
	Directives: []compat.Directive{
		servers.Directive("LDAPSharedCacheSize", compat.Take1, compat.Server,
			number(func(s *directory.Settings) **int { return &s.Bytes }),
			"Set the size of the shared memory cache (in bytes). Use 0 to disable the shared memory cache. (default: 500000)"),
		servers.Directive("LDAPSharedCacheFile", compat.Take1, compat.Server, globally,
			"Set the file name for the shared memory cache.").Inertly("what servers said is remembered in memory of the server's own"),
		servers.Directive("LDAPCacheEntries", compat.Take1, compat.Server,
			number(func(s *directory.Settings) **int { return &s.SearchEntries }),
			"Set the maximum number of entries that are possible in the LDAP search cache. Use 0 or -1 to disable the search "+
				"cache (default: 1024)"),
		servers.Directive("LDAPCacheTTL", compat.Take1, compat.Server,
			seconds(func(s *directory.Settings) **time.Duration { return &s.SearchTTL }),
			"Set the maximum time (in seconds) that an item can be cached in the LDAP search cache. Use 0 for no limit. (default 600)"),
		servers.Directive("LDAPOpCacheEntries", compat.Take1, compat.Server,
			number(func(s *directory.Settings) **int { return &s.CompareEntries }),
			"Set the maximum number of entries that are possible in the LDAP compare cache. Use 0 or -1 to disable the compare "+
				"cache (default: 1024)"),
		servers.Directive("LDAPOpCacheTTL", compat.Take1, compat.Server,
			seconds(func(s *directory.Settings) **time.Duration { return &s.CompareTTL }),
			"Set the maximum time (in seconds) that an item is cached in the LDAP operation cache. Use 0 for no limit. (default: 600)"),
		servers.Directive("LDAPTrustedGlobalCert", compat.Take23, compat.Server, globalCert,
			"Takes three arguments; the first argument is the cert type of the second argument, one of CA_DER, CA_BASE64, "+
				"CA_CERT7_DB, CA_SECMOD, CERT_DER, CERT_BASE64, CERT_KEY3_DB, CERT_NICKNAME, KEY_DER, or KEY_BASE64. The second "+
				"argument specifes the file and/or directory containing the trusted CA certificates (and global client certs for "+
				"Netware) used to validate the LDAP server. The third argument is an optional passphrase if applicable."),
		sections.Directive("LDAPTrustedClientCert", compat.Take23, compat.AuthConfig, clientCert,
			"Takes three arguments: the first argument is the certificate type of the second argument, one of CA_DER, CA_BASE64, "+
				"CA_CERT7_DB, CA_SECMOD, CERT_DER, CERT_BASE64, CERT_KEY3_DB, CERT_NICKNAME, KEY_DER, or KEY_BASE64. The second "+
				"argument specifies the file and/or directory containing the client certificate, or certificate ID used to validate "+
				"this LDAP client.  The third argument is an optional passphrase if applicable."),
		servers.Directive("LDAPTrustedMode", compat.Take1, compat.Server, mode,
			"Specify the type of security that should be applied to an LDAP connection. One of; NONE, SSL or STARTTLS."),
		servers.Directive("LDAPVerifyServerCert", compat.Flag, compat.Server, func(c *compat.Cmd, s *directory.Settings) error {
			on := c.On()
			s.Verify = &on
			return c.Forbid(compat.GlobalOnly)
		}, "Set to 'ON' requires that the server certificate be verified before a secure LDAP connection can be establish.  Default 'ON'"),
		servers.Directive("LDAPConnectionTimeout", compat.Take1, compat.Server,
			seconds(func(s *directory.Settings) **time.Duration { return &s.ConnectTimeout }),
			"Specify the LDAP socket connection timeout in seconds (default: 10)"),
		sections.Directive("LDAPReferrals", compat.Take1, compat.AuthConfig, referrals,
			"Choose whether referrals are chased ['ON'|'OFF'|'DEFAULT'].  Default 'ON'"),
		sections.Directive("LDAPReferralHopLimit", compat.Take1, compat.AuthConfig, hopLimit,
			"Limit the number of referral hops that LDAP can follow. (Integer value, Consult LDAP SDK documentation for "+
				"applicability and defaults"),
		servers.Directive("LDAPLibraryDebug", compat.Take1, compat.Server, globally,
			"Enable debugging in LDAP SDK (Default: off, values: SDK specific").Inertly("there is no library of C to talk about itself"),
		servers.Directive("LDAPTimeout", compat.Take1, compat.Server, timeout,
			"Specify the LDAP bind/search timeout in seconds (0 = no limit). Default: 60"),
		servers.Directive("LDAPConnectionPoolTTL", compat.Take1, compat.Server, poolTTL,
			"Specify the maximum amount of time a bound connection can sit idle and still be considered valid for reuse"+
				"(0 = no pool, -1 = no limit, n = time in seconds). Default: -1"),
		servers.Directive("LDAPRetries", compat.Take1, compat.Server, retries,
			"Specify the number of times a failed LDAP operation should be retried (0 = no retries). Default: 3"),
		servers.Directive("LDAPRetryDelay", compat.Take1, compat.Server, retryDelay,
			"Specify the delay between retries of a failed LDAP operation (0 = no delay). Default: 0"),
	},
	Hooks: []compat.Hook{compat.Run(compat.Handler, page)},
	Init: func(b *compat.Build) error {
		directory.Start(b)
		return nil
	},
}

func globally(c *compat.Cmd, _ *directory.Settings) error { return c.Forbid(compat.GlobalOnly) }

func number(at func(*directory.Settings) **int) func(*compat.Cmd, *directory.Settings) error {
	return func(c *compat.Cmd, s *directory.Settings) error {
		n := compat.Atoi(c.Arg(0))
		*at(s) = &n
		return c.Forbid(compat.GlobalOnly)
	}
}

func seconds(at func(*directory.Settings) **time.Duration) func(*compat.Cmd, *directory.Settings) error {
	return func(c *compat.Cmd, s *directory.Settings) error {
		d := time.Duration(compat.Atoi(c.Arg(0))) * time.Second
		*at(s) = &d
		return c.Forbid(compat.GlobalOnly)
	}
}

func timeout(c *compat.Cmd, s *directory.Settings) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	n, whole, ok := compat.ParseOffset(c.Arg(0))
	if !whole || !ok {
		return compat.Errorf("Timeout not numerical")
	}
	if n < 0 {
		return compat.Errorf("Timeout must be non-negative")
	}
	d := time.Duration(min(n, 1<<31)) * time.Second
	s.Timeout = &d
	return nil
}

func poolTTL(c *compat.Cmd, s *directory.Settings) error {
	d := time.Duration(-1)
	if text := c.Arg(0); text[0] != '-' {
		var ok bool
		if d, ok = compat.ParseTimeout(text, "s"); !ok {
			return compat.Errorf("LDAPConnectionPoolTTL has wrong format")
		}
	}
	s.PoolTTL = &d
	return nil
}

func retryDelay(c *compat.Cmd, s *directory.Settings) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	d, ok := compat.ParseTimeout(c.Arg(0), "s")
	if !ok {
		return compat.Errorf("LDAPRetryDelay has wrong format")
	}
	if d < 0 {
		return compat.Errorf("LDAPRetryDelay must be >= 0")
	}
	s.RetryDelay = &d
	return nil
}

func retries(c *compat.Cmd, s *directory.Settings) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	n := compat.Atoi(c.Arg(0))
	if n < 0 {
		return compat.Errorf("LDAPRetries must be >= 0")
	}
	s.Retries = &n
	return nil
}

func mode(c *compat.Cmd, s *directory.Settings) error {
	m, ok := directory.ParseMode(c.Arg(0))
	if !ok {
		return compat.Errorf("Invalid LDAPTrustedMode setting: must be one of NONE, SSL, or TLS/STARTTLS")
	}
	s.Mode = m
	return nil
}

func referrals(c *compat.Cmd, s *directory.Section) error {
	switch strings.ToLower(c.Arg(0)) {
	case "on", "default": // The default of OpenLDAP's library is to follow them.
		s.NoReferrals = false
	case "off":
		s.NoReferrals = true
	default:
		return compat.Errorf("LDAPReferrals must be 'on', 'off', or 'default'")
	}
	return nil
}

func hopLimit(c *compat.Cmd, s *directory.Section) error {
	if s.HopLimit = compat.Atoi(c.Arg(0)); s.HopLimit <= 0 {
		return compat.Errorf("LDAPReferralHopLimit must be greater than zero (Use 'LDAPReferrals Off' to disable referral chasing)")
	}
	return nil
}

// certTypes are the types of certificates, and whether only the global
// directive takes one (util_ldap_parse_cert_type).
var certTypes = map[string]bool{"CA_DER": false, "CA_BASE64": false, "CA_CERT7_DB": true, "CA_SECMOD": true, "CERT_DER": false,
	"CERT_BASE64": false, "CERT_PFX": true, "CERT_KEY3_DB": true, "CERT_NICKNAME": false, "KEY_DER": false, "KEY_BASE64": false,
	"KEY_PFX": false}

func globalCert(c *compat.Cmd, s *directory.Settings) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if _, known := certTypes[strings.ToUpper(c.Arg(0))]; !known {
		return compat.Errorf("The certificate type %s is not recognised. It should be one of CA_DER, CA_BASE64, CA_CERT7_DB, "+
			"CA_SECMOD, CERT_DER, CERT_BASE64, CERT_KEY3_DB, CERT_NICKNAME, KEY_DER, KEY_BASE64", c.Arg(0))
	}
	cert, ok := certificate(c)
	if !ok {
		return compat.Errorf("Invalid global certificate file path")
	}
	s.Certs = append(s.Certs, cert)
	return nil
}

func clientCert(c *compat.Cmd, s *directory.Section) error {
	switch globalOnly, known := certTypes[strings.ToUpper(c.Arg(0))]; {
	case !known:
		return compat.Errorf("The certificate type \"%s\" is not recognised. It should be one of CA_DER, CA_BASE64, CERT_DER, "+
			"CERT_BASE64, CERT_NICKNAME, CERT_PFX, KEY_DER, KEY_BASE64, KEY_PFX", c.Arg(0))
	case globalOnly:
		return compat.Errorf("The certificate type \"%s\" is only valid within a LDAPTrustedGlobalCert directive. Only CA_DER, "+
			"CA_BASE64, CERT_DER, CERT_BASE64, CERT_NICKNAME, KEY_DER, and KEY_BASE64 may be used.", c.Arg(0))
	}
	cert, ok := certificate(c)
	if !ok {
		return compat.Errorf("Invalid client certificate file path")
	}
	s.Certs = append(s.Certs, cert)
	return nil
}

// certificate is the file that a directive names, and whether it is there.
func certificate(c *compat.Cmd) (directory.Cert, bool) {
	cert := directory.Cert{Type: strings.ToUpper(c.Arg(0)), Path: c.Arg(1), Password: c.Arg(2)}
	if cert.Type == "CERT_NICKNAME" {
		return cert, true
	}
	cert.Path = c.Path(cert.Path)
	if c.Build.Serving {
		return cert, true
	}
	_, err := os.Stat(cert.Path)
	return cert, err == nil
}
