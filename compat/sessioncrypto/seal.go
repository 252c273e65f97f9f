package sessioncrypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"math/bits"
	"strings"
	"sync"
)

// What is sealed is, in base64: a check of the rest (SipHash-2-4), the salt of
// the key, the first block, and the blocks (encrypt_string).
const (
	checkSize  = 8
	saltSize   = 16
	iterations = 4096
	desKey     = 25 // stands for the 24 bytes of triple DES among the sizes of keys
)

// seal encrypts text with a passphrase.
func seal(text, phrase string, size int) string {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	block := newBlock(phrase, salt, size)
	n := block.BlockSize()
	first := make([]byte, n)
	rand.Read(first)
	pad := n - len(text)%n
	body := append([]byte(text), make([]byte, pad)...)
	for i := range pad {
		body[len(text)+i] = byte(pad)
	}
	cipher.NewCBCEncrypter(block, first).CryptBlocks(body, body)
	rest := append(append(salt, first...), body...)
	return base64.StdEncoding.EncodeToString(append(check(rest, phrase), rest...))
}

// open is the way back; ok is false where sealed was not made with phrase.
func open(sealed, phrase string, size int) (text string, ok bool) {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(sealed, "="))
	if err != nil || len(b) < checkSize+saltSize {
		return "", false
	}
	rest := b[checkSize:]
	if subtle.ConstantTimeCompare(b[:checkSize], check(rest, phrase)) != 1 {
		return "", false
	}
	block := newBlock(phrase, rest[:saltSize], size)
	n := block.BlockSize()
	rest = rest[saltSize:]
	if len(rest) < 2*n || len(rest)%n != 0 {
		return "", false
	}
	body := rest[n:]
	cipher.NewCBCDecrypter(block, rest[:n]).CryptBlocks(body, body)
	pad := int(body[len(body)-1])
	if pad == 0 || pad > n {
		return "", false
	}
	for _, c := range body[len(body)-pad:] {
		if int(c) != pad {
			return "", false
		}
	}
	text, _, _ = strings.Cut(string(body[:len(body)-pad]), "\x00")
	return text, true
}

// keys remembers what was made of passphrases, which takes long, for sessions
// that are asked for again.
var keys = struct {
	mu sync.Mutex // guards of
	of map[[sha1.Size]byte][]byte
}{of: map[[sha1.Size]byte][]byte{}}

const maxKeys = 4096

func newBlock(phrase string, salt []byte, size int) cipher.Block {
	id := sha1.Sum(append(append([]byte{byte(size)}, salt...), phrase...))
	keys.mu.Lock()
	key := keys.of[id]
	keys.mu.Unlock()
	if key == nil {
		key, _ = pbkdf2.Key(sha1.New, phrase, salt, iterations, size&^1)
		keys.mu.Lock()
		if len(keys.of) >= maxKeys {
			clear(keys.of)
		}
		keys.of[id] = key
		keys.mu.Unlock()
	}
	if size == desKey {
		block, _ := des.NewTripleDESCipher(key)
		return block
	}
	block, _ := aes.NewCipher(key)
	return block
}

// check is what shows that b was made with a passphrase (compute_auth).
func check(b []byte, phrase string) []byte {
	key := md5.Sum([]byte(phrase))
	return binary.LittleEndian.AppendUint64(nil, sipHash(b, binary.LittleEndian.Uint64(key[:]), binary.LittleEndian.Uint64(key[8:])))
}

// sipHash is SipHash-2-4 (Aumasson and Bernstein).
func sipHash(b []byte, k0, k1 uint64) uint64 {
	v := sipState{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}
	last := uint64(len(b)) << 56
	for ; len(b) >= 8; b = b[8:] {
		v.absorb(binary.LittleEndian.Uint64(b))
	}
	for i, c := range b {
		last |= uint64(c) << (8 * i)
	}
	v.absorb(last)
	v[2] ^= 0xff
	for range 4 {
		v.round()
	}
	return v[0] ^ v[1] ^ v[2] ^ v[3]
}

type sipState [4]uint64

func (v *sipState) absorb(m uint64) {
	v[3] ^= m
	v.round()
	v.round()
	v[0] ^= m
}

func (v *sipState) round() {
	v[0] += v[1]
	v[1] = bits.RotateLeft64(v[1], 13) ^ v[0]
	v[0] = bits.RotateLeft64(v[0], 32)
	v[2] += v[3]
	v[3] = bits.RotateLeft64(v[3], 16) ^ v[2]
	v[0] += v[3]
	v[3] = bits.RotateLeft64(v[3], 21) ^ v[0]
	v[2] += v[1]
	v[1] = bits.RotateLeft64(v[1], 17) ^ v[2]
	v[2] = bits.RotateLeft64(v[2], 32)
}
