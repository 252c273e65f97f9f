package ssl

import (
	"os"
	"strings"
	"time"

	"understudy/compat"
)

func flag(at func(*server) **bool) func(*compat.Cmd, *server) error {
	return func(c *compat.Cmd, s *server) error {
		on := c.On()
		*at(s) = &on
		return nil
	}
}

func text(at func(*server) *string) func(*compat.Cmd, *server) error {
	return func(c *compat.Cmd, s *server) error {
		*at(s) = c.Arg(0)
		return nil
	}
}

func seconds(at func(*server) **time.Duration) func(*compat.Cmd, *server) error {
	return func(c *compat.Cmd, s *server) error {
		n := compat.Atoi(c.Arg(0))
		if n < 0 {
			return compat.Errorf("%s: invalid argument", c.Name)
		}
		d := time.Duration(n) * time.Second
		*at(s) = &d
		return nil
	}
}

func file(at func(*server) *string) func(*compat.Cmd, *server) error {
	return func(c *compat.Cmd, s *server) (err error) {
		*at(s), err = checkFile(c, c.Arg(0))
		return err
	}
}

func fileList(at func(*server) *[]string) func(*compat.Cmd, *server) error {
	return func(c *compat.Cmd, s *server) error {
		path, err := checkFile(c, c.Arg(0))
		*at(s) = append(*at(s), path)
		return err
	}
}

func dir(at func(*server) *string) func(*compat.Cmd, *server) error {
	return func(c *compat.Cmd, s *server) (err error) {
		*at(s), err = checkDir(c)
		return err
	}
}

// checkFile is the path of a file that must have something in it
// (ssl_cmd_check_file).
func checkFile(c *compat.Cmd, arg string) (string, error) {
	if strings.HasPrefix(arg, "pkcs11:") {
		return "", compat.Errorf("%s: keys in PKCS#11 tokens are not supported by Understudy", c.Name)
	}
	path := c.Path(arg)
	if c.Build.Serving {
		return path, nil
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return path, compat.Errorf("%s: file '%s' does not exist or is empty", c.Name, path)
	}
	return path, nil
}

// checkDir is the path of a directory (ssl_cmd_check_dir).
func checkDir(c *compat.Cmd) (string, error) {
	path := c.Path(c.Arg(0))
	if c.Build.Serving {
		return path, nil
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return path, compat.Errorf("%s: directory '%s' does not exist", c.Name, path)
	}
	return path, nil
}

func setEngine(c *compat.Cmd, s *server) error {
	switch strings.ToLower(c.Arg(0)) {
	case "on":
		s.engine = engineOn
	case "off":
		s.engine = engineOff
	case "optional":
		c.Warnf("ssl", compat.LevelNotice, "AH10510: 'SSLEngine optional' is no longer supported")
		s.engine = engineOff
	default:
		return compat.Errorf("Argument must be On or Off")
	}
	return nil
}

func setProtocol(c *compat.Cmd, s *server) (err error) {
	s.protocol, err = parseProtocols(c)
	return err
}

func cacheTimeout(c *compat.Cmd, s *server) error {
	n := compat.Atoi(c.Arg(0))
	if n < 0 {
		return compat.Errorf("SSLSessionCacheTimeout: Invalid argument")
	}
	d := time.Duration(n) * time.Second
	s.cacheTimeout = &d
	return nil
}

func revocationCheck(c *compat.Cmd, s *server) (err error) {
	s.crlCheck, err = parseCRLCheck(c)
	return err
}

func compression(c *compat.Cmd, _ *server) error {
	if c.On() {
		return compat.Errorf("This version of OpenSSL does not have any compression methods available, cannot enable SSLCompression.")
	}
	return nil
}

// insecureRenegotiation has nothing to tune: there is no renegotiation.
func insecureRenegotiation(*compat.Cmd, *server) error { return nil }

func srp(c *compat.Cmd, _ *server) error {
	return compat.Errorf("%s: TLS-SRP is not supported by Understudy: "+
		"not starting rather than letting in who was to show a password", c.Name)
}

// confCommand is SSLOpenSSLConfCmd: what there is a directive for, or has no
// meaning here.
func confCommand(c *compat.Cmd, s *server) error {
	name, value := c.Arg(0), c.Arg(1)
	switch strings.ToLower(name) {
	case "cipherstring":
		s.ciphers = value
	case "ciphersuites":
		s.ciphers13 = value
	case "protocol", "minprotocol", "maxprotocol", "curves", "groups":
		s.commands = append(s.commands, command{strings.ToLower(name), value})
	case "options", "dhparameters", "ecdhparameters", "signaturealgorithms", "clientsignaturealgorithms", "recordpadding",
		"numtickets", "verifycafile", "chaincafile", "verifycapath", "chaincapath":
		if err := checkCommands(s.commands); err != nil {
			return err
		}
		c.Warnf("ssl", compat.LevelWarn, "SSLOpenSSLConfCmd %s has no meaning for Understudy and is not obeyed", name)
	default:
		return compat.Errorf("'%s': invalid OpenSSL configuration command", name)
	}
	return checkCommands(s.commands)
}

