package mpm_test

import (
	"testing"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/compat/internal/conftest"
	"understudy/compat/internal/mpm"
	"understudy/compat/mpmevent"
	"understudy/compat/mpmprefork"
	"understudy/compat/mpmworker"
)

func TestListen(t *testing.T) {
	tests := []struct{ line, want string }{
		{"Listen", "Listen requires 1 or 2 arguments."},
		{"Listen 80 https x", "Listen requires 1 or 2 arguments."},
		{"Listen foo", "Port must be specified"},
		{"Listen 0", "Invalid address or port"},
		{"Listen 65536", "Invalid address or port"},
		{"Listen [::1:80", "Invalid address or port"},
		{"Listen 127.0.0.1:80", ""},
		{"ListenBacklog 0", "ListenBacklog must be > 0"},
		{"ListenCoresBucketsRatio 0", "ListenCoresBucketsRatio must be > 0"},
		{"SendBufferSize 3", "SendBufferSize must be >= 512 bytes, or 0 for system default."},
		{"AsyncRequestWorkerFactor x", "error parsing value"},
		{"AsyncRequestWorkerFactor 0", "AsyncRequestWorkerFactor argument must be a positive number"},
	}
	for _, tt := range tests {
		b := conftest.New(t, &mpmevent.Module)
		got := ""
		if err := (&conftest.Place{Host: b.Main}).Obey(tt.line); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestListeners(t *testing.T) {
	b := conftest.New(t, &mpmworker.Module)
	p := &conftest.Place{Host: b.Main}
	if err := p.Obey("Listen 80", "Listen 443", "Listen 8443 HTTPS", "Listen *:81", "Listen [::1]:82 http",
		"ListenBacklog 9", "GracefulShutdownTimeout 3"); err != nil {
		t.Fatal(err)
	}
	want := []compat.Listener{{Port: 80, Protocol: "http"}, {Port: 443, Protocol: "https"},
		{Port: 8443, Protocol: "https"}, {Port: 81, Protocol: "http"}, {Host: "::1", Port: 82, Protocol: "http"}}
	for i, l := range b.Listeners {
		if l.Pos = want[i].Pos; l != want[i] {
			t.Errorf("got %+v, want %+v", l, want[i])
		}
	}
	if b.Core.ListenBacklog != 9 || b.Core.GracefulShutdown != 3 {
		t.Errorf("got %d %d", b.Core.ListenBacklog, b.Core.GracefulShutdown)
	}
	if err := p.Obey("Listen *:80"); err == nil || err.Error() != "Cannot define multiple Listeners on the same IP:port" {
		t.Errorf("twice: got %v", err)
	}
	err := (&conftest.Place{Host: conftest.VirtualHost(b, "v")}).Obey("Listen 90")
	if want := "Listen cannot occur within <VirtualHost> section"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestNumbers(t *testing.T) {
	event, worker, prefork := &mpmevent.Module, &mpmworker.Module, &mpmprefork.Module
	tests := []struct {
		module *compat.Module
		lines  []string
		want   string
	}{
		{event, nil, ""},
		{event, []string{"MaxRequestWorkers abc", "ThreadsPerChild 0"},
			"AH00509: WARNING: ThreadsPerChild of 0 not allowed, increasing to 1.\n" +
				"AH00511: WARNING: MaxRequestWorkers of 0 is less than ThreadsPerChild of 1, increasing to 1. " +
				"MaxRequestWorkers must be at least as large as the number of threads in a single server.\n"},
		{event, []string{"ServerLimit 1"}, "AH00515: WARNING: MaxRequestWorkers of 400 would require 16 servers " +
			"and would exceed ServerLimit of 1, decreasing to 25. To increase, please see the ServerLimit directive.\n"},
		{worker, []string{"ThreadsPerChild 30"}, "AH00316: WARNING: MaxRequestWorkers of 400 is not an integer " +
			"multiple of ThreadsPerChild of 30, decreasing to nearest multiple 390, for a maximum of 13 servers.\n"},
		{prefork, []string{"MaxClients 300", "StartServers 0"},
			"AH00180: WARNING: MaxRequestWorkers of 300 exceeds ServerLimit value of 256 servers, decreasing " +
				"MaxRequestWorkers to 256. To increase, please see the ServerLimit directive.\n" +
				"AH00184: WARNING: StartServers of 0 not allowed, increasing to 1.\n"},
		{prefork, []string{"MinSpareServers 0"}, "AH00186: WARNING: MinSpareServers of 0 not allowed, increasing " +
			"to 1 to avoid almost certain server failure. Please read the documentation.\n"},
	}
	for _, tt := range tests {
		b := conftest.New(t, tt.module)
		if err := (&conftest.Place{Host: b.Main}).Obey(tt.lines...); err != nil {
			t.Fatal(err)
		}
		if err := conftest.Init(b); err != nil {
			t.Fatal(err)
		}
		if got := conftest.Warnings(b); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.lines, got, tt.want)
		}
	}
}

func TestCheckMPM(t *testing.T) {
	event := apacheconf.Loaded{Identifier: mpmevent.Module.Name}
	prefork := apacheconf.Loaded{Identifier: mpmprefork.Module.Name}
	tests := []struct {
		loaded []apacheconf.Loaded
		want   string
	}{
		{nil, "AH00534: apache2: Configuration error: No MPM loaded."},
		{[]apacheconf.Loaded{event, prefork}, "AH00534: apache2: Configuration error: More than one MPM loaded."},
		{[]apacheconf.Loaded{prefork}, ""},
	}
	for _, tt := range tests {
		got := ""
		if err := compat.CheckMPM(&apacheconf.Tree{Modules: tt.loaded}, "apache2"); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func FuzzSplitAddress(f *testing.F) {
	for _, s := range []string{"80", "[::1]:80", "a:b:1", ":", "["} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, port, ok := mpm.SplitAddress(s); ok && (port < 0 || port > 65535) {
			t.Errorf("SplitAddress(%q): port %d", s, port)
		}
	})
}
