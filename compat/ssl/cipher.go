package ssl

import (
	"cmp"
	"crypto/tls"
	"slices"
	"strings"
)

// A suite is a cipher suite of TLS 1.2 and before that there is here, with the
// words OpenSSL has for what it is made of.
type suite struct {
	id    uint16
	name  string
	bits  int
	words string
}

// suites are in OpenSSL's order.
var suites = []suite{
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "ECDHE-ECDSA-AES256-GCM-SHA384", 256, "kEECDH aECDSA AES AES256 AESGCM SHA384 TLSv1.2"},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "ECDHE-RSA-AES256-GCM-SHA384", 256, "kEECDH aRSA AES AES256 AESGCM SHA384 TLSv1.2"},
	{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305", 256, "kEECDH aECDSA CHACHA20 TLSv1.2"},
	{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-RSA-CHACHA20-POLY1305", 256, "kEECDH aRSA CHACHA20 TLSv1.2"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "ECDHE-ECDSA-AES128-GCM-SHA256", 128, "kEECDH aECDSA AES AES128 AESGCM SHA256 TLSv1.2"},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "ECDHE-RSA-AES128-GCM-SHA256", 128, "kEECDH aRSA AES AES128 AESGCM SHA256 TLSv1.2"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, "ECDHE-ECDSA-AES128-SHA256", 128, "kEECDH aECDSA AES AES128 SHA256 TLSv1.2"},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, "ECDHE-RSA-AES128-SHA256", 128, "kEECDH aRSA AES AES128 SHA256 TLSv1.2"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, "ECDHE-ECDSA-AES256-SHA", 256, "kEECDH aECDSA AES AES256 SHA1 TLSv1.0"},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, "ECDHE-RSA-AES256-SHA", 256, "kEECDH aRSA AES AES256 SHA1 TLSv1.0"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, "ECDHE-ECDSA-AES128-SHA", 128, "kEECDH aECDSA AES AES128 SHA1 TLSv1.0"},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, "ECDHE-RSA-AES128-SHA", 128, "kEECDH aRSA AES AES128 SHA1 TLSv1.0"},
	{tls.TLS_RSA_WITH_AES_256_GCM_SHA384, "AES256-GCM-SHA384", 256, "kRSA aRSA AES AES256 AESGCM SHA384 TLSv1.2"},
	{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, "AES128-GCM-SHA256", 128, "kRSA aRSA AES AES128 AESGCM SHA256 TLSv1.2"},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA256, "AES128-SHA256", 128, "kRSA aRSA AES AES128 SHA256 TLSv1.2"},
	{tls.TLS_RSA_WITH_AES_256_CBC_SHA, "AES256-SHA", 256, "kRSA aRSA AES AES256 SHA1 SSLv3"},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA, "AES128-SHA", 128, "kRSA aRSA AES AES128 SHA1 SSLv3"},
}

// aliases are words that mean the same as others; those that end in "*" are all
// suites there are.
var aliases = map[string]string{
	"ALL": "*", "DEFAULT": "*", "HIGH": "*", "FIPS": "*", "COMPLEMENTOFALL": "", "COMPLEMENTOFDEFAULT": "",
	"ECDHE": "kEECDH", "EECDH": "kEECDH", "kECDHE": "kEECDH", "ECDH": "kEECDH", "kECDH": "kEECDH",
	"RSA": "kRSA", "ECDSA": "aECDSA", "SHA": "SHA1",
}

func (s suite) is(word string) bool {
	if word == s.name {
		return true
	}
	if to, ok := aliases[word]; ok {
		if to == "*" {
			return true
		}
		word = to
	}
	return word != "" && slices.Contains(strings.Fields(s.words), word)
}

// all reports whether s is everything that a word with "+" in it names.
func (s suite) all(word string) bool {
	for part := range strings.SplitSeq(word, "+") {
		if !s.is(part) {
			return false
		}
	}
	return true
}

// A cipherList is what an OpenSSL cipher list permits, in its order.
type cipherList struct {
	suites []suite
	level  int      // of security, SECLEVEL
	absent []string // names of suites that are not there
}

// parseCiphers reads an OpenSSL cipher list (openssl-ciphers(1)).
func parseCiphers(list string) cipherList {
	l := cipherList{level: 2}
	dead := map[uint16]bool{}
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(": ,;", r) }) {
		op := byte(0)
		if strings.IndexByte("!-+", word[0]) >= 0 {
			op, word = word[0], word[1:]
		}
		switch {
		case word == "":
		case word == "@STRENGTH":
			slices.SortStableFunc(l.suites, func(a, b suite) int { return cmp.Compare(b.bits, a.bits) })
		case strings.HasPrefix(word, "@SECLEVEL=") && len(word) == len("@SECLEVEL=")+1:
			l.level = int(word[len(word)-1] - '0')
		default:
			l.apply(op, word, dead)
		}
	}
	return l
}

func (l *cipherList) apply(op byte, word string, dead map[uint16]bool) {
	matches := func(s suite) bool { return s.all(word) }
	switch op {
	case '!', '-':
		l.suites = slices.DeleteFunc(l.suites, matches)
		if op == '!' {
			for _, s := range suites {
				dead[s.id] = dead[s.id] || matches(s)
			}
		}
	case '+':
		moved := slices.DeleteFunc(slices.Clone(l.suites), func(s suite) bool { return !matches(s) })
		l.suites = append(slices.DeleteFunc(l.suites, matches), moved...)
	default:
		found := false
		for _, s := range suites {
			if !matches(s) {
				continue
			}
			found = true
			if !dead[s.id] && !slices.ContainsFunc(l.suites, func(have suite) bool { return have.id == s.id }) {
				l.suites = append(l.suites, s)
			}
		}
		if !found && strings.Count(word, "-") > 1 && !strings.HasPrefix(word, "TLS_") && !slices.Contains(l.absent, word) {
			l.absent = append(l.absent, word)
		}
	}
}

// has reports whether the suite may be used.
func (l *cipherList) has(id uint16) bool {
	return slices.ContainsFunc(l.suites, func(s suite) bool { return s.id == id })
}

// cipherName is OpenSSL's name of a suite, and its bits.
func cipherName(id uint16) (name string, bits int) {
	for _, s := range suites {
		if s.id == id {
			return s.name, s.bits
		}
	}
	switch id {
	case tls.TLS_AES_128_GCM_SHA256:
		return "TLS_AES_128_GCM_SHA256", 128
	case tls.TLS_AES_256_GCM_SHA384:
		return "TLS_AES_256_GCM_SHA384", 256
	case tls.TLS_CHACHA20_POLY1305_SHA256:
		return "TLS_CHACHA20_POLY1305_SHA256", 256
	}
	return tls.CipherSuiteName(id), 0
}
