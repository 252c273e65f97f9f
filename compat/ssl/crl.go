package ssl

import (
	"bytes"
	"crypto/x509"
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
	*x509.RevocationList
	revoked map[string]bool
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
		list, err := x509.ParseRevocationList(b.Bytes)
		if err != nil {
			return nil, fatal("AH01901: Host %s: unable to configure X.509 CRL storage for certificate revocation: %v", vhostID(h), err)
		}
		store.add(list)
	}
}

func (s *crlStore) add(list *x509.RevocationList) {
	c := &crl{list, map[string]bool{}}
	for i := range list.RevokedCertificateEntries {
		c.revoked[string(list.RevokedCertificateEntries[i].SerialNumber.Bytes())] = true
	}
	s.lists[string(list.RawIssuer)] = append(s.lists[string(list.RawIssuer)], c)
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
		if !bytes.Equal(by.RawSubject, list.RawIssuer) || list.CheckSignatureFrom(by) != nil {
			continue
		}
		if list.revoked[string(c.SerialNumber.Bytes())] {
			return revoked
		}
		if !list.NextUpdate.IsZero() && now.After(list.NextUpdate) {
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
