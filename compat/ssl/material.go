package ssl

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/youmark/pkcs8"

	"understudy/compat"
)

// A shelf has the contents of the files that a configuration names. In the
// supervisor they are read, and put where the server process finds them.
type shelf struct{ build *compat.Build }

// maxMaterial bounds a file.
const maxMaterial = 64 << 20

// file is what a file holds.
func (s shelf) file(path string) ([]byte, error) {
	return s.get("ssl:"+path, func() ([]byte, error) { return readFile(path) })
}

// get is what is on the shelf under a name, put there by read if it may be.
func (s shelf) get(name string, read func() ([]byte, error)) ([]byte, error) {
	if data, ok := s.build.Handed[name]; ok {
		return data, nil
	}
	if s.build.Serving {
		return nil, fmt.Errorf("%s was not handed over", name)
	}
	data, err := read()
	if err != nil {
		return nil, err
	}
	if s.build.Handed == nil {
		s.build.Handed = map[string][]byte{}
	}
	s.build.Handed[name] = data
	return data, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxMaterial+1))
	if len(data) > maxMaterial {
		return nil, fmt.Errorf("%s is too long", path)
	}
	return data, err
}

var hashName = regexp.MustCompile(`^[0-9a-f]{8}\.r?[0-9]+$`)

// dir is what the files of a directory hold whose names OpenSSL would look up,
// or all with every.
func (s shelf) dir(path string, every bool) ([]byte, error) {
	return s.get("ssl dir:"+path, func() ([]byte, error) {
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		var all []byte
		for _, e := range entries {
			if !every && !hashName.MatchString(e.Name()) {
				continue
			}
			if info, err := os.Stat(filepath.Join(path, e.Name())); err != nil || !info.Mode().IsRegular() {
				continue
			}
			data, err := readFile(filepath.Join(path, e.Name()))
			if err != nil {
				return nil, err
			}
			if all = append(append(all, data...), '\n'); len(all) > maxMaterial {
				return nil, fmt.Errorf("%s is too long", path)
			}
		}
		return all, nil
	})
}

// both is what a source holds.
func (s shelf) both(src source, every bool) ([]byte, error) {
	var all []byte
	if src.file != "" {
		data, err := s.file(src.file)
		if err != nil {
			return nil, err
		}
		all = append(slices.Clip(data), '\n')
	}
	if src.dir != "" {
		data, err := s.dir(src.dir, every)
		if err != nil {
			return nil, err
		}
		all = append(all, data...)
	}
	return all, nil
}

// certificates are those in PEM data, or the one it is in DER.
func certificates(data []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for rest := data; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		if b.Type != "CERTIFICATE" && b.Type != "X509 CERTIFICATE" && b.Type != "TRUSTED CERTIFICATE" {
			continue
		}
		c, err := parseCertificate(b.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		c, err := parseCertificate(bytes.TrimSpace(data))
		if err != nil {
			return nil, errors.New("no start line (Expecting: TRUSTED CERTIFICATE)")
		}
		all = append(all, c)
	}
	return all, nil
}

// parsed remembers certificates, which reloads ask for again.
var parsed = struct {
	sync.Mutex // guards certs
	certs      map[[32]byte]*x509.Certificate
}{certs: map[[32]byte]*x509.Certificate{}}

const maxParsed = 16 << 10

func parseCertificate(der []byte) (*x509.Certificate, error) {
	sum := sha256.Sum256(der)
	parsed.Lock()
	c := parsed.certs[sum]
	parsed.Unlock()
	if c != nil {
		return c, nil
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	parsed.Lock()
	defer parsed.Unlock()
	if len(parsed.certs) >= maxParsed {
		clear(parsed.certs)
	}
	parsed.certs[sum] = c
	return c, nil
}

var (
	errNoKey  = errors.New("no private key in it")
	errAsk    = errors.New("a program is to be asked for the pass phrase")
	errPhrase = errors.New("it is encrypted, and there is no SSLPassPhraseDialog exec: to ask for the pass phrase")
)

// key is the private key in a file, which a program may have to decrypt: that is
// told the host and which of its keys it is.
func (s shelf) key(path string, told ...string) (crypto.Signer, error) {
	der, err := s.get("ssl key:"+path, func() ([]byte, error) {
		data, err := readFile(path)
		if err != nil {
			return nil, err
		}
		return s.unlock(data, told)
	})
	if err != nil {
		return nil, err
	}
	return parseKey(der)
}

func parseKey(der []byte) (crypto.Signer, error) {
	if k, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if signer, ok := k.(crypto.Signer); ok {
			return signer, nil
		}
		return nil, fmt.Errorf("keys of kind %T are not supported", k)
	}
	if k, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return k, nil
	}
	k, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return nil, errNoKey
	}
	return k, nil
}

// unlock is the key in data, in DER and not encrypted.
func (s shelf) unlock(data []byte, told []string) ([]byte, error) {
	for rest := data; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		if !strings.HasSuffix(b.Type, "PRIVATE KEY") {
			continue
		}
		//lint:ignore SA1019 such keys are in use
		if b.Type != "ENCRYPTED PRIVATE KEY" && !x509.IsEncryptedPEMBlock(b) {
			return b.Bytes, nil
		}
		return s.decrypt(b, told)
	}
	if _, err := parseKey(data); err != nil {
		return nil, errNoKey
	}
	return data, nil
}

// phrases are the pass phrases that fitted, for keys that are read again.
var phrases = struct {
	sync.Mutex // guards known
	known      [][]byte
}{}

func (s shelf) decrypt(b *pem.Block, told []string) ([]byte, error) {
	phrases.Lock()
	defer phrases.Unlock()
	for _, p := range phrases.known {
		if der, err := decryptBlock(b, p); err == nil {
			return der, nil
		}
	}
	program := global(s.build).dialog
	switch {
	case program == "":
		return nil, errPhrase
	case s.build.Testing:
		return nil, errAsk
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialogTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, told...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	phrase, _, _ := bytes.Cut(out, []byte("\n"))
	phrase = bytes.TrimSuffix(phrase, []byte("\r"))
	der, err := decryptBlock(b, phrase)
	if err == nil {
		phrases.known = append(phrases.known, phrase)
	}
	return der, err
}

// dialogTime is how long the program may take.
const dialogTime = time.Minute

func decryptBlock(b *pem.Block, phrase []byte) ([]byte, error) {
	if b.Type == "ENCRYPTED PRIVATE KEY" {
		k, err := pkcs8.ParsePKCS8PrivateKey(b.Bytes, phrase)
		if err != nil {
			return nil, err
		}
		return x509.MarshalPKCS8PrivateKey(k)
	}
	//lint:ignore SA1019 such keys are in use
	der, err := x509.DecryptPEMBlock(b, phrase)
	if err != nil {
		return nil, err
	}
	if _, err := parseKey(der); err != nil {
		return nil, err
	}
	return der, nil
}
