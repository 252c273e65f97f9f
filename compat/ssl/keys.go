package ssl

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"
)

// keys are what a server seals its records with, and the number of the next.
type keys struct {
	version uint16
	suite   uint16

	clientRandom, serverRandom []byte
	master                     []byte // of TLS 1.2
	traffic                    []byte // of TLS 1.3
	sealed                     bool   // the records are, in TLS 1.2
	flown                      bool   // TLS 1.3: what was sealed before the traffic secret is out
	next                       uint64
}

// Write takes a line as crypto/tls tells secrets: a label, the random of the
// client and the secret (NSS key log format).
func (k *keys) Write(line []byte) (int, error) {
	f := bytes.Fields(line)
	if len(f) != 3 {
		return len(line), nil
	}
	secret, err := hex.DecodeString(string(f[2]))
	if err != nil {
		return len(line), nil
	}
	switch string(f[0]) {
	case "CLIENT_RANDOM":
		k.master = secret
		k.clientRandom, _ = hex.DecodeString(string(f[1]))
	case "SERVER_TRAFFIC_SECRET_0":
		// crypto/tls tells it when the server has finished, and before that goes out.
		k.traffic, k.next = secret, 0
	}
	return len(line), nil
}

// wrote counts a record.
func (k *keys) wrote(kind byte) {
	switch {
	case k.version == tls.VersionTLS13:
		if k.flown {
			k.next++
		}
	case kind == changeCipher:
		k.sealed, k.next = true, 0
	case k.sealed:
		k.next++
	}
}

// hello notes what the server has chosen, as it stands in the first record that
// it writes.
func (k *keys) hello(p []byte) {
	const randomAt = recordHeader + 4 + 2
	if k.serverRandom != nil || len(p) < randomAt+33 || p[0] != recordHandshake || p[recordHeader] != 2 {
		return
	}
	k.serverRandom = bytes.Clone(p[randomAt : randomAt+32])
	at := randomAt + 33 + int(p[randomAt+32])
	if len(p) >= at+2 {
		k.suite = binary.BigEndian.Uint16(p[at:])
	}
}

// seal is an alert in a record of its own; nil where that cannot be done.
func (k *keys) seal(a alert) []byte {
	if k.traffic != nil {
		return k.seal13(a)
	}
	if k.sealed && k.master != nil && k.serverRandom != nil {
		return k.seal12(a)
	}
	return nil
}

// seal13 is RFC 8446, 5.2 and 7.3.
func (k *keys) seal13(a alert) []byte {
	h, size := sha256.New, 16
	switch k.suite {
	case tls.TLS_AES_256_GCM_SHA384:
		h, size = sha512.New384, 32
	case tls.TLS_CHACHA20_POLY1305_SHA256:
		size = 32
	}
	key := expandLabel(h, k.traffic, "key", size)
	iv := expandLabel(h, k.traffic, "iv", 12)
	aead := newAEAD(key, k.suite == tls.TLS_CHACHA20_POLY1305_SHA256)
	if aead == nil {
		return nil
	}
	plain := []byte{fatalAlert, byte(a), recordAlert}
	header := []byte{recordData, 3, 3, 0, byte(len(plain) + aead.Overhead())}
	return aead.Seal(header, k.nonce(iv), plain, header)
}

// nonce is iv with the number of the record in it.
func (k *keys) nonce(iv []byte) []byte {
	nonce := bytes.Clone(iv)
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], k.next)
	for i, b := range number {
		nonce[len(nonce)-8+i] ^= b
	}
	return nonce
}

func expandLabel(h func() hash.Hash, secret []byte, label string, size int) []byte {
	label = "tls13 " + label
	info := append([]byte{0, byte(size), byte(len(label))}, label...)
	out, err := hkdf.Expand(h, secret, string(append(info, 0)), size)
	if err != nil {
		return nil
	}
	return out
}

func newAEAD(key []byte, chacha bool) cipher.AEAD {
	if chacha {
		aead, err := chacha20poly1305.New(key)
		if err != nil {
			return nil
		}
		return aead
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil
	}
	return aead
}

// seal12 is RFC 5246, 6.3, with the AEADs of RFC 5288 and RFC 7905.
func (k *keys) seal12(a alert) []byte {
	var list suite
	for _, s := range suites {
		if s.id == k.suite {
			list = s
		}
	}
	chacha := list.is("CHACHA20")
	if !chacha && !list.is("AESGCM") {
		return nil // Of the suites before, no secret is known in time to be worth it.
	}
	h := sha256.New
	if list.is("SHA384") {
		h = sha512.New384
	}
	size, ivSize := list.bits/8, 4
	if chacha {
		ivSize = 12
	}
	seed := append(bytes.Clone(k.serverRandom), k.clientRandom...)
	block := prf12(h, k.master, "key expansion", seed, 2*size+2*ivSize)
	key, iv := block[size:2*size], block[2*size+ivSize:]
	aead := newAEAD(key, chacha)
	if aead == nil {
		return nil
	}
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], k.next)
	plain := []byte{fatalAlert, byte(a)}
	extra := append(number[:], recordAlert, 3, 3, 0, byte(len(plain)))
	if chacha {
		header := []byte{recordAlert, 3, 3, 0, byte(len(plain) + aead.Overhead())}
		return aead.Seal(header, k.nonce(iv), plain, extra)
	}
	header := append([]byte{recordAlert, 3, 3, 0, byte(8 + len(plain) + aead.Overhead())}, number[:]...)
	return aead.Seal(header, append(bytes.Clone(iv), number[:]...), plain, extra)
}

// prf12 is RFC 5246, 5.
func prf12(h func() hash.Hash, secret []byte, label string, seed []byte, size int) []byte {
	seed = append([]byte(label), seed...)
	mac := hmac.New(h, secret)
	mac.Write(seed)
	a := mac.Sum(nil)
	var out []byte
	for len(out) < size {
		mac.Reset()
		mac.Write(a)
		mac.Write(seed)
		out = mac.Sum(out)
		mac.Reset()
		mac.Write(a)
		a = mac.Sum(nil)
	}
	return out[:size]
}
