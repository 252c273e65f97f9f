package authnzldap

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
	"understudy/compat/ldap"
)

// What real Apache says of these lines.
func TestRefused(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"AuthLDAPURL http://x/", "The scheme was not recognised as a valid LDAP URL scheme."},
		{"AuthLDAPURL <ldap://x/dc=x", "Bad enclosure error while parsing LDAP URL."},
		{"AuthLDAPURL ldap://[::1/dc=x", "Bad LDAP URL while parsing IPV6 syntax."},
		{"AuthLDAPURL ldap://x:/dc=x", "Bad LDAP URL while parsing."},
		{"AuthLDAPURL ldap://x/dc=x?uid?foo", "Bad scope encountered while parsing LDAP URL."},
		{"AuthLDAPURL ldap://x/dc=x?uid??%00", "Bad filter encountered while parsing LDAP URL."},
		{"AuthLDAPURL ldap://x/dc=x?uid?sub?x?a?b", "Bad URL encountered while parsing LDAP URL."},
		{"AuthLDAPURL ldap://x/dc=x?uid?sub?x?", "Bad extensions encountered while parsing LDAP URL."},
		{"AuthLDAPURL ldap://x/dc=x foo", "Invalid LDAP connection mode setting: must be one of NONE, SSL, or TLS/STARTTLS"},
		{"AuthLDAPBindPassword exec:/nothing", "Empty passwords are invalid for AuthLDAPBindPassword"},
		{"AuthLDAPDereferenceAliases Never", "Unrecognized value for AuthLDAPDereferenceAliases directive"},
		{"AuthLDAPInitialBindPattern (a b", "AuthLDAPInitialBindPattern: cannot compile regular expression '(a'"},
		{"AuthLDAPSubGroupAttribute a b c d e f g h i j k", "Too many AuthLDAPSubGroupAttribute values"},
		{"AuthLDAPGroupAttribute a b c d e f g h i j k", ""},
		{"AuthLDAPGroupAttribute a b c d e f g h i j k l", "Too many AuthLDAPGroupAttribute directives"},
		{"LDAPReferrals maybe", "LDAPReferrals must be 'on', 'off', or 'default'"},
		{"LDAPTrustedClientCert CERT_DER /nothing", "Invalid client certificate file path"},
	} {
		b := conftest.New(t, &Module, &ldap.Module)
		got := ""
		if err := conftest.In(b.Main, "<Location", "/").Obey(tt.line); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestURL(t *testing.T) {
	for _, tt := range []struct {
		text string
		want parsedURL
	}{
		{"ldap://h:99/dc=a%20b?uid,cn?one?(x=y)", parsedURL{"h:99", 99, "dc=a b", []string{"uid", "cn"}, "one", "(x=y)"}},
		{"<URL:LDAPS://h>", parsedURL{host: "h"}},
		{"ldap://[::1]:5/dc=x", parsedURL{"[::1]:5", 5, "dc=x", nil, "base", ""}},
		{"ldap:///dc=x??sub", parsedURL{"", 0, "dc=x", nil, "sub", ""}},
		{"ldap://a b:33/dc=%4", parsedURL{"a b:33", 33, "dc=", nil, "base", ""}},
	} {
		if got, reason := parseURL(tt.text); reason != "" || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %+v %s, want %+v", tt.text, got, reason, tt.want)
		}
	}
}

func FuzzURL(f *testing.F) {
	f.Add("ldap://h:99/dc=a%20b?uid,cn?one?(x=y)")
	f.Add("<URL:ldaps://[::1]>")
	f.Fuzz(func(t *testing.T, text string) {
		u, reason := parseURL(text)
		if reason == "" && len(u.dn)+len(u.filter) > len(text) {
			t.Errorf("%q grows", text)
		}
		conf := &config{}
		setURL(&compat.Cmd{Words: []string{text}}, conf)
	})
}

// The program behind exec: is run by who may, once; the server process is handed
// what it said, and .htaccess files run nothing.
func TestBindPassword(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "say")
	os.WriteFile(program, []byte("#!/bin/sh\necho ran >>"+dir+"/ran\necho word\necho more\n"), 0o755)
	b := conftest.New(t, &Module)
	conf := &config{}
	c := &compat.Cmd{Build: b, Words: []string{"exec:" + program}}
	if err := setBindPassword(c, conf); err != nil || conf.bindPW != "word" {
		t.Fatalf("got %q %v", conf.bindPW, err)
	}
	server := conftest.New(t, &Module)
	server.Handed, server.Serving = b.Handed, true
	conf = &config{}
	if err := setBindPassword(&compat.Cmd{Build: server, Words: c.Words}, conf); err != nil || conf.bindPW != "word" {
		t.Errorf("got %q %v", conf.bindPW, err)
	}
	c.HTAccess = true
	if err := setBindPassword(c, &config{}); err == nil {
		t.Error("a .htaccess file runs a program")
	}
	if ran, _ := os.ReadFile(dir + "/ran"); strings.Count(string(ran), "ran") != 1 {
		t.Errorf("it ran %q", ran)
	}
}

func TestCharsets(t *testing.T) {
	b := conftest.New(t, &Module, &ldap.Module)
	os.WriteFile(filepath.Join(b.Tree.Root, "conv"), []byte("# c\nutf-8 utf-8\nde ISO-8859-1\nJA Shift_JIS Japanese\n"), 0o644)
	if err := (&conftest.Place{Host: b.Main}).Obey("AuthLDAPCharsetConfig conv"); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ language, want string }{{"", "\xfc"}, {"de", "ü"}, {"de-at;q=1", "ü"}, {"fr", "\xfc"}} {
		r := conftest.Get(b.Main, "/")
		if tt.language != "" {
			r.In.Add("Accept-Language", tt.language)
		}
		if got := charsetsOf(r).convert(r, "\xfc"); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.language, got, tt.want)
		}
	}
}
