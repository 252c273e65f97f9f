package ssl

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// An attribute is a part of a distinguished name.
type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

type attributeSET []attribute

// nameParts are the attributes of a name, by the sets they stand in.
func nameParts(raw []byte) []attributeSET {
	var parts []attributeSET
	if rest, err := asn1.Unmarshal(raw, &parts); err != nil || len(rest) > 0 {
		return nil
	}
	return parts
}

// shortNames are OpenSSL's.
var shortNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "street",
	"2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.13": "description", "2.5.4.15": "businessCategory",
	"2.5.4.17": "postalCode", "2.5.4.41": "name", "2.5.4.42": "GN", "2.5.4.43": "initials", "2.5.4.44": "generationQualifier",
	"2.5.4.46": "dnQualifier", "2.5.4.65": "pseudonym", "2.5.4.97": "organizationIdentifier",
	"0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress",
	"1.2.840.113549.1.9.2": "unstructuredName", "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
	"1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST", "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
}

// text is the value in UTF-8; ok is false where it is no string.
func (a *attribute) text() (string, bool) {
	b := a.Value.Bytes
	if a.Value.Class != asn1.ClassUniversal {
		return "", false
	}
	switch a.Value.Tag {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String, asn1.TagNumericString, 26:
		return string(b), true
	case asn1.TagT61String: // OpenSSL takes it for Latin-1.
		var s strings.Builder
		for _, c := range b {
			s.WriteRune(rune(c))
		}
		return s.String(), true
	case asn1.TagBMPString:
		units := make([]uint16, 0, len(b)/2)
		for i := 0; i+1 < len(b); i += 2 {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		}
		return string(utf16.Decode(units)), true
	case 28: // UniversalString
		var s strings.Builder
		for i := 0; i+3 < len(b); i += 4 {
			r := rune(b[i])<<24 | rune(b[i+1])<<16 | rune(b[i+2])<<8 | rune(b[i+3])
			if !utf8.ValidRune(r) {
				r = utf8.RuneError
			}
			s.WriteRune(r)
		}
		return s.String(), true
	}
	return "", false
}

// nameString is a name as RFC 2253 writes it: the last part first
// (modssl_X509_NAME_to_string).
func nameString(raw []byte) string {
	parts := nameParts(raw)
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		for j := len(parts[i]) - 1; j >= 0; j-- {
			switch {
			case b.Len() == 0:
			case j == len(parts[i])-1:
				b.WriteByte(',')
			default:
				b.WriteByte('+')
			}
			a := &parts[i][j]
			name := shortNames[a.Type.String()]
			value, ok := a.text()
			if name == "" || !ok {
				if name == "" {
					name = a.Type.String()
				}
				b.WriteString(name + "=#" + strings.ToUpper(hex.EncodeToString(a.Value.FullBytes)))
				continue
			}
			b.WriteString(name + "=" + escapeName(value))
		}
	}
	return b.String()
}

// escapeName puts a backslash before what has a meaning in RFC 2253, and writes
// control characters in hex.
func escapeName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case strings.IndexByte(`,+"\<>;`, c) >= 0, c == ' ' && (i == 0 || i == len(s)-1), c == '#' && i == 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == 0x7f:
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'\\', digits[c>>4], digits[c&15]})
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// legacyName is a name as "/C=XX/O=…" (X509_NAME_oneline).
func legacyName(raw []byte) string {
	var b strings.Builder
	for _, set := range nameParts(raw) {
		for i := range set {
			a := &set[i]
			name := shortNames[a.Type.String()]
			if name == "" {
				name = a.Type.String()
			}
			b.WriteString("/" + name + "=")
			for _, c := range a.Value.Bytes {
				if c < ' ' || c > '~' {
					const digits = "0123456789ABCDEF"
					b.Write([]byte{'\\', 'x', digits[c>>4], digits[c&15]})
					continue
				}
				b.WriteByte(c)
			}
		}
	}
	return b.String()
}

// components are the names that variables have for parts of a name
// (ssl_var_lookup_ssl_cert_dn_rec).
var components = map[string]string{
	"C": "2.5.4.6", "ST": "2.5.4.8", "SP": "2.5.4.8", "L": "2.5.4.7", "O": "2.5.4.10", "OU": "2.5.4.11", "CN": "2.5.4.3",
	"T": "2.5.4.12", "I": "2.5.4.43", "G": "2.5.4.42", "S": "2.5.4.4", "D": "2.5.4.13",
	"UID": "0.9.2342.19200300.100.1.1", "Email": "1.2.840.113549.1.9.1", "DC": "0.9.2342.19200300.100.1.25",
}

// namePart is part number n of a name that is called tag;
// the first is 0.
func namePart(raw []byte, tag string, n int) (string, bool) {
	oid, ok := components[tag]
	if !ok {
		return "", false
	}
	for _, set := range nameParts(raw) {
		for i := range set {
			if set[i].Type.String() != oid {
				continue
			}
			if n == 0 {
				return set[i].text()
			}
			n--
		}
	}
	return "", false
}

// serial is the number of a certificate in hex (i2a_ASN1_INTEGER).
func serial(c *x509.Certificate) string {
	if c.SerialNumber.Sign() == 0 {
		return "00"
	}
	s := strings.ToUpper(hex.EncodeToString(c.SerialNumber.Bytes()))
	if c.SerialNumber.Sign() < 0 {
		return "-" + s
	}
	return s
}
