package password

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
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
	for _, hash := range []string{
		"$y$j9T$abc", "$y$j9T", "$y$", "$y$jzzzzzzzzzz$abcdefgh$abc", "$y$jGT$abcdefgh$abc", "$y$.9T$abcdefgh$abc", "$gy$j9T$abc$abc",
		"$7$abc", "$7$", "$7$ZU..../....abcdefgh$abc", "$7$CU....zzzzzabcdefgh$abc", "$7$CU.........abcdefgh$abc",
		"_abc", "_....abcdABCDEFGHIJK", "_zzzzabcdABCDEFGHIJK", "$sha1$4$a", "$sha1$99999999$abcdefgh$abc", "$sha1$x$abcdefgh$abc", "$md5$abc$abc",
		"$5$rounds=x$abc$abc", "$5$rounds=999$abc$abc", "$5$rounds=01000$abc$abc", "$5$rounds=999999999$abc$abc", "$6$rounds=1000$abc", "$6$a$b$c",
		"$2y$31$PA4fNUQTQMcMRTrC7Ej3qOzUFyWSw0EW7Y8ZwKf6u0vpP6HDW4Eki", "$2$05$PA4fNUQTQMcMRTrC7Ej3qOzUFyWSw0EW7Y8ZwKf6u0vpP6HDW4Ekiw",
		"$", "$unknown$x",
	} {
		if ok, err := (Hash{Text: hash}).Matches("secret"); ok || err == nil {
			t.Errorf("%q, which cannot be computed, is not complained of", hash)
		}
	}
}

// TestCrypt compares with what crypt(3) made (testdata/crypt.pl).
func TestCrypt(t *testing.T) {
	text, err := os.ReadFile("testdata/crypt.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		digits, hash, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		bytes, _ := hex.DecodeString(digits)
		password := string(bytes)
		ok, err := Hash{Text: hash}.Matches(password)
		if strings.HasPrefix(hash, "$2x$") && strings.Contains(password, "ä") {
			if ok || err == nil {
				t.Errorf("%s is computed without its mistake", hash)
			}
			continue
		}
		if !ok || err != nil {
			t.Errorf("%s is not of %q: %v", hash, password, err)
		}
		if ok, _ := (Hash{Text: hash}).Matches("y" + password); ok && !strings.HasPrefix(password, "xx") {
			t.Errorf("%s takes one more character in front", hash)
		}
		last := len(hash) - 2 // The very last character has bits that do not count.
		if ok, _ := (Hash{Text: hash[:last] + string(hash[last]^1) + hash[last+1:]}).Matches(password); ok {
			t.Errorf("%s changed is of %q too", hash, password)
		}
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
	text, _ := os.ReadFile("testdata/crypt.txt")
	for line := range strings.Lines(string(text)) {
		_, hash, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		f.Add(hash, "x")
	}
	f.Fuzz(func(t *testing.T, hash, password string) { Hash{Text: hash}.Matches(password) })
}
