package password

import (
	"fmt"
	"testing"

	"understudy/apacheconf"
)

// Hashes of "secret", as htpasswd and openssl make them.
var hashes = map[string]string{
	"des":     "abNANd1rDfiNc",
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
			if ok, err := (Hash{Text: hash}).Matches(password); ok != (password == "secret") || err != nil {
				t.Errorf("%s: %q: %v, %v", kind, password, ok, err)
			}
		}
	}
	for _, hash := range []string{"secret", "", "$2y$05$short", "{SHA}", "$apr1$"} {
		if ok, _ := (Hash{Text: hash}).Matches("secret"); ok {
			t.Errorf("%q takes a password", hash)
		}
	}
	for _, hash := range []string{"$y$j9T$abc", "$7$abc", "_abc"} {
		if _, err := (Hash{Text: hash}).Matches("secret"); err == nil {
			t.Errorf("%q, which cannot be computed, is not complained of", hash)
		}
	}
}

func TestDES(t *testing.T) { // As crypt(3) has them.
	for password, hash := range map[string]string{"longer than eight": "zZb64kacvY9KA", "": "./Una9Fi.seRo", "päss": "9xFN0mZtW1GqY"} {
		if !matchesDES(hash, password) {
			t.Errorf("%q is not %s but %s", password, hash, hash[:2]+desHash(hash[:2], password))
		}
		if matchesDES(hash, "x"+password) || matchesDES(hash+"x", password) || matchesDES(hash[:12]+"!", password) {
			t.Errorf("%s takes another", hash)
		}
	}
	if !matchesDES("zZb64kacvY9KA", "longer t") {
		t.Error("more than eight characters count")
	}
}

func TestMemory(t *testing.T) {
	defer Configure(nil)
	h := Hash{Text: hashes["bcrypt"], User: "u", State: 1}
	ask := func(password string) {
		if ok, err := h.Matches(password); ok != (password == "secret") || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	for _, password := range []string{"secret", "wrong"} {
		ask(password)
		if _, known := remembered.get(remembered.key(h, password)); !known {
			t.Errorf("what the hash said of %q is not remembered", password)
		}
	}
	for _, other := range []Hash{{h.Text, "v", 1}, {h.Text, "u", 2}, {h.Text + " ", "u", 1}} {
		if _, known := remembered.get(remembered.key(other, "secret")); known {
			t.Errorf("%v is taken for another", other)
		}
	}
	for i := range 3 * maxHalf {
		remembered.put(remembered.key(h, fmt.Sprint(i)), false)
		if i%maxHalf == 0 {
			remembered.get(remembered.key(h, "secret"))
		}
	}
	if n := len(remembered.young) + len(remembered.old); n > 2*maxHalf {
		t.Errorf("%d answers are remembered", n)
	}
	if _, known := remembered.get(remembered.key(h, "secret")); !known {
		t.Error("what is asked for often is forgotten")
	}
	Configure([]apacheconf.Define{{Name: Setting, Value: "0"}})
	ask("secret")
	if n := len(remembered.young) + len(remembered.old); n != 0 {
		t.Errorf("%d answers are remembered, where none should be", n)
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
		Hash{Text: hash}.Matches(password)
	})
}
