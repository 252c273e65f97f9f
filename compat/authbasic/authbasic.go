// Package authbasic is mod_auth_basic: users who say name and password with
// each request.
package authbasic

import (
	"cmp"
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"understudy/apacheconf/expr"
	"understudy/compat"
	"understudy/compat/internal/auth"
)

// Module is mod_auth_basic.
var Module = compat.Module{
	Name:  "auth_basic_module",
	File:  "mod_auth_basic.c",
	Alone: true,
	Directives: []compat.Directive{
		slot.Directive("AuthBasicProvider", compat.Iterate, compat.AuthConfig, addProvider,
			"specify the auth providers for a directory or location"),
		slot.Flag("AuthBasicAuthoritative", compat.AuthConfig, func(c *config) **bool { return &c.authoritative },
			"Set to 'Off' to allow access control to be passed along to lower modules if the UserID is not known to this module"),
		slot.Directive("AuthBasicFake", compat.Take12, compat.AuthConfig, setFake,
			"Fake basic authentication using the given expressions for username and password, 'off' to disable. "+
				"Password defaults to 'password' if missing."),
		slot.Directive("AuthBasicUseDigestAlgorithm", compat.Take1, compat.AuthConfig, setDigest,
			"Set to 'MD5' to use the auth provider's authentication check for digest auth, using a hash of 'user:realm:pass'"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Authn, authenticate).Always(),
		slot.On(compat.Fixups, pretend).Last(),
	},
}

func init() { compat.RegisterChallenge("Basic", challenge) }

var slot = compat.NewSlot[config]()

type config struct {
	providers     []compat.AuthnProvider
	authoritative *bool
	fake          *fake
	digest        *bool
}

// A fake is the name and password that AuthBasicFake makes up.
type fake struct{ user, password *expr.Text }

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	if over.providers == nil {
		over.providers = base.providers
	}
	over.authoritative = cmp.Or(over.authoritative, base.authoritative)
	over.fake = cmp.Or(over.fake, base.fake)
	over.digest = cmp.Or(over.digest, base.digest)
	return over
}

func addProvider(c *compat.Cmd, conf *config) error {
	p, err := auth.FindAuthn(c, c.Arg(0))
	if err != nil {
		return err
	}
	if p.Password == nil {
		return compat.Errorf("The '%s' Authn provider doesn't support Basic Authentication", c.Arg(0))
	}
	conf.providers = append(conf.providers, p)
	return nil
}

func setFake(c *compat.Cmd, conf *config) error {
	conf.fake = &fake{}
	name, password := c.Arg(0), c.Arg(1)
	if strings.EqualFold(name, "off") {
		return nil
	}
	if len(c.Words) < 2 {
		password = "password"
	}
	var err error
	if conf.fake.user, err = c.ExprText(name); err != nil {
		return compat.Errorf("Could not parse fake username expression '%s': %v", name, err)
	}
	if conf.fake.password, err = c.ExprText(password); err != nil {
		return compat.Errorf("Could not parse fake password expression associated to user '%s': %v", name, err)
	}
	return nil
}

func setDigest(c *compat.Cmd, conf *config) error {
	on := strings.EqualFold(c.Arg(0), "MD5")
	if !on && !strings.EqualFold(c.Arg(0), "off") {
		return compat.Errorf("Invalid algorithm in AuthBasicUseDigestAlgorithm: %s", c.Arg(0))
	}
	conf.digest = &on
	return nil
}

// challenge asks for name and password (note_basic_auth_failure).
func challenge(r *compat.Request) {
	r.ErrOut.Set(auth.ChallengeField(r), `Basic realm="`+auth.QuotedName(r)+`"`)
}

func refuse(r *compat.Request) compat.Status {
	challenge(r)
	return 401
}

// authenticate checks name and password (authenticate_basic_user).
func authenticate(r *compat.Request, c *config) compat.Status {
	kind := auth.Type(r)
	if !strings.EqualFold(kind, "Basic") {
		return compat.Declined
	}
	if auth.Name(r) == "" {
		r.Logf("auth_basic", compat.LevelError, nil, "AH01615: need AuthName: %s", r.Path)
		return 500
	}
	r.AuthType = kind
	line, ok := auth.Credentials(r)
	if !ok {
		return refuse(r)
	}
	scheme, coded, _ := strings.Cut(line, " ")
	if !strings.EqualFold(scheme, "Basic") {
		r.Logf("auth_basic", compat.LevelError, nil, "AH01614: client used wrong authentication scheme: %s", r.Path)
		return refuse(r)
	}
	user, password, _ := strings.Cut(auth.DecodeBasic(strings.TrimLeft(coded, " \t")), ":")
	r.User, r.HasUser = user, true
	return c.judge(r, user, c.ask(r, user, password))
}

var file = "file" // the provider where none is named

// ask asks the providers in order, until one knows the user.
func (c *config) ask(r *compat.Request, user, password string) compat.AuthnResult {
	providers := c.providers
	if providers == nil {
		p, ok := compat.FindAuthn(r.Host.Build, file)
		if !ok {
			r.Logf("auth_basic", compat.LevelError, nil, "AH01616: No Authn provider configured")
			return compat.AuthnError
		}
		providers = []compat.AuthnProvider{p}
	}
	result := compat.AuthnError
	for _, p := range providers {
		if c.digest != nil && *c.digest {
			result = byDigest(r, p, user, password)
		} else {
			result = p.Password(r, user, password)
		}
		if result != compat.AuthnNotFound {
			break
		}
	}
	return result
}

// byDigest compares the hash that digest authentication has.
func byDigest(r *compat.Request, p compat.AuthnProvider, user, password string) compat.AuthnResult {
	if p.RealmHash == nil {
		r.Logf("auth_basic", compat.LevelError, nil, "AH02493: Authn provider does not support AuthBasicUseDigestAlgorithm")
		return compat.AuthnError
	}
	realm := auth.QuotedName(r)
	hash, result := p.RealmHash(r, user, realm)
	if result != compat.AuthnFound {
		return result
	}
	sum := md5.Sum([]byte(user + ":" + realm + ":" + password))
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(hash)) == 1 {
		return compat.AuthnGranted
	}
	return compat.AuthnDenied
}

func (c *config) judge(r *compat.Request, user string, result compat.AuthnResult) compat.Status {
	if result == compat.AuthnGranted {
		return compat.OK
	}
	if c.authoritative != nil && !*c.authoritative && result != compat.AuthnDenied {
		return compat.Declined
	}
	switch result {
	case compat.AuthnDenied:
		r.Logf("auth_basic", compat.LevelError, nil, "AH01617: user %s: authentication failure for \"%s\": Password Mismatch", user, r.Path)
	case compat.AuthnNotFound:
		r.Logf("auth_basic", compat.LevelError, nil, "AH01618: user %s not found: %s", user, r.Path)
	default:
		return 500
	}
	return refuse(r)
}

// pretend is AuthBasicFake (authenticate_basic_fake).
func pretend(r *compat.Request, c *config) compat.Status {
	if c.fake == nil || c.fake.user == nil {
		return compat.Declined
	}
	x := compat.ExprContext(r)
	user, password := c.fake.user.Eval(x), c.fake.password.Eval(x)
	if user == "" || password == "" {
		r.In.Del("Authorization")
		return compat.Declined
	}
	r.In.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	return compat.OK
}