func passPhraseDialog(c *compat.Cmd, _ *server) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	arg := c.Arg(0)
	program, isExec := strings.CutPrefix(arg, "exec:")
	switch {
	case arg == "builtin":
		global(c.Build).dialog = ""
	case isExec && program != "":
		path := c.Path(program)
		if _, err := os.Stat(path); err != nil && !c.Build.Serving {
			return compat.Errorf("SSLPassPhraseDialog: file '%s' does not exist", path)
		}
		global(c.Build).dialog = path
	case len(arg) > 1 && arg[0] == '|':
		return compat.Errorf("SSLPassPhraseDialog: a pipe is not supported by Understudy [hint: exec:]")
	default:
		return compat.Errorf("SSLPassPhraseDialog: Invalid argument")
	}
	return nil
}

// caches are the providers of caches and their modules, in Apache's order.
var caches = []struct{ name, module string }{{"shmcb", "shmcb"}, {"memcache", "memcache"}, {"dbm", "dbm"}, {"dc", "dc"},
	{"default", "shmcb"}, {"redis", "redis"}}

func sessionCache(c *compat.Cmd, _ *server) error {
	if c.Arg(0) == "none" || c.Arg(0) == "nonenotnull" {
		return c.Forbid(compat.GlobalOnly)
	}
	return checkCache(c, "'%s' session cache not supported (known names: %s). Maybe you need to load the "+
		"appropriate socache module (mod_socache_%s?).")
}

func staplingCache(c *compat.Cmd, _ *server) error {
	global(c.Build).staplingCache = true
	return checkCache(c, "'%s' stapling cache not supported (known names: %s) Maybe you need to load the "+
		"appropriate socache module (mod_socache_%s?)")
}

func checkCache(c *compat.Cmd, format string) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	name, _, _ := strings.Cut(c.Arg(0), ":")
	var known []string
	for _, k := range caches {
		if c.Build.Loaded("socache_"+k.module+"_module") != nil {
			if k.name == name {
				return nil
			}
			known = append(known, k.name)
		}
	}
	return compat.Errorf(c.Name+": "+format, name, strings.Join(known, ","), name)
}

func cryptoDevice(c *compat.Cmd, _ *server) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if !strings.EqualFold(c.Arg(0), "builtin") {
		return compat.Errorf("SSLCryptoDevice: Invalid argument; must be one of: 'builtin' (none)")
	}
	return nil
}

func randomSeed(c *compat.Cmd, _ *server) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	when, source := strings.ToLower(c.Arg(0)), strings.ToLower(c.Arg(1))
	if when != "startup" && when != "connect" {
		return compat.Errorf("SSLRandomSeed: invalid context: `%s'", c.Arg(0))
	}
	if source == "builtin" {
		if len(c.Words) > 2 {
			return compat.Errorf("SSLRandomSeed: byte specification not allowed for builtin seed source")
		}
		return nil
	}
	if strings.HasPrefix(source, "egd:") {
		return compat.Errorf("Invalid SSLRandomSeed entropy source `%s': This version of OpenSSL does not support "+
			"the Entropy Gathering Daemon (EGD).", c.Arg(1))
	}
	path := c.Arg(1)
	if strings.HasPrefix(source, "file:") || strings.HasPrefix(source, "exec:") {
		path = path[len("file:"):]
	}
	path = c.Path(path)
	if _, err := os.Stat(path); err != nil && !c.Build.Serving {
		return compat.Errorf("SSLRandomSeed: source path '%s' does not exist", path)
	}
	if compat.Atoi(c.Arg(2)) < 0 {
		return compat.Errorf("SSLRandomSeed: invalid number of bytes specified")
	}
	return nil
}

func fips(c *compat.Cmd, _ *server) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if c.On() {
		return compat.Errorf("SSLFIPS: Understudy is not built for FIPS-140 mode")
	}
	return nil
}

func sniPolicy(c *compat.Cmd, _ *server) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	switch p := strings.ToLower(c.Arg(0)); p {
	case "strict", "secure", "authonly", "insecure":
		global(c.Build).sniPolicy = p
		return nil
	}
	return compat.Errorf("Invalid SSLVhostSNIPolicy argument '%s'", c.Arg(0))
}

// A globals is what is said once for the whole server.
type globals struct {
	dialog        string // the program that knows pass phrases
	sniPolicy     string
	staplingCache bool
}

func global(b *compat.Build) *globals {
	if b.Shared == nil {
		b.Shared = map[string]any{}
	}
	g, ok := b.Shared[identifier].(*globals)
	if !ok {
		g = &globals{sniPolicy: "secure"}
		b.Shared[identifier] = g
	}
	return g
}
