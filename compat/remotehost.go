package compat

import (
	"context"
	"net"
	"slices"
	"strings"
	"time"
)

// remoteHostNote keeps the name of the client for the rest of a request.
const remoteHostNote = "remote-host"

// resolveTimeout bounds how long a request waits for a name.
const resolveTimeout = 5 * time.Second

// RemoteHost is the name of r's client where HostnameLookups asks for it and
// there is one, else its address (ap_get_useragent_host, REMOTE_NAME).
func RemoteHost(r *Request) string {
	switch r.Scope.Core.HostnameLookups {
	case "on":
		return hostOrAddress(r, false)
	case "double":
		return hostOrAddress(r, true)
	}
	return ClientAddr(r)
}

// ClientAddr is the address of r's client.
func ClientAddr(r *Request) string {
	r.Once()
	return r.RemoteAddr.Addr().Unmap().WithZone("").String()
}

func hostOrAddress(r *Request, verify bool) string {
	name, known := r.Notes.Lookup(remoteHostNote)
	if !known {
		name = ResolveClient(r, verify)
		r.Notes.Set(remoteHostNote, name)
	}
	if name == "" {
		return ClientAddr(r)
	}
	return name
}

// ResolveClient asks for the name of r's client, in lower case; "" if there is
// none. With verify that name must have the client's address.
func ResolveClient(r *Request, verify bool) string {
	r.Once()
	ctx, cancel := context.WithTimeout(context.Background(), resolveTimeout)
	defer cancel()
	address := ClientAddr(r)
	names, err := net.DefaultResolver.LookupAddr(ctx, address)
	if err != nil || len(names) == 0 {
		return ""
	}
	name := strings.ToLower(strings.TrimSuffix(names[0], "."))
	if !verify {
		return name
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, name)
	if err != nil || !slices.Contains(addresses, address) {
		return ""
	}
	return name
}
