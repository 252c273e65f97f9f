package sessioncrypto

import (
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	// By httpd 2.4.71 with OpenSSL: SessionCryptoPassphrase alpha.
	const apache = "Jeg034wpCYp9JMt1EwFBqYD27R8UunAg5+x5imKQGFFr805i/yqc8mFDMNvsIHTgOAe4AT/n73WNVx0HNCow8d1GAoqlu/b6"
	if text, ok := open(apache, "alpha", 32); !ok || text != "x-user=amy&x-pw=secret" {
		t.Errorf("got %q, %v", text, ok)
	}
	for _, bad := range []string{"", "zz", apache[:60], apache[:len(apache)-8], "K" + apache[1:], apache[:50] + "A" + apache[51:], apache + "AAAA"} {
		if text, ok := open(bad, "alpha", 32); ok {
			t.Errorf("%q opens as %q", bad, text)
		}
	}
	if _, ok := open(apache, "beta", 32); ok {
		t.Error("another passphrase opens it")
	}
}

func TestSeal(t *testing.T) {
	for cipher, size := range sizes {
		for _, text := range []string{"a", strings.Repeat("b", 16), strings.Repeat("c", 1000)} {
			sealed := seal(text, "alpha", size)
			if got, ok := open(sealed, "alpha", size); !ok || got != text {
				t.Errorf("%s: %q becomes %q, %v", cipher, text, got, ok)
			}
			if seal(text, "alpha", size) == sealed {
				t.Errorf("%s: the same twice", cipher)
			}
		}
	}
}

func TestSipHash(t *testing.T) { // The vector of the paper.
	b := make([]byte, 15)
	for i := range b {
		b[i] = byte(i)
	}
	if got := sipHash(b, 0x0706050403020100, 0x0f0e0d0c0b0a0908); got != 0xa129ca6149be45e5 {
		t.Errorf("got %x", got)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(seal("a=b", "p", 16))
	f.Fuzz(func(t *testing.T, s string) { open(s, "p", 16) })
}
