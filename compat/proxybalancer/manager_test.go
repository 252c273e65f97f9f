package proxybalancer

import "testing"

func TestForm(t *testing.T) {
	f := form{}
	f.add("b=c&w=http%253a%2f%2fh&nonce=1&w_lf=3&&x", "w", "b", "nonce")
	if f["b"] != "c" || f["w"] != "http://h" || f.has("w_lf") || f.has("x") {
		t.Errorf("got %v", f)
	}
	f.add("b_ss=a%7Cb")
	if f["b_ss"] != "a|b" {
		t.Errorf("got %v", f)
	}
	if got := hundredths("1.5"); got != 150 {
		t.Errorf("got %d", got)
	}
}

func FuzzForm(f *testing.F) {
	f.Add("b=c&w=%2568&=&%zz=1")
	f.Fuzz(func(t *testing.T, s string) { form{}.add(s) })
}
