package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"understudy/vhost"
	"understudy/vhost/wire"
)

// start puts the configuration into force.
func start(o *options, snap *vhost.Snapshot) int {
	s := &vhost.Server{}
	s.Swap(snap)
	w := &wire.Server{Handler: s, Panicked: func(v any, stack []byte) { fmt.Fprintf(os.Stderr, "panic: %v\n%s", v, stack) }}
	for _, l := range snap.Build.Logs {
		f, err := os.OpenFile(l.Path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		l.Use(f)
	}
	for _, l := range snap.Build.Listeners {
		nl, err := net.Listen("tcp", net.JoinHostPort(l.Host, fmt.Sprint(l.Port)))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		go w.Serve(nl)
	}
	os.WriteFile(snap.Build.Core.PidFile, []byte(fmt.Sprintln(os.Getpid())), 0o644)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	w.Shutdown(ctx)
	os.Remove(snap.Build.Core.PidFile)
	return 0
}
