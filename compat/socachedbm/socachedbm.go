// Package socachedbm is mod_socache_dbm: a shared object cache in memory.
//
// Deviations: it is the memory of the server process, and what it names to keep
// things in is not looked at but for a size in brackets.
package socachedbm

import (
	"strconv"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/socache"
)

const module = "socache_dbm_module"

// Module has no directives: it provides a cache.
var Module = compat.Module{Name: module, File: "mod_socache_dbm.c", Silent: true}

func init() { socache.Register(socache.Provider{Name: "dbm", Module: module, Open: open}) }

func open(args, _ string) (socache.Store, error) {
	_, size, _ := strings.Cut(strings.TrimSuffix(args, ")"), "(")
	n, _ := strconv.ParseUint(size, 10, 30)
	return socache.NewMemory(int(n)), nil
}
