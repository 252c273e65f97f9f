package authnfile

import "testing"

func TestParse(t *testing.T) {
	u := parse([]string{"# comment", "", "a:1", "a:2", "b:realm:hash", "b:other:hash2", ":empty", "nocolon"})
	if u.basic["a"] != "1" || u.basic["b"] != "realm" || u.basic[""] != "empty" {
		t.Errorf("got %v", u.basic)
	}
	if u.digest[[2]string{"b", "other"}] != "hash2" || len(u.digest) != 2 {
		t.Errorf("got %v", u.digest)
	}
	if hash, known := u.basic["nocolon"]; !known || hash != "" {
		t.Errorf("a line without a colon: %q, %v", hash, known)
	}
}
