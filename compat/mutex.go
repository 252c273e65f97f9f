package compat

// A Mutex is what Mutex says of one type. There are no such locks here; it is
// kept for -S.
type Mutex struct {
	Mechanism string // as -S names it: "fcntl"
	Dir       string
	OmitPID   bool
}

// mutexTypes are the types that Apache's modules register.
var mutexTypes = []struct{ module, name string }{
	{"watchdog_module", "watchdog-callback"}, {"mpm_worker_module", "mpm-accept"}, {"mpm_prefork_module", "mpm-accept"},
	{"ssl_module", "ssl-cache"}, {"ssl_module", "ssl-stapling"}, {"ssl_module", "ssl-stapling-refresh"},
	{"rewrite_module", "rewrite-map"}, {"proxy_module", "proxy"}, {"proxy_balancer_module", "proxy-balancer-shm"},
	{"auth_digest_module", "authdigest-client"},
	{"ldap_module", "ldap-cache"}, {"authn_socache_module", "authn-socache"}, {"cache_socache_module", "cache-socache"},
	{"dav_fs_module", "dav_fs-lockdb"}, {"lua_module", "lua-ivm-shm"},
}

// MutexTypes are those that there are in b, but for "default".
func (b *Build) MutexTypes() []string {
	var names []string
	for _, m := range mutexTypes {
		if b.Loaded(m.module) != nil {
			names = append(names, m.name)
		}
	}
	return names
}
