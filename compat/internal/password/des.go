package password

import (
	"crypto/subtle"
	"strings"
)

// matchesDES compares a password with a hash of crypt's oldest kind: two
// characters of salt and eleven of hash. Only eight characters of the password
// count, and seven bits of each.
func matchesDES(hash, password string) bool {
	if len(hash) != 13 || strings.Trim(hash, desAlphabet) != "" {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(hash), []byte(hash[:2]+desHash(hash[:2], password))) == 1
}

const desAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// A block is bits, one a byte, as the standard (FIPS 46-3) numbers them.
type block [64]byte

// desHash is the hash behind the salt: zeros enciphered 25 times with the
// password as the key, by DES with bits of its expansion swapped by the salt.
func desHash(salt, password string) string {
	var key, b block
	for i := 0; i < len(password) && i < 8; i++ {
		for bit := range 7 {
			key[8*i+bit] = password[i] >> (6 - bit) & 1
		}
	}
	keys := schedule(&key)
	expansion := desE
	for i := range 2 {
		c := strings.IndexByte(desAlphabet, salt[i])
		for bit := range 6 {
			if c>>bit&1 != 0 {
				at := 6*i + bit
				expansion[at], expansion[at+24] = expansion[at+24], expansion[at]
			}
		}
	}
	for range 25 {
		encipher(&b, keys, &expansion)
	}
	var out [11]byte
	for i := range out {
		n := 0
		for bit := range 6 {
			n <<= 1
			if at := 6*i + bit; at < 64 {
				n |= int(b[at])
			}
		}
		out[i] = desAlphabet[n]
	}
	return string(out[:])
}

// schedule makes the sixteen keys of the rounds.
func schedule(key *block) (keys [16][48]byte) {
	var cd [56]byte
	for i, from := range desPC1 {
		cd[i] = key[from-1]
	}
	for round, shifts := range desShifts {
		for range shifts {
			c, d := cd[0], cd[28]
			copy(cd[:27], cd[1:28])
			copy(cd[28:55], cd[29:])
			cd[27], cd[55] = c, d
		}
		for i, from := range desPC2 {
			keys[round][i] = cd[from-1]
		}
	}
	return keys
}

// encipher is DES on b with the expansion e.
func encipher(b *block, keys [16][48]byte, e *[48]byte) {
	var lr block
	for i, from := range desIP {
		lr[i] = b[from-1]
	}
	for round := range keys {
		var next block
		copy(next[:32], lr[32:])
		f := mix(lr[32:], &keys[round], e)
		for i := range f {
			next[32+i] = lr[i] ^ f[i]
		}
		lr = next
	}
	// The halves are swapped once more, and put back by the inverse of desIP.
	for i, from := range desIP {
		b[from-1] = lr[(i+32)%64]
	}
}

// mix is the function of a round: f(R, K).
func mix(r []byte, key *[48]byte, e *[48]byte) (out [32]byte) {
	var s [32]byte
	for box := range 8 {
		n := 0
		for bit := range 6 {
			at := 6*box + bit
			n = n<<1 | int(r[e[at]-1]^key[at])
		}
		row, column := n>>4&2|n&1, n>>1&15
		v := desS[box][16*row+column]
		for bit := range 4 {
			s[4*box+bit] = v >> (3 - bit) & 1
		}
	}
	for i, from := range desP {
		out[i] = s[from-1]
	}
	return out
}
