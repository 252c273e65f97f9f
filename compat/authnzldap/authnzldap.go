// Package authnzldap is mod_authnz_ldap: users, their passwords and their groups
// in a directory. url.go reads AuthLDAPURL, authn.go is the provider "ldap" of
// AuthBasicProvider, authz.go what Require can say; package directory reaches
// the servers.
//
// Deviations:
//   - AuthLDAPBindPassword exec: runs nothing from a .htaccess file.
//   - A directory that finds an entry without a name lets nobody in by it.
package authnzldap

import (
	"bufio"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/directory"
)

const (
	module = "authnz_ldap_module"
	short  = "authnz_ldap"
)

// Module is mod_authnz_ldap.
var Module = compat.Module{
	Name: module,
	File: "mod_authnz_ldap.c",
	Directives: []compat.Directive{
		dir.Directive("AuthLDAPURL", compat.Take12, compat.AuthConfig, setURL, urlHelp),
		dir.Text("AuthLDAPBindDN", compat.AuthConfig, func(c *config) *string { return &c.bindDN },
			"DN to use to bind to LDAP server. If not provided, will do an anonymous bind."),
		dir.Directive("AuthLDAPBindPassword", compat.Take1, compat.AuthConfig, setBindPassword,
			"Password to use to bind to LDAP server. If not provided, will do an anonymous bind."),
		flag("AuthLDAPBindAuthoritative", func(c *config, on bool) { c.notAuthoritative = !on },
			"Set to 'on' to return failures when user-specific bind fails - defaults to on."),
		flag("AuthLDAPRemoteUserIsDN", func(c *config, on bool) { c.userIsDN = on },
			"Set to 'on' to set the REMOTE_USER environment variable to be the full DN of the remote user. By default, this is set "+
				"to off, meaning that the REMOTE_USER variable will contain whatever value the remote user sent."),
		dir.Text("AuthLDAPRemoteUserAttribute", compat.AuthConfig, func(c *config) *string { return &c.userAttribute },
			"Override the user supplied username and place the contents of this attribute in the REMOTE_USER environment variable."),
		flag("AuthLDAPCompareDNOnServer", func(c *config, on bool) { c.compareOnServer = on },
			"Set to 'on' to force auth_ldap to do DN compares (for the \"require dn\" directive) using the server, and set it 'off' "+
				"to do the compares locally (at the expense of possible false matches). See the documentation for a complete "+
				"description of this option."),
		dir.Directive("AuthLDAPSubGroupAttribute", compat.Iterate, compat.AuthConfig,
			add("Too many AuthLDAPSubGroupAttribute values", 10, func(c *config) *[]string { return &c.members }),
			"Attribute labels used to define sub-group (or nested group) membership in groups - defaults to member and uniqueMember"),
		dir.Directive("AuthLDAPSubGroupClass", compat.Iterate, compat.AuthConfig,
			add("Too many AuthLDAPSubGroupClass values", 11, func(c *config) *[]string { return &c.classes }),
			"LDAP objectClass values used to identify sub-group instances - defaults to groupOfNames and groupOfUniqueNames"),
		dir.Directive("AuthLDAPMaxSubGroupDepth", compat.Take1, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
			n := compat.Atoi(c.Arg(0))
			conf.depth = &n
			return nil
		}, "Maximum subgroup nesting depth to be evaluated - defaults to 10 (top-level group = 0)"),
		dir.Directive("AuthLDAPGroupAttribute", compat.Iterate, compat.AuthConfig,
			add("Too many AuthLDAPGroupAttribute directives", 11, func(c *config) *[]string { return &c.groupAttributes }),
			"A list of attribute labels used to identify the user members of groups - defaults to member and uniquemember"),
		flag("AuthLDAPGroupAttributeIsDN", func(c *config, on bool) { c.memberIsName = !on },
			"If set to 'on', auth_ldap uses the DN that is retrieved from the server for subsequent group comparisons. If set to "+
				"'off', auth_ldap uses the string provided by the client directly. Defaults to 'on'."),
		dir.Directive("AuthLDAPDereferenceAliases", compat.Take1, compat.AuthConfig, setDeref,
			"Determines how aliases are handled during a search. Can be one of the values \"never\", \"searching\", \"finding\", or "+
				"\"always\". Defaults to always."),
		compat.Row("AuthLDAPCharsetConfig", compat.Take1, compat.Server, setCharsets,
			"Character set conversion configuration file. If omitted, character set conversion is disabled."),
		dir.Text("AuthLDAPAuthorizePrefix", compat.AuthConfig, func(c *config) *string { return &c.prefix },
			"The prefix to add to environment variables set during successful authorization, default 'AUTHORIZE_'"),
		flag("AuthLDAPInitialBindAsUser", func(c *config, on bool) { c.bindAsUser = on },
			"Set to 'on' to perform the initial DN lookup with the basic auth credentials instead of anonymous or hard-coded credentials"),
		dir.Directive("AuthLDAPInitialBindPattern", compat.Take2, compat.AuthConfig, setBindPattern,
			"The regex and substitution to determine a username that can bind based on an HTTP basic auth username"),
		flag("AuthLDAPSearchAsUser", func(c *config, on bool) { c.searchAsUser = on },
			"Set to 'on' to perform authorization-based searches with the users credentials, when this module has also performed "+
				"authentication.  Does not affect nested groups lookup."),
		flag("AuthLDAPCompareAsUser", func(c *config, on bool) { c.compareAsUser = on },
			"Set to 'on' to perform authorization-based compares with the users credentials, when this module has also performed "+
				"authentication.  Does not affect nested groups lookups."),
	},
	Init: initialize,
}

