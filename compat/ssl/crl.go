package ssl

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"time"

	"understudy/compat"
)

// A crlStore is the lists of revoked certificates.
type crlStore struct {
	extent crlCheck
	lists  map[string][]*crl // by the subject of who made them
}

// A crl is a list, looked up by serial number.
type crl struct {
	issuer     string // its subject
	nextUpdate time.Time
	revoked    map[string]bool
	signedBy   func(*x509.Certificate) error
}

// newCRLStore reads the lists. Nil checks nothing.
func newCRLStore(s shelf, v *verification, h *compat.Host) (*crlStore, error) {
	if v.crlCheck&(crlLeaf|crlChain) == 0 {
		return nil, nil
	}
	store := &crlStore{extent: v.crlCheck, lists: map[string][]*crl{}}
	if v.crl == (source{}) {
		return nil, fatal("AH01899: Host %s: CRL checking has been enabled, but neither SSLCARevocationFile nor "+
			"SSLCARevocationPath is configured", vhostID(h))
	}
	data, err := s.both(v.crl, false)
	if err != nil {
		return nil, fatal("AH01901: Host %s: unable to configure X.509 CRL storage for certificate revocation: %v", vhostID(h), err)
	}
	for {
		var b *pem.Block
		if b, data = pem.Decode(data); b == nil {
			return store, nil
		}
		if b.Type != "X509 CRL" {
			continue
		}
		list, err := parseCRL(b.Bytes)
		if err != nil {
			return nil, fatal("AH01901: Host %s: unable to configure X.509 CRL storage for certificate revocation: %v", vhostID(h), err)
		}
		store.lists[list.issuer] = append(store.lists[list.issuer], list)
	}
}

// parseCRL reads a list of either version (RFC 5280, section 5.1).
func parseCRL(der []byte) (*crl, error) {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		if old := parseOldCRL(der); old != nil {
			return old, nil
		}
		return nil, err
	}
	c := &crl{string(list.RawIssuer), list.NextUpdate, map[string]bool{}, list.CheckSignatureFrom}
	for i := range list.RevokedCertificateEntries {
		c.revoked[string(list.RevokedCertificateEntries[i].SerialNumber.Bytes())] = true
	}
	return c, nil
}

// parseOldCRL reads a list of version 1, which openssl ca makes unless
// crl_extensions are asked for, and which package x509 does not take any more:
// nil if that is none.
func parseOldCRL(der []byte) *crl {
	var list pkix.CertificateList
	var names struct {
		TBS struct {
			Algorithm pkix.AlgorithmIdentifier
			Issuer    asn1.RawValue
		}
	}
	rest, err := asn1.Unmarshal(der, &list)
	if err != nil || len(rest) > 0 || list.TBSCertList.Version != 0 || len(list.TBSCertList.Extensions) > 0 {
		return nil
	}
	if !list.TBSCertList.Signature.Algorithm.Equal(list.SignatureAlgorithm.Algorithm) {
		return nil
	}
	if _, err := asn1.Unmarshal(der, &names); err != nil {
		return nil
	}
	c := &crl{string(names.TBS.Issuer.FullBytes), list.TBSCertList.NextUpdate, map[string]bool{},
		func(by *x509.Certificate) error { return checkOldCRL(&list, by) }}
	for i := range list.TBSCertList.RevokedCertificates {
		c.revoked[string(list.TBSCertList.RevokedCertificates[i].SerialNumber.Bytes())] = true
	}
	return c
}

// checkOldCRL is x509.RevocationList.CheckSignatureFrom for version 1.
func checkOldCRL(list *pkix.CertificateList, by *x509.Certificate) error {
	if by.KeyUsage != 0 && by.KeyUsage&x509.KeyUsageCRLSign == 0 {
		return x509.ConstraintViolationError{}
	}
	return by.CheckCRLSignature(list)
}

// check is OpenSSL's number for what the lists say of a chain.
func (s *crlStore) check(chain []*x509.Certificate, now time.Time) int {
	if s == nil {
		return verifyOK
	}
	for i, c := range chain {
		if i > 0 && s.extent&crlChain == 0 {
			break
		}
		if code := s.one(c, issuer(chain, i), now); code != verifyOK {
			return code
		}
	}
	return verifyOK
}

// issuer is who issued certificate i of a chain.
func issuer(chain []*x509.Certificate, i int) *x509.Certificate {
	if i+1 < len(chain) {
		return chain[i+1]
	}
	return chain[i]
}

func (s *crlStore) one(c, by *x509.Certificate, now time.Time) int {
	found := noCRL
	for _, list := range s.lists[string(c.RawIssuer)] {
		if string(by.RawSubject) != list.issuer || list.signedBy(by) != nil {
			continue
		}
		if list.revoked[string(c.SerialNumber.Bytes())] {
			return revoked
		}
		if !list.nextUpdate.IsZero() && now.After(list.nextUpdate) {
			if found == noCRL {
				found = crlExpired
			}
			continue
		}
		found = verifyOK
	}
	if found == noCRL && s.extent&crlMissingOK != 0 {
		return verifyOK
	}
	return found
}
