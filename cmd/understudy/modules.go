package main

import (
	"understudy/compat"
	"understudy/compat/accesscompat"
	"understudy/compat/alias"
	"understudy/compat/allowmethods"
	"understudy/compat/authbasic"
	"understudy/compat/authnanon"
	"understudy/compat/authncore"
	"understudy/compat/authnfile"
	"understudy/compat/authzcore"
	"understudy/compat/authzgroupfile"
	"understudy/compat/authzhost"
	"understudy/compat/authzowner"
	"understudy/compat/authzuser"
	"understudy/compat/autoindex"
	"understudy/compat/cgi"
	"understudy/compat/cgid"
	"understudy/compat/core"
	"understudy/compat/dir"
	"understudy/compat/env"
	"understudy/compat/expires"
	"understudy/compat/headers"
	"understudy/compat/http"
	"understudy/compat/known"
	"understudy/compat/lbmethodbybusyness"
	"understudy/compat/lbmethodbyrequests"
	"understudy/compat/lbmethodbytraffic"
	"understudy/compat/logconfig"
	"understudy/compat/logio"
	"understudy/compat/macro"
	"understudy/compat/mime"
	"understudy/compat/mpmevent"
	"understudy/compat/mpmprefork"
	"understudy/compat/mpmworker"
	"understudy/compat/negotiation"
	"understudy/compat/proxy"
	"understudy/compat/proxybalancer"
	"understudy/compat/proxyconnect"
	"understudy/compat/proxyfcgi"
	"understudy/compat/proxyhttp"
	"understudy/compat/proxyscgi"
	"understudy/compat/proxywstunnel"
	"understudy/compat/rewrite"
	"understudy/compat/setenvif"
	"understudy/compat/so"
	"understudy/compat/unixd"
	"understudy/compat/version"
	"understudy/compat/vhostalias"
	"understudy/compat/watchdog"
	"understudy/wsgi"
)

// implemented is THE list of modules. Within a phase, and among hooks that ask
// for the same place in it, they run in this order.
var implemented = []*compat.Module{
	&core.Module,
	&so.Module,
	&watchdog.Module,
	&http.Module,
	&logconfig.Module,
	&logio.Module,
	&version.Module,
	&unixd.Module,
	&mpmevent.Module,
	&mpmworker.Module,
	&mpmprefork.Module,
	&macro.Module,
	&accesscompat.Module,
	&allowmethods.Module,
	&authbasic.Module,
	&authnfile.Module,
	&authnanon.Module,
	&authncore.Module,
	&authzcore.Module,
	&authzhost.Module,
	&authzuser.Module,
	&authzgroupfile.Module,
	&authzowner.Module,
	&setenvif.Module,
	&env.Module,
	&expires.Module,
	&headers.Module,
	&rewrite.Module,
	&proxy.Module,
	&proxyhttp.Module,
	&proxyfcgi.Module,
	&proxyscgi.Module,
	&proxyconnect.Module,
	&proxywstunnel.Module,
	&proxybalancer.Module,
	&lbmethodbyrequests.Module,
	&lbmethodbytraffic.Module,
	&lbmethodbybusyness.Module,
	&alias.Module,
	&vhostalias.Module,
	&negotiation.Module,
	&mime.Module,
	&autoindex.Module,
	&dir.Module,
	&cgi.Module,
	&cgid.Module,
	&wsgi.Module,
}

// modules are all there are, with those that are known and not there yet.
var modules = append(implemented, known.Modules(implemented)...)
