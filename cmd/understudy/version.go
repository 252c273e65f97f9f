package main

import (
	"fmt"
	"io"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// Defaults that Debian compiles in, and that tools read from -V.
const (
	defaultRoot   = "/etc/apache2"
	defaultFile   = "apache2.conf"
	defaultPID    = "/run/apache2.pid"
	httpdRoot     = "/etc/httpd" // what a program called httpd takes where there is no defaultRoot
	httpdFile     = "conf/httpd.conf"
	magicNumber   = "20120211:142"
	serverVersion = "Apache/" + apacheconf.Version + " (Understudy)"
)

// printVersion is -v.
func printVersion(w io.Writer) {
	fmt.Fprintf(w, "Server version: %s\nServer built:   %s\n", serverVersion, compat.BuildTime())
}

// printSettings is -V: the lines that scripts read, with mpm as the MPM that
// the configuration loads.
func printSettings(w io.Writer, mpm string) {
	printVersion(w)
	processes := "\n  threaded:     yes (fixed thread count)\n    forked:     yes (variable process count)"
	switch mpm {
	case "":
		processes = ""
	case "prefork":
		processes = strings.Replace(processes, "yes (fixed thread count)", "no", 1)
	}
	fmt.Fprintf(w, `Server's Module Magic Number: %s
Server loaded:  APR 1.7.2, APR-UTIL 1.6.3, PCRE 10.42 2022-12-11
Compiled using: APR 1.7.2, APR-UTIL 1.6.3, PCRE 10.42 2022-12-11
Architecture:   64-bit
Server MPM:     %s%s
Server compiled with....
 -D APR_HAS_SENDFILE
 -D APR_HAS_MMAP
 -D APR_HAVE_IPV6 (IPv4-mapped addresses enabled)
 -D APR_USE_PROC_PTHREAD_SERIALIZE
 -D APR_USE_PTHREAD_SERIALIZE
 -D SINGLE_LISTEN_UNSERIALIZED_ACCEPT
 -D APR_HAS_OTHER_CHILD
 -D AP_HAVE_RELIABLE_PIPED_LOGS
 -D DYNAMIC_MODULE_LIMIT=256
 -D HTTPD_ROOT="%s"
 -D SUEXEC_BIN="/usr/lib/apache2/suexec"
 -D DEFAULT_PIDLOG="%s"
 -D DEFAULT_SCOREBOARD="logs/apache_runtime_status"
 -D DEFAULT_ERRORLOG="logs/error_log"
 -D AP_TYPES_CONFIG_FILE="mime.types"
 -D SERVER_CONFIG_FILE="%s"
`, magicNumber, mpm, processes, defaultRoot, defaultPID, defaultFile)
}

// printCompiledIn is -l: what Debian compiles in; the Apache test suite and
// configure scripts decide by this list.
func printCompiledIn(w io.Writer) {
	io.WriteString(w, `Compiled in modules:
  core.c
  mod_so.c
  mod_watchdog.c
  http_core.c
  mod_log_config.c
  mod_logio.c
  mod_version.c
  mod_unixd.c
`)
}
