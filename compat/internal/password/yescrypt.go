package password

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// yescrypt is what crypt(3) makes of a password for settings that begin with
// $y$: scrypt with a memory that is written to as long as it is read, and with
// boxes that are filled from the password (https://www.openwall.com/yescrypt/).
// Of its flavours there is the one that every system makes ("j"); read-only
// memories and upgraded hashes are not known to crypt(3).
type yescrypt struct {
	n    int // Blocks of memory, a power of two.
	r    int // 128 bytes each of this many.
	p    int // Parts of the memory.
	t    int // More time, with no more memory.
	salt []byte
}

// boxLanes are the lanes of one of the three boxes.
const boxLanes = 512

// prehash is from which size on the password is hashed with a 64th of the
// memory first.
const prehash = 0x20000

// parseYescrypt reads what stands between $y$ and the hash.
func parseYescrypt(setting string) (y yescrypt, ok bool) {
	f := fields{rest: setting}
	flavour, log, r := f.number(0), f.number(1), f.number(1)
	y = yescrypt{r: int(r), p: 1}
	if f.ok() && f.rest[0] != '$' {
		have := f.number(1)
		if have&1 != 0 {
			y.p = int(f.number(2))
		}
		if have&2 != 0 {
			y.t = int(f.number(1))
		}
		f.bad = f.bad || have > 3
	}
	if !f.ok() || f.rest[0] != '$' || flavour != 47 || log > 24 || r > 1<<16 || y.p > 1<<10 || y.t > 64 {
		return y, false
	}
	y.n = 1 << log
	y.salt, ok = decode64(f.rest[1:])
	return y, ok && len(y.salt) <= 64 && y.n/y.p > 1 && fits(y.n, y.r, y.t+1)
}

func (y yescrypt) hash(password string) []byte {
	key := []byte(password)
	if y.n/y.p >= 0x100 && y.n/y.p*y.r >= prehash {
		first := y
		first.n, first.t = y.n>>6, 0
		key = first.derive(key, "yescrypt-prehash")
	}
	stored := sha256.Sum256(mac(y.derive(key, "yescrypt"), []byte("Client Key")))
	return stored[:]
}

// derive is the derivation of a key without its last step; label is hashed with
// the password.
func (y yescrypt) derive(password []byte, label string) []byte {
	size := 128 * y.r
	b := stretch(mac([]byte(label), password), y.salt, y.p*size)
	key := append([]byte(nil), b[:32]...)
	chunk := y.n / y.p
	all, written := y.loops(chunk)
	chunk &^= 1
	v := make([]uint64, y.n*size/8)
	boxes := make([]boxes, y.p)
	for i := range y.p {
		part, mem := b[i*size:][:size], v[i*chunk*size/8:]
		boxes[i].fill(part)
		if i == 0 {
			key = mac(part[size-64:], key)
		}
		n := chunk
		if i == y.p-1 {
			n = y.n - i*chunk
		}
		m := mixer{v: mem, x: load(part), mix: boxes[i].mix}
		m.write(n, true)
		m.read(1<<(bits.Len(uint(n))-1), written, true)
		store(part, m.x)
	}
	for i := range y.p {
		part := b[i*size:][:size]
		m := mixer{v: v, x: load(part), mix: boxes[i].mix}
		m.read(y.n, all-written, false)
		store(part, m.x)
	}
	return stretch(key, b, 32)
}

// loops says how often the memory is read, in all and of this while it is also
// written to.
func (y yescrypt) loops(chunk int) (all, written int) {
	switch y.t {
	case 0:
		all = (chunk + 2) / 3
	case 1:
		all = (2*chunk + 2) / 3
	default:
		all = chunk * (y.t - 1)
	}
	written = all / y.p
	return all + all&1, written + written&1
}

// A mixer goes through the memory v with the block x.
type mixer struct {
	v, x []uint64
	mix  func(x []uint64)
}

// write fills the first n blocks; with wander, each depends on one before.
func (m mixer) write(n int, wander bool) {
	s := len(m.x)
	for i := range n {
		copy(m.v[i*s:], m.x)
		if wander && i > 1 {
			low := 1 << (bits.Len(uint(i)) - 1)
			xor(m.x, m.v[(m.at()&(low-1)+i-low)*s:])
		}
		m.mix(m.x)
	}
}

// read looks up a block of the first n, loops times; with write, x is put there.
func (m mixer) read(n, loops int, write bool) {
	s := len(m.x)
	for range loops {
		block := m.v[m.at()&(n-1)*s:][:s]
		xor(m.x, block)
		if write {
			copy(block, m.x)
		}
		m.mix(m.x)
	}
}

