//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAuthRefused checks that what guards a place and cannot be obeyed refuses
// the start, naming file and line: a place that turned public is the worst that
// could happen.
func TestAuthRefused(t *testing.T) {
	binary := buildBinary(t)
	for _, tt := range []struct{ modules, line, says string }{
		{"authnz_ldap ldap", "AuthLDAPURL http://127.0.0.1/dc=x", "The scheme was not recognised as a valid LDAP URL scheme."},
		{"authnz_ldap ldap", "AuthLDAPURL ldap://127.0.0.1/dc=x?uid?all", "Bad scope encountered while parsing LDAP URL."},
		{"authnz_ldap ldap", "AuthLDAPURL ldap://127.0.0.1/dc=x PLAIN", "Invalid LDAP connection mode setting"},
		{"authnz_ldap ldap", "AuthLDAPBindPassword exec:/nothing/there", "Empty passwords are invalid for AuthLDAPBindPassword"},
		{"authnz_ldap ldap", "LDAPTrustedClientCert CERT_BASE64 /nothing/there", "Invalid client certificate file path"},
		{"auth_basic", "AuthBasicProvider ldap", "Unknown Authn provider: ldap"},
		{"authnz_ldap ldap auth_digest", "AuthDigestProvider ldap", "The 'ldap' Authn provider doesn't support Digest Authentication"},
		{"", "Require ldap-group cn=x", "Unknown Authz provider: ldap-group"},
		{"authnz_ldap ldap", "Require ldap-user %{nothing", "Cannot parse expression in require line"},
		{"authnz_fcgi", "AuthnzFcgiCheckAuthnProvider x Authoritative maybe", "Bad argument 'maybe' to option 'Authoritative'"},
		{"authnz_fcgi", "AuthnzFcgiCheckAuthnProvider x UserExpr %{file:/etc/passwd}", "AuthnzFcgiCheckAuthnProvider: Error parsing"},
		{"authnz_fcgi auth_basic", "AuthBasicProvider fcgi", "Unknown Authn provider: fcgi"},
		{"auth_basic", "AuthBasicProvider nobody", "Unknown Authn provider: nobody"},
		{"auth_digest authn_anon", "AuthDigestProvider anon", "The 'anon' Authn provider doesn't support Digest Authentication"},
		{"auth_digest", "AuthDigestQop auth-int", "AuthDigestQop is deprecated: only 'auth' is supported"},
		{"auth_digest", "AuthDigestAlgorithm SHA-256", "Unsupported algorithm in AuthDigestAlgorithm: SHA-256"},
		{"auth_form request session", "AuthFormProvider nobody", "Unknown Authn provider: nobody"},
		{"", "Require nobody", "Unknown Authz provider: nobody"},
		{"", "Require ip 10.0.0.0/33", "ip address '10.0.0.0/33' appears to be invalid"},
		{"", "Require all maybe", "Argument for 'Require all' must be 'granted' or 'denied'"},
		{"", "Require not ip 10", "negative Require directive has no effect in <RequireAny> directive"},
		{"", `Require expr "%{HTTP_HOST} =="`, "Cannot parse expression in require line"},
		{"", "AuthUserFile /x", "Invalid command 'AuthUserFile'"},
		{"dbd", "AuthDBDUserPWQuery x", "Invalid command 'AuthDBDUserPWQuery'"},
		{"authn_dbd", "AuthDBDUserPWQuery x", "You must load mod_dbd to enable AuthDBD functions"},
		{"authz_dbd", "AuthzDBDQuery x", "You must load mod_dbd to enable AuthzDBD functions"},
		{"", "Require dbm-group x", "Unknown Authz provider: dbm-group"},
		{"", "Require group x", "Unknown Authz provider: group"},
		{"", "Require user x", "Unknown Authz provider: user"},
		{"", "Require valid-user", "Unknown Authz provider: valid-user"},
		{"", "Require file-owner", "Unknown Authz provider: file-owner"},
		{"", "Require dbd-group x", "Unknown Authz provider: dbd-group"},
		{"", "Require ip", "'require ip' requires an argument"},
		{"", "AuthMerging sometimes", "AuthMerging must be one of: Off | And | Or"},
		{"access_compat", "Satisfy maybe", "Satisfy either 'any' or 'all'."},
		{"access_compat", "Order x", "unknown order"},
		{"access_compat", "Allow to all", "allow and deny must be followed by 'from'"},
		{"access_compat", "Deny from 10.0.0.0/33", "The specified network mask is invalid."},
		{"auth_basic authn_file", "AuthBasicProvider file dbd", "Unknown Authn provider: dbd"},
		{"auth_basic", "AuthBasicUseDigestAlgorithm SHA1", "Invalid algorithm in AuthBasicUseDigestAlgorithm: SHA1"},
		{"auth_digest", "AuthDigestNonceLifetime x", "Invalid time in AuthDigestNonceLifetime: x"},
		{"allowmethods", "AllowMethods", "AllowMethods: No method or 'reset' keyword given"},
		{"ssl", "SSLRequire nonsense(", "SSLRequire: syntax error"},
		{"ssl", "SSLVerifyClient maybe", "SSLVerifyClient: Invalid argument 'maybe'"},
		{"lua", "LuaHookAuthChecker /x.lua f", "not starting rather than letting everybody in"},
		{"lua", "LuaHookAccessChecker /x.lua f", "not starting rather than letting everybody in"},
	} {
		t.Run(tt.line, func(t *testing.T) {
			refuse(t, binary, tt.modules, tt.line, tt.says, []string{"-t"}, []string{"-DFOREGROUND"})
		})
	}
	const program = "SessionCryptoPassphrase exec:/nothing/there" // Which Apache starts with; its -t says nothing, and so does ours.
	t.Run(program, func(t *testing.T) {
		refuse(t, binary, "session session_crypto", program, "Unable to get bind password from exec of /nothing/there", []string{"-DFOREGROUND"})
	})
}

// refuse checks that a configuration with a line does not start, nor pass other
// options.
func refuse(t *testing.T, binary, modules, directive, says string, options ...[]string) {
	dir := t.TempDir()
	path := filepath.Join(dir, "httpd.conf")
	var b strings.Builder
	for _, m := range strings.Fields("mpm_event authz_core authz_host authn_core " + modules) {
		fmt.Fprintf(&b, "LoadModule %s_module mod_%s.so\n", m, m)
	}
	fmt.Fprintf(&b, "ServerName x\nListen 127.0.0.1:1\nErrorLog %s/log\nDefaultRuntimeDir %s\n<Location />\n%s\n</Location>\n", dir, dir, directive)
	line := strings.Count(b.String(), "\n") - 1
	os.WriteFile(path, []byte(b.String()), 0o644)
	for _, args := range options {
		out, err := exec.Command(binary, append([]string{"-d", dir, "-f", path}, args...)...).CombinedOutput()
		place := fmt.Sprintf("on line %d of %s", line, path)
		if err == nil || !strings.Contains(string(out), place) || !strings.Contains(string(out), says) {
			t.Errorf("%v: %v, want %q %q\n%s", args, err, place, says, out)
		}
	}
}
