package password

import "strings"

// cryptDES is for crypt's oldest kind: two characters of salt and eleven of hash.
// Only eight characters of the password count, and seven bits of each. A longer
// hash has eleven more characters for each eight of the password, up to 128, with
// those of the eight before as salt (bigcrypt).
func cryptDES(hash, password string) (string, bool) {
	if len(hash) < 13 || strings.Trim(hash, desAlphabet) != "" {
		return "", false
	}
	salt := hash[:2]
	out := salt
	for part := 0; part == 0 || len(hash) > 13 && part < 128 && part < len(password); part += 8 {
		key := desKey(password[min(part, len(password)):])
		piece := desHash(desSalt(salt, 12), &key, 25)
		out, salt = out+piece, piece[:2]
	}
	return out, true
}

// cryptExtendedDES is for BSDI's: an underscore, four digits that say how often
// DES is done, four of salt, and eleven of hash.
func cryptExtendedDES(hash, password string) (string, bool) {
	f := fields{rest: hash[1:]}
	count := int(f.fixed(4))
	if len(hash) != 20 || strings.Trim(hash[1:], desAlphabet) != "" || count == 0 || count > maxDES {
		return "", false
	}
	key := desKey(password)
	for rest := password; len(rest) > 8; {
		rest = rest[8:]
		next := desKey(rest)
		encipher(&key, schedule(&key), &desE)
		for i := range key {
			key[i] ^= next[i]
		}
	}
	return hash[:9] + desHash(desSalt(hash[5:9], 24), &key, count), true
}

// maxDES bounds how often; it is some seconds.
const maxDES = 1 << 20

const desAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// A block is bits, one a byte, as the standard (FIPS 46-3) numbers them.
type block [64]byte

// desSalt is DES's expansion with those of its first 24 bits swapped with the
// others that the salt says.
func desSalt(salt string, swaps int) [48]byte {
	e := desE
	for at := range swaps {
		if strings.IndexByte(desAlphabet, salt[at/6])>>(at%6)&1 != 0 {
			e[at], e[at+24] = e[at+24], e[at]
		}
	}
	return e
}

// desKey is a password's first eight characters.
func desKey(password string) (key block) {
	for i := 0; i < len(password) && i < 8; i++ {
		for bit := range 7 {
			key[8*i+bit] = password[i] >> (6 - bit) & 1
		}
	}
	return key
}

// desHash is the hash: zeros enciphered so many times with the key, in digits.
func desHash(expansion [48]byte, key *block, times int) string {
	var b block
	keys := schedule(key)
	for range times {
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
func schedule(key *block) *[16][48]byte {
	var keys [16][48]byte
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
	return &keys
}

// encipher is DES on b with the expansion e.
func encipher(b *block, keys *[16][48]byte, e *[48]byte) {
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
