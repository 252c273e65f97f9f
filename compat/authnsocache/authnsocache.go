// Package authnsocache is mod_authn_socache: what other providers found of users,
// kept for a while.
package authnsocache

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/password"
	"understudy/compat/internal/socache"
)

const (
	module    = "authn_socache_module"
	short     = "authn_socache"
	namespace = "authn-socache"
)

// Module is mod_authn_socache.
var Module = compat.Module{
	Name: module,
	File: "mod_authn_socache.c",
	Directives: []compat.Directive{
		compat.Row("AuthnCacheSOCache", compat.Take1, compat.Server, choose, "socache provider for authn cache"),
		compat.Row("AuthnCacheEnable", compat.RawArgs, compat.Server, func(c *compat.Cmd) error { return c.Forbid(compat.GlobalOnly) },
			"enable socache configuration in htaccess even if not enabled anywhere else"),
		slot.Directive("AuthnCacheProvideFor", compat.Iterate, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
			conf.providers = append(conf.providers, c.Arg(0))
			return nil
		}, "Determine what authn providers to cache for"),
		slot.Directive("AuthnCacheTimeout", compat.Take1, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
			d := time.Duration(compat.Atoi(c.Arg(0))) * time.Second
			conf.timeout = &d
			return nil
		}, "Timeout (secs) for cached credentials"),
		slot.Text("AuthnCacheContext", compat.Access, func(c *config) *string { return &c.context }, "Context for authn cache"),
	},
	Init: open,
}

func init() {
	compat.RegisterAuthn(compat.AuthnProvider{Name: "socache", Module: module, Password: check, RealmHash: realmHash})
	compat.RegisterAuthnCache(keep)
}

var slot = compat.NewSlot[config]()

type config struct {
	providers []string
	timeout   *time.Duration
	context   string
}

// Merge lays over on top of c.
func (c config) Merge(over config) config {
	if over.providers == nil {
		over.providers = c.providers
	}
	over.timeout, over.context = cmp.Or(over.timeout, c.timeout), cmp.Or(over.context, c.context)
	return over
}

// choose names the store (authn_cache_socache).
func choose(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	s, err := socache.Find(c.Build, c.Arg(0), namespace)
	if err != nil {
		return compat.Errorf("AuthnCacheSOCache: %v", err)
	}
	share(c.Build, s)
	return nil
}

func share(b *compat.Build, s socache.Store) {
	b.Shared[module] = s
}

// open takes the default store where none was named, and something is to be kept
// (authn_cache_post_config).
func open(b *compat.Build) error {
	if b.Shared[module] != nil {
		return nil
	}
	if s, err := socache.Find(b, socache.Default, namespace); err == nil {
		share(b, s)
		return nil
	}
	for _, section := range b.Sections {
		if c := slot.In(section.Vector); c != nil && c.providers != nil {
			return compat.Refuse("AH01674: Please select a socache provider with AuthnCacheSOCache (no default found on this platform). " +
				"Maybe you need to load mod_socache_shmcb or another socache module first\nAH00016: Configuration Failed")
		}
	}
	return nil
}

func storeOf(r *compat.Request) socache.Store {
	s, _ := r.Host.Build.Shared[module].(socache.Store)
	return s
}

// key is what a user is kept by (construct_key).
func (c *config) key(r *compat.Request, user, realm string) string {
	context := c.context
	switch context {
	case "", "directory":
		context = r.Host.Name + r.Path[:max(0, strings.LastIndexByte(r.Path, '/'))]
	case "server":
		context = r.Host.Name
	}
	if realm == "" {
		return context + "/" + user
	}
	return context + "/" + user + ":" + realm
}

// keep keeps what a provider found, if that is asked for (ap_authn_cache_store).
func keep(r *compat.Request, provider, user, realm, hash string) {
	c := slot.Of(r)
	if c == nil || !slices.Contains(c.providers, provider) {
		return
	}
	s := storeOf(r)
	if s == nil {
		return
	}
	timeout := 300 * time.Second
	if c.timeout != nil {
		timeout = *c.timeout
	}
	if err := s.Put(c.key(r, user, realm), []byte(hash), time.Now().Add(timeout)); err != nil {
		r.Logf(short, compat.LevelError, nil, "AH01682: Failed to cache authn credentials for %s: %v", user, err)
		return
	}
	r.Logf(short, compat.LevelDebug, nil, "AH01683: Cached authn credentials for %s", user)
}

// find is what is kept of a user.
func find(r *compat.Request, user, realm string) (string, compat.AuthnResult) {
	c, s := slot.Of(r), storeOf(r)
	if c == nil || s == nil || c.providers == nil {
		return "", compat.AuthnNotFound
	}
	value, ok, err := s.Get(c.key(r, user, realm))
	switch {
	case err != nil:
		r.Logf(short, compat.LevelError, nil, "AH01685: Error accessing authentication cache: %v", err)
		return "", compat.AuthnNotFound
	case !ok:
		r.Logf(short, compat.LevelDebug, nil, "AH01684: Authn cache: no credentials found for %s", user)
		return "", compat.AuthnNotFound
	}
	return string(value), compat.AuthnFound
}

// check compares a password with what is kept (check_password).
func check(r *compat.Request, user, pass string) compat.AuthnResult {
	hash, result := find(r, user, "")
	if result != compat.AuthnFound {
		return result
	}
	return auth.Compare(r, short, "the cache", password.Hash{Text: hash, User: user}, pass)
}

// realmHash is what is kept of user and realm (get_realm_hash).
func realmHash(r *compat.Request, user, realm string) (string, compat.AuthnResult) {
	return find(r, user, realm)
}