var dir = compat.NewSlot[config]()

// A config is what is said in a section. It takes the place of what is said
// around it as a whole: mod_authnz_ldap does not merge sections.
type config struct {
	url                                     *target
	bindDN, bindPW                          string
	notAuthoritative                        bool
	userIsDN                                bool
	userAttribute                           string
	compareOnServer                         bool
	members, classes, groupAttributes       []string
	depth                                   *int
	memberIsName                            bool // as the client sent it
	deref                                   *int
	prefix                                  string
	bindAsUser, searchAsUser, compareAsUser bool
	bindPattern                             *pattern.Pattern
	bindTemplate                            string
}

// Merge is over.
func (config) Merge(over config) config { return over }

func configOf(r *compat.Request) *config {
	if c := dir.Of(r); c != nil {
		return c
	}
	return &config{}
}

// flag is a row whose value, said or not, is kept by what it changes.
func flag(name string, set func(*config, bool), help string) compat.Directive {
	return dir.Directive(name, compat.Flag, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
		set(conf, c.On())
		return nil
	}, help)
}

func add(tooMany string, most int, list func(*config) *[]string) func(*compat.Cmd, *config) error {
	return func(c *compat.Cmd, conf *config) error {
		l := list(conf)
		if len(*l) >= most {
			return compat.Errorf("%s", tooMany)
		}
		*l = append(*l, c.Arg(0))
		return nil
	}
}

// setDeref reads how aliases are resolved; only "on" and "off" may be in any
// case (mod_auth_ldap_set_deref).
func setDeref(c *compat.Cmd, conf *config) error {
	n, ok := map[string]int{"never": 0, "searching": 1, "finding": 2, "always": 3}[c.Arg(0)]
	switch strings.ToLower(c.Arg(0)) {
	case "off":
		n, ok = 0, true
	case "on":
		n, ok = 3, true
	}
	if !ok {
		return compat.Errorf("Unrecognized value for AuthLDAPDereferenceAliases directive")
	}
	conf.deref = &n
	return nil
}

func setBindPattern(c *compat.Cmd, conf *config) error {
	p, err := pattern.Compile(c.Arg(0), 0)
	if err != nil {
		return compat.Errorf("AuthLDAPInitialBindPattern: cannot compile regular expression '%s'", c.Arg(0))
	}
	conf.bindPattern, conf.bindTemplate = p, c.Arg(1)
	return nil
}

// setBindPassword keeps the password, or what the program behind "exec:" says
// (set_bind_password). The program is run by who may, and its word handed to the
// server process.
func setBindPassword(c *compat.Cmd, conf *config) error {
	conf.bindPW = c.Arg(0)
	command, isExec := strings.CutPrefix(conf.bindPW, "exec:")
	if !isExec || command == "" {
		return nil
	}
	if c.HTAccess {
		return compat.Errorf("AuthLDAPBindPassword exec: is not obeyed in a .htaccess file by Understudy")
	}
	b := c.Build
	name := module + " " + command
	if word, ok := b.Handed[name]; ok && b.Serving {
		conf.bindPW = string(word)
		return nil
	}
	word, err := run(c, command)
	if err != nil {
		return err
	}
	if word == "" {
		return compat.Errorf("Empty passwords are invalid for AuthLDAPBindPassword")
	}
	if b.Handed == nil {
		b.Handed = map[string][]byte{}
	}
	b.Handed[name] = []byte(word)
	conf.bindPW = word
	return nil
}

// run is the first line that a program writes, which has no environment; "" if
// it does not start (ap_get_exec_line).
func run(c *compat.Cmd, command string) (string, error) {
	argv := compat.Argv(command)
	if len(argv) == 0 {
		return "", compat.Errorf("Unable to parse exec arguments from %s", command)
	}
	program := exec.Command(c.Path(argv[0]), argv[1:]...)
	program.Env, program.Dir = []string{}, filepath.Dir(program.Path)
	out, err := program.StdoutPipe()
	if err != nil {
		return "", compat.Errorf("Unable to get bind password from exec of %s", command)
	}
	if program.Start() != nil {
		return "", nil
	}
	defer program.Wait()
	defer out.Close()
	line, _ := bufio.NewReader(io.LimitReader(out, maxFilter)).ReadString('\n')
	if end := strings.IndexAny(line, "\r\n"); end >= 0 {
		line = line[:end]
	}
	return line, nil
}

// initialize wants mod_ldap, and reads what AuthLDAPCharsetConfig names
// (authnz_ldap_post_config).
func initialize(b *compat.Build) error {
	if b.Loaded(directory.Module) == nil {
		b.AtStart(func() error {
			return compat.Refuse("AH01749: Module mod_ldap missing. Mod_ldap (aka. util_ldap) must be loaded in order for " +
				"mod_authnz_ldap to function properly\nAH00016: Configuration Failed")
		})
	}
	return loadCharsets(b)
}

func init() {
	compat.RegisterAuthn(compat.AuthnProvider{Name: "ldap", Module: module, Password: checkPassword})
	auth.Register(
		requirement("ldap-user", checkUser),
		requirement("ldap-group", checkGroup),
		requirement("ldap-dn", checkDN),
		requirement("ldap-attribute", checkAttribute),
		requirement("ldap-filter", checkFilter),
		requirement("ldap-search", checkSearch),
	)
}
