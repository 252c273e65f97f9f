package authnfile

import "testing"

// Hashes of "secret", as htpasswd and openssl make them.
var hashes = map[string]string{
	"bcrypt":  "$2y$05$PA4fNUQTQMcMRTrC7Ej3qOzUFyWSw0EW7Y8ZwKf6u0vpP6HDW4Eki",
	"apr1":    "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/",
	"md5":     "$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1",
	"sha1":    "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
	"sha-256": "$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.",
	"sha-512": "$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG.",
}

func TestVerify(t *testing.T) {
	for kind, hash := range hashes {
		for _, password := range []string{"secret", "secret", "Secret", "", "secret "} { // The second is remembered.
			if ok, err := verify(hash, password); ok != (password == "secret") || err != nil {
				t.Errorf("%s: %q: %v, %v", kind, password, ok, err)
			}
		}
	}
	for _, hash := range []string{"secret", "", "$2y$05$short", "{SHA}", "$apr1$"} {
		if ok, _ := verify(hash, "secret"); ok {
			t.Errorf("%q takes a password", hash)
		}
	}
	if _, err := verify("rqXexS6ZhobKA", "secret"); err == nil {
		t.Error("a hash that cannot be computed is not complained of")
	}
}

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

func FuzzVerify(f *testing.F) {
	for _, hash := range hashes {
		f.Add(hash, "x")
	}
	f.Fuzz(func(t *testing.T, hash, password string) {
		if len(hash) > 6 && hash[0] == '$' && hash[1] == '2' || len(hash) > 12 && (hash[1] == '5' || hash[1] == '6') {
			return // The cost is the file's choice.
		}
		verify(hash, password)
	})
}
