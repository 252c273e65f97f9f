package password

import "strings"

// decode64 reads bytes in crypt(3)'s digits: 24 bits at a time, the lowest first.
// Bits left over must be zero.
func decode64(s string) (out []byte, ok bool) {
	for len(s) > 0 {
		n, value := min(4, len(s)), uint32(0)
		for i := range n {
			c := strings.IndexByte(desAlphabet, s[i])
			if c < 0 {
				return nil, false
			}
			value |= uint32(c) << (6 * i)
		}
		if n == 1 || value>>(n*6/8*8) != 0 {
			return nil, false
		}
		for range n * 6 / 8 {
			out = append(out, byte(value))
			value >>= 8
		}
		s = s[n:]
	}
	return out, true
}

// encode64 is decode64 the other way.
func encode64(b []byte) string {
	var out []byte
	for len(b) > 0 {
		n, value := min(3, len(b)), uint32(0)
		for i := range n {
			value |= uint32(b[i]) << (8 * i)
		}
		for range (n*8 + 5) / 6 {
			out = append(out, desAlphabet[value&63])
			value >>= 6
		}
		b = b[n:]
	}
	return string(out)
}

// fields are numbers in crypt(3)'s digits, one behind the other.
type fields struct {
	rest string
	bad  bool
}

// ok reports whether all were numbers, and something follows.
func (f *fields) ok() bool { return !f.bad && f.rest != "" }

func (f *fields) digit() uint32 {
	if f.rest == "" {
		f.bad = true
		return 0
	}
	c := strings.IndexByte(desAlphabet, f.rest[0])
	f.rest = f.rest[1:]
	f.bad = f.bad || c < 0
	return uint32(max(c, 0))
}

// fixed reads a number of so many digits, the lowest first.
func (f *fields) fixed(digits int) (n uint32) {
	for i := range digits {
		n |= f.digit() << (6 * i)
	}
	return n
}

// number reads one of yescrypt's, which counts from least on: the first digit
// says how many follow, the smaller the number the fewer.
func (f *fields) number(least uint32) uint32 {
	start, end, n, more := uint32(0), uint32(47), least, 0
	c := f.digit()
	for c > end {
		n += (end + 1 - start) << (6 * more)
		start, end = end+1, end+1+(62-end)/2
		more++
	}
	n += (c - start) << (6 * more)
	for more--; more >= 0; more-- {
		n += f.digit() << (6 * more)
	}
	return n
}
