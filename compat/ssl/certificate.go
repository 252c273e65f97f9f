package ssl

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"strings"

	"understudy/compat"
)

// encoded is a certificate in PEM, or in base 64 alone.
func encoded(c *x509.Certificate, asPEM bool) string {
	if asPEM {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return base64.StdEncoding.EncodeToString(c.Raw)
}

var signatureNames = map[x509.SignatureAlgorithm]string{
	x509.MD5WithRSA: "md5WithRSAEncryption", x509.SHA1WithRSA: "sha1WithRSAEncryption", x509.SHA256WithRSA: "sha256WithRSAEncryption",
	x509.SHA384WithRSA: "sha384WithRSAEncryption", x509.SHA512WithRSA: "sha512WithRSAEncryption",
	x509.SHA256WithRSAPSS: "rsassaPss", x509.SHA384WithRSAPSS: "rsassaPss", x509.SHA512WithRSAPSS: "rsassaPss",
	x509.ECDSAWithSHA1: "ecdsa-with-SHA1", x509.ECDSAWithSHA256: "ecdsa-with-SHA256", x509.ECDSAWithSHA384: "ecdsa-with-SHA384",
	x509.ECDSAWithSHA512: "ecdsa-with-SHA512", x509.PureEd25519: "ED25519",
}

// signatureName and keyName are OpenSSL's long names of algorithms.
func signatureName(c *x509.Certificate) string {
	if n := signatureNames[c.SignatureAlgorithm]; n != "" {
		return n
	}
	return "UNKNOWN"
}

func keyName(c *x509.Certificate) string {
	switch c.PublicKey.(type) {
	case *rsa.PublicKey:
		return "rsaEncryption"
	case *ecdsa.PublicKey:
		return "id-ecPublicKey"
	case ed25519.PublicKey:
		return "ED25519"
	}
	return "UNKNOWN"
}

var (
	oidAlternative = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidUPN         = "1.3.6.1.4.1.311.20.2.3"
	oidDNSSRV      = "1.3.6.1.5.5.7.8.7"
)

// alternatives are the alternative names of a certificate, by the words that
// variables have for their kinds.
func alternatives(c *x509.Certificate) map[string][]string {
	all := map[string][]string{"Email": c.EmailAddresses, "DNS": c.DNSNames}
	for _, e := range c.Extensions {
		if !e.Id.Equal(oidAlternative) {
			continue
		}
		var list []asn1.RawValue
		if _, err := asn1.Unmarshal(e.Value, &list); err != nil {
			return all
		}
		for _, name := range list {
			if name.Class == asn1.ClassContextSpecific && name.Tag == 0 {
				addOther(all, name.Bytes)
			}
		}
	}
	return all
}

// addOther adds a name of a kind that the certificate names itself.
func addOther(all map[string][]string, der []byte) {
	var oid asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(der, &oid)
	if err != nil {
		return
	}
	var outer, value asn1.RawValue
	if _, err = asn1.Unmarshal(rest, &outer); err != nil {
		return
	}
	if _, err = asn1.Unmarshal(outer.Bytes, &value); err != nil {
		return
	}
	switch oid.String() {
	case oidUPN:
		if value.Tag == asn1.TagUTF8String {
			all["OTHER_msUPN"] = append(all["OTHER_msUPN"], string(value.Bytes))
		}
	case oidDNSSRV:
		if value.Tag == asn1.TagIA5String && strings.HasPrefix(string(value.Bytes), "_") {
			all["OTHER_dnsSRV"] = append(all["OTHER_dnsSRV"], string(value.Bytes))
		}
	}
}

// extensionNames are OpenSSL's names of extensions that are strings.
var extensionNames = map[string]string{"nscomment": "2.16.840.1.113730.1.13", "netscape comment": "2.16.840.1.113730.1.13",
	"nsbaseurl": "2.16.840.1.113730.1.2", "nscarevocationurl": "2.16.840.1.113730.1.4"}

// extensions are the values of the extensions of one kind that the client's
// certificate has (ssl_ext_list). Those that are no strings are left out.
func extensions(r *compat.Request, kind string) []string {
	s := sessionOf(r)
	if s == nil || s.client() == nil {
		return nil
	}
	if oid, ok := extensionNames[strings.ToLower(kind)]; ok {
		kind = oid
	}
	var values []string
	for _, e := range s.client().Extensions {
		if e.Id.String() != kind {
			continue
		}
		a := attribute{}
		if _, err := asn1.Unmarshal(e.Value, &a.Value); err != nil {
			continue
		}
		if text, ok := a.text(); ok {
			values = append(values, text)
		}
	}
	return values
}
