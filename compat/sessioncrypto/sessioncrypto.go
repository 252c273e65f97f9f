// Package sessioncrypto is mod_session_crypto: sessions that nobody but the
// server can read, in the form that APR's OpenSSL driver gives them.
//
// Deviations: the drivers that Debian ships, "openssl" and "nss", are one.
// A program that gives no passphrase keeps the server from starting.
package sessioncrypto

import (
	"cmp"
	"os"
	"os/exec"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/compat/internal/session"
	"understudy/compat/internal/textfile"
)

const (
	module = "session_crypto_module"
	short  = "session_crypto"
	places = compat.Server | compat.AuthConfig
)

// Module is mod_session_crypto.
var Module = compat.Module{
	Name: module,
	File: "mod_session_crypto.c",
	Directives: []compat.Directive{
		slot.Directive("SessionCryptoPassphrase", compat.Iterate, places, func(c *compat.Cmd, conf *config) error {
			return conf.add(c, c.Arg(0))
		}, "The passphrase(s) used to encrypt the session. First will be used for encryption, all phrases will be accepted "+
			"for decryption"),
		slot.Directive("SessionCryptoPassphraseFile", compat.Take1, compat.Server|compat.Access, addFile,
			"File containing passphrase(s) used to encrypt the session, one per line. First will be used for encryption, all "+
				"phrases will be accepted for decryption"),
		slot.Text("SessionCryptoCipher", places, func(c *config) *string { return &c.cipher }, "The underlying crypto cipher to use"),
		compat.Row("SessionCryptoDriver", compat.RawArgs, compat.Server, checkDriver, "The underlying crypto library driver to use"),
	},
}

func init() { session.RegisterCipher(session.Cipher{Module: module, Encode: encode, Decode: decode}) }

var slot = compat.NewSlot[config]()

type config struct {
	passphrases []string
	cipher      string
}

// Merge lays over on top of c.
func (c config) Merge(over config) config {
	if over.passphrases == nil {
		over.passphrases = c.passphrases
	}
	over.cipher = cmp.Or(over.cipher, c.cipher)
	return over
}

// add adds a passphrase, or what the program behind "exec:" says
// (set_crypto_passphrase).
func (c *config) add(cmd *compat.Cmd, phrase string) error {
	if command, ok := strings.CutPrefix(phrase, "exec:"); ok && command != "" {
		argv := compat.Argv(command)
		if len(argv) == 0 {
			return compat.Errorf("Unable to parse exec arguments from %s", command)
		}
		out, _ := exec.Command(cmd.Path(argv[0]), argv[1:]...).Output()
		line, _, _ := strings.Cut(string(out), "\n")
		if line == "" { // Apache goes on with an empty passphrase, which everybody knows.
			pos := cmd.Node.Pos
			cmd.Build.AtStart(func() error {
				return compat.Placed(pos, compat.Errorf("Unable to get bind password from exec of %s", command))
			})
			return nil
		}
		phrase = strings.TrimRight(line, "\r")
	}
	c.passphrases = append(c.passphrases, phrase)
	return nil
}

func addFile(c *compat.Cmd, conf *config) error {
	path := c.Path(c.Arg(0))
	b, err := os.ReadFile(path)
	if err != nil {
		return compat.Errorf("%s: Could not open file %s: %v", c.Name, path, err)
	}
	for _, line := range textfile.Lines(b) {
		for _, word := range apacheconf.Words(line) {
			if word == "" || word[0] == '#' {
				break
			}
			if err := conf.add(c, word); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkDriver(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	name, _ := apacheconf.Word(c.Raw)
	if name != "openssl" && name != "nss" {
		return compat.Errorf("The crypto library '%s' could not be loaded", name)
	}
	return nil
}

// encode encrypts what is kept of a session (session_crypto_encode).
func encode(r *compat.Request, z *session.Session) compat.Status {
	c := slot.Of(r)
	if c == nil || c.passphrases == nil || z.Encoded == nil || *z.Encoded == "" {
		return compat.OK
	}
	size, ok := c.keySize(r)
	if !ok {
		return 500
	}
	text := seal(*z.Encoded, c.passphrases[0], size)
	z.Encoded = &text
	return compat.OK
}

// decode is the way back, by the first passphrase that fits
// (session_crypto_decode).
func decode(r *compat.Request, z *session.Session) compat.Status {
	c := slot.Of(r)
	if c == nil || c.passphrases == nil || z.Encoded == nil || *z.Encoded == "" {
		return compat.OK
	}
	size, ok := c.keySize(r)
	if !ok {
		return 500
	}
	if len(*z.Encoded)*3/4 < checkSize+saltSize {
		r.Logf(short, compat.LevelDebug, nil, "AH10005: too short to decrypt, aborting")
		r.Logf(short, compat.LevelError, nil, "AH01842: decrypt session failed, wrong passphrase?")
		return 500
	}
	for _, phrase := range c.passphrases {
		if text, ok := open(*z.Encoded, phrase, size); ok {
			z.Encoded = &text
			return compat.OK
		}
		r.Logf(short, compat.LevelDebug, nil, "AH10006: auth does not match, skipping")
	}
	r.Logf(short, compat.LevelInfo, nil, "AH01840: decryption failed")
	r.Logf(short, compat.LevelError, nil, "AH01842: decrypt session failed, wrong passphrase?")
	return 500
}

// sizes are the bytes of the key of each cipher; "3des192" is the one that is
// not AES.
var sizes = map[string]int{"aes128": 16, "aes192": 24, "aes256": 32, "3des192": desKey}

func (c *config) keySize(r *compat.Request) (int, bool) {
	size, ok := sizes[cmp.Or(c.cipher, "aes256")]
	if !ok {
		r.Logf(short, compat.LevelError, nil, "AH01824: cipher '%s' not recognised by crypto driver. session encryption not possible, "+
			"options: 3des192, aes128, aes192, aes256", c.cipher)
	}
	return size, ok
}