// at is the number that the block's last 64 bytes begin with.
func (m mixer) at() int { return int(uint32(m.x[len(m.x)-8])) }

// boxes are the three boxes of pwxform, and where it writes next.
type boxes struct {
	s0, s1, s2 []uint64
	w          int
}

// fill makes them of a block's first 128 bytes, which change.
func (b *boxes) fill(block []byte) {
	s := make([]uint64, 3*boxLanes)
	m := mixer{v: s, x: load(block[:128]), mix: mixSalsa}
	m.write(len(s)/16, false)
	store(block[:128], m.x)
	b.s2, b.s1, b.s0 = s[:boxLanes], s[boxLanes:2*boxLanes], s[2*boxLanes:]
}

// mix is BlockMix with pwxform.
func (b *boxes) mix(x []uint64) {
	previous := [8]uint64(x[len(x)-8:])
	for i := 0; i < len(x); i += 8 {
		block := x[i:][:8]
		xor(previous[:], block)
		b.transform(&previous)
		copy(block, previous[:])
	}
	salsa((*[8]uint64)(x[len(x)-8:]), 2)
}

// transform is pwxform: multiplications, and additions from the boxes.
func (b *boxes) transform(x *[8]uint64) {
	s0, s1, s2, w := b.s0[:boxLanes], b.s1[:boxLanes], b.s2[:boxLanes], b.w
	for round := range 6 {
		for j := 0; j < 8; j += 2 {
			p0, p1 := x[j]&0xff0>>3, x[j]>>32&0xff0>>3
			for k := range 2 {
				v := x[j+k]
				v = (v>>32*(v&0xffffffff) + s0[int(p0)+k]) ^ s1[int(p1)+k]
				x[j+k] = v
				if round != 0 && round != 5 {
					s2[w] = v
					w++
				}
			}
		}
	}
	b.s0, b.s1, b.s2, b.w = s2, s0, s1, w%boxLanes
}

// mixSalsa is BlockMix with Salsa20/8 for a block of 128 bytes, which needs no
// shuffling.
func mixSalsa(x []uint64) {
	xor(x[:8], x[8:])
	salsa((*[8]uint64)(x), 8)
	xor(x[8:], x[:8])
	salsa((*[8]uint64)(x[8:]), 8)
}

// salsa is the core of Salsa20 with so many rounds, for words that are kept in
// the order of load.
func salsa(b *[8]uint64, rounds int) {
	var x [16]uint32
	for i, v := range b {
		x[10*i%16], x[(10*i+5)%16] = uint32(v), uint32(v>>32)
	}
	for range rounds / 2 {
		for i := range 4 { // Columns, each from the diagonal on.
			quarter(&x[5*i], &x[(5*i+4)%16], &x[(5*i+8)%16], &x[(5*i+12)%16])
		}
		for i := range 4 { // Rows.
			row := x[4*i:][:4]
			quarter(&row[i], &row[(i+1)%4], &row[(i+2)%4], &row[(i+3)%4])
		}
	}
	for i, v := range b {
		b[i] = uint64(uint32(v)+x[10*i%16]) | uint64(uint32(v>>32)+x[(10*i+5)%16])<<32
	}
}

func quarter(a, b, c, d *uint32) {
	*b ^= bits.RotateLeft32(*a+*d, 7)
	*c ^= bits.RotateLeft32(*b+*a, 9)
	*d ^= bits.RotateLeft32(*c+*b, 13)
	*a ^= bits.RotateLeft32(*d+*c, 18)
}

// load takes a block's words in the order that yescrypt keeps them in: every
// fifth of 16, two to a lane.
func load(block []byte) []uint64 {
	x := make([]uint64, len(block)/8)
	for i := range x {
		words, at := block[i/8*64:], i%8*10
		x[i] = uint64(binary.LittleEndian.Uint32(words[at%16*4:])) | uint64(binary.LittleEndian.Uint32(words[(at+5)%16*4:]))<<32
	}
	return x
}

// store is load the other way.
func store(block []byte, x []uint64) {
	for i, v := range x {
		words, at := block[i/8*64:], i%8*10
		binary.LittleEndian.PutUint32(words[at%16*4:], uint32(v))
		binary.LittleEndian.PutUint32(words[(at+5)%16*4:], uint32(v>>32))
	}
}

func xor(to, from []uint64) {
	from = from[:len(to)]
	for i := range to {
		to[i] ^= from[i]
	}
}

func mac(key, text []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(text)
	return m.Sum(nil)
}

func stretch(key, salt []byte, size int) []byte {
	out, err := pbkdf2.Key(sha256.New, string(key), salt, 1, size)
	if err != nil {
		panic(err) // Only of sizes that are not ours.
	}
	return out
}
