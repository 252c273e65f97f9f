// Package authform is mod_auth_form: users who log in with a form, and are known
// by their session then.
//
// The form is read from the request itself, not from a sub-request as in Apache.
package authform

import (
	"cmp"
	"strings"

	"understudy/apacheconf/expr"
	"understudy/compat"
	"understudy/compat/internal/auth"
)

const short = "auth_form"

// Module is mod_auth_form.
var Module = compat.Module{
	Name: "auth_form_module",
	File: "mod_auth_form.c",
	Directives: []compat.Directive{
		slot.Directive("AuthFormProvider", compat.Iterate, compat.AuthConfig, addProvider,
			"specify the auth providers for a directory or location"),
		field("AuthFormUsername", username, "The field of the login form carrying the username"),
		field("AuthFormPassword", password, "The field of the login form carrying the password"),
		field("AuthFormLocation", location, "The field of the login form carrying the URL to redirect on successful login."),
		field("AuthFormMethod", method, "The field of the login form carrying the original request method."),
		field("AuthFormMimetype", mimetype, "The field of the login form carrying the original request mimetype."),
		field("AuthFormBody", body, "The field of the login form carrying the urlencoded original request body."),
		slot.Directive("AuthFormSize", compat.Take1, compat.Access, setSize, "Maximum size of body parsed by the form parser"),
		page("AuthFormLoginRequiredLocation", "login required", func(c *config) **expr.Text { return &c.required },
			"If set, redirect the browser to this URL rather than return 401 Not Authorized."),
		page("AuthFormLoginSuccessLocation", "login success", func(c *config) **expr.Text { return &c.success },
			"If set, redirect the browser to this URL when a login processed by the login handler is successful."),
		page("AuthFormLogoutLocation", "logout required", func(c *config) **expr.Text { return &c.logout },
			"The URL of the logout successful page. An attempt to access an URL handled by the handler form-logout-handler "+
				"will result in an redirect to this page after logout."),
		slot.Directive("AuthFormSitePassphrase", compat.Take1, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
			site := c.Arg(0)
			conf.site = &site
			return nil
		}, "If set, use this passphrase to determine whether the user should be authenticated. Bypasses the user "+
			"authentication check on every website hit, and is useful for high traffic sites."),
		slot.Flag("AuthFormAuthoritative", compat.AuthConfig, func(c *config) **bool { return &c.authoritative },
			"Set to 'Off' to allow access control to be passed along to lower modules if the UserID is not known to this module"),
		slot.Flag("AuthFormFakeBasicAuth", compat.AuthConfig, func(c *config) **bool { return &c.fake },
			"Set to 'On' to pass through authentication to the rest of the server as a basic authentication header."),
		slot.Flag("AuthFormDisableNoStore", compat.AuthConfig, func(c *config) **bool { return &c.mayStore },
			"Set to 'on' to stop the sending of a Cache-Control no-store header with the login screen. This allows the browser "+
				"to cache the credentials, but at the risk of it being possible for the login form to be resubmitted and "+
				"revealed to the backend server through XSS. Use at own risk."),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Authn, authenticate).Always(),
		slot.On(compat.Handler, login).Always(),
		slot.On(compat.Handler, logout).Always(),
		slot.On(compat.Handler, redirect).Always(),
	},
	Init: check,
}

func init() {
	compat.RegisterChallenge("form", func(r *compat.Request) {
		if c := slot.Of(r); c != nil {
			c.noteFailure(r)
		}
	})
}

var slot = compat.NewSlot[config]()

// A name is a field of the form, by its place among those that can be renamed.
type name int

const (
	username name = iota
	password
	location
	method
	mimetype
	body
	names
)

var defaults = [names]string{"httpd_username", "httpd_password", "httpd_location", "httpd_method", "httpd_mimetype", "httpd_body"}

const defaultSize = 8192

type config struct {
	providers                     []compat.AuthnProvider
	fields                        [names]string // ""; not said
	size                          *int64
	required, success, logout     *expr.Text
	site                          *string
	authoritative, fake, mayStore *bool
}

// Merge lays over on top of c.
func (c config) Merge(over config) config {
	if over.providers != nil {
		c.providers = over.providers
	}
	for i, f := range over.fields {
		c.fields[i] = cmp.Or(f, c.fields[i])
	}
	c.size = cmp.Or(over.size, c.size)
	c.required, c.success, c.logout = cmp.Or(over.required, c.required), cmp.Or(over.success, c.success), cmp.Or(over.logout, c.logout)
	c.site, c.authoritative = cmp.Or(over.site, c.site), cmp.Or(over.authoritative, c.authoritative)
	c.fake, c.mayStore = cmp.Or(over.fake, c.fake), cmp.Or(over.mayStore, c.mayStore)
	return c
}

func is(b *bool) bool { return b != nil && *b }

func addProvider(c *compat.Cmd, conf *config) error {
	p, err := auth.FindAuthn(c, c.Arg(0))
	if err != nil {
		return err
	}
	if p.Password == nil {
		return compat.Errorf("The '%s' Authn provider doesn't support Form Authentication", c.Arg(0))
	}
	conf.providers = append(conf.providers, p)
	return nil
}

// field makes a row for the name of a field of the form.
func field(directive string, n name, help string) compat.Directive {
	return slot.Directive(directive, compat.Take1, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
		if c.Arg(0) == "" || strings.ContainsAny(c.Arg(0), "=&") {
			return compat.Errorf("%s cannot be empty, or contain '=' or '&'.", c.Name)
		}
		conf.fields[n] = c.Arg(0)
		return nil
	}, help)
}

// page makes a row for a URL that clients are sent to.
func page(directive, what string, at func(*config) **expr.Text, help string) compat.Directive {
	return slot.Directive(directive, compat.Take1, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
		t, err := c.ExprText(c.Arg(0))
		if err != nil {
			return compat.Errorf("Could not parse %s expression '%s': %v", what, c.Arg(0), err)
		}
		*at(conf) = t
		return nil
	}, help)
}

func setSize(c *compat.Cmd, conf *config) error {
	n, _, ok := compat.ParseOffset(c.Arg(0))
	if !ok || n < 0 {
		return compat.Errorf("AuthCookieFormSize must be a size in bytes, or zero.")
	}
	conf.size = &n
	return nil
}

// check wants the modules that this one rests on (authenticate_form_post_config).
func check(b *compat.Build) error {
	for _, need := range [][3]string{{"AH02617", "mod_session", "session_module"}, {"AH02618", "mod_request", "request_module"}} {
		if b.Loaded(need[2]) == nil {
			return compat.Refuse("%s: You must load %s to enable the mod_auth_form functions\nAH00016: Configuration Failed",
				need[0], need[1])
		}
	}
	return nil
}
