//go:build linux

package main

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The workloads of authentication: their request is static's, with a password.
func init() {
	for _, w := range []workload{
		{name: "basic-sha", title: "Basic, file of 10,000 users, SHA-1", path: "/sha/1k.html"},
		{name: "basic-bcrypt", title: "Basic, bcrypt of cost 5", path: "/bcrypt/1k.html"},
		{name: "require", title: "20 Require lines, nested", path: "/nest/1k.html"},
	} {
		w.connections, w.size = 32, 1024
		w.fields = "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("user9999:secret")) + "\r\n"
		workloads = append(workloads, w)
	}
}

// authModules are what the places below need besides.
const authModules = "auth_basic authn_file authz_user"

// bcryptSecret is "secret", by htpasswd -B.
const bcryptSecret = "$2y$05$PA4fNUQTQMcMRTrC7Ej3qOzUFyWSw0EW7Y8ZwKf6u0vpP6HDW4Eki"

// writeAuth makes the files of users, and is the configuration of the places.
func writeAuth(root string) string {
	sum := sha1.Sum([]byte("secret"))
	hash := base64.StdEncoding.EncodeToString(sum[:])
	var users strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&users, "user%d:{SHA}%s\n", i, hash)
	}
	os.WriteFile(filepath.Join(root, "users.sha"), []byte(users.String()), 0o644)
	os.WriteFile(filepath.Join(root, "users.bcrypt"), []byte("user9999:"+bcryptSecret+"\n"), 0o644)
	var b strings.Builder
	for _, kind := range []string{"sha", "bcrypt"} {
		fmt.Fprintf(&b, "Alias /%s %s/htdocs\n<Location /%s>\nAuthType Basic\nAuthName x\nAuthUserFile %s/users.%s\nRequire valid-user\n</Location>\n",
			kind, root, kind, root, kind)
	}
	fmt.Fprintf(&b, "Alias /nest %s/htdocs\n<Location /nest>\n<RequireAny>\n", root)
	for range 9 {
		b.WriteString("<RequireAll>\nRequire ip 10.0.0.0/8\nRequire method GET\n</RequireAll>\n")
	}
	b.WriteString("<RequireAll>\nRequire ip 127.0.0.0/8\nRequire not ip 192.0.2.0/24\n</RequireAll>\n</RequireAny>\n</Location>\n")
	return b.String()
}
