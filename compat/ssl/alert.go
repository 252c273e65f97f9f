package ssl

import (
	"crypto/tls"
	"encoding/binary"
)

// An alert is the number of a TLS alert (RFC 8446, 6.2); 0: crypto/tls decides.
//
// crypto/tls says bad_certificate of every certificate that others refuse, and
// cannot end a connection with an alert later. Clients show their users what the
// alert says, so it is put right here, on its way to the socket: in TLS 1.2 a
// handshake's is not encrypted; others are sealed again, by the secrets that
// crypto/tls tells a KeyLogWriter.
type alert uint8

// The alerts that are sent.
const (
	handshakeFailure   alert = 40
	badCertificate     alert = 42
	unsupportedCert    alert = 43
	certificateRevoked alert = 44
	certificateExpired alert = 45
	unknownCA          alert = 48
	certificateMissing alert = 116
)

// alert is what OpenSSL makes of a verdict (ssl_x509err2alert).
func (d *verdict) alert() alert {
	switch d.code {
	case notYetValid:
		return badCertificate
	case hasExpired, crlExpired:
		return certificateExpired
	case revoked:
		return certificateRevoked
	case invalidPurpose:
		return unsupportedCert
	case applicationError:
		return handshakeFailure
	}
	return unknownCA
}

// missing is the alert where there is no certificate.
func (s *session) missing() alert {
	if s.keys != nil && s.keys.version == tls.VersionTLS13 {
		return certificateMissing
	}
	return handshakeFailure
}

// Types of records, and what a record of an alert looks like.
const (
	recordAlert     = 21
	recordHandshake = 22
	recordData      = 23
	recordHeader    = 5
	changeCipher    = 20
	fatalAlert      = 2
)

// Write is the socket's. It counts the records that are sealed, and puts the
// alert right.
func (s *session) Write(p []byte) (int, error) {
	whole := len(p)
	switch {
	case s.ended:
		return whole, nil
	case s.keys == nil:
		return s.Conn.Write(p)
	}
	if !s.open {
		s.keys.hello(p)
	}
	if s.alert != 0 && !s.open {
		p = s.corrected(p)
	}
	s.count(p)
	_, err := s.Conn.Write(p)
	if err != nil {
		return 0, err
	}
	return whole, nil
}

// corrected is p with our alert instead of the one that it is.
func (s *session) corrected(p []byte) []byte {
	n := len(p)
	switch {
	case n == recordHeader+2 && p[0] == recordAlert && p[recordHeader] == fatalAlert:
		return append(p[:n-1:n-1], byte(s.alert))
	case n > recordHeader && (p[0] == recordData && s.keys.version == tls.VersionTLS13 || p[0] == recordAlert) && n < 64:
		if sealed := s.keys.seal(s.alert); sealed != nil {
			return sealed
		}
	}
	return p
}

// count follows the numbers of the records that go out, whole ones as
// crypto/tls writes them.
func (s *session) count(p []byte) {
	for len(p) >= recordHeader {
		n := recordHeader + int(binary.BigEndian.Uint16(p[3:]))
		s.keys.wrote(p[0])
		if n > len(p) {
			break
		}
		p = p[n:]
	}
	s.keys.flown = s.keys.traffic != nil
}

// sendAlert ends the connection with the alert of s. It reports whether it could
// be sent.
func (s *session) sendAlert() bool {
	if s.keys == nil {
		return false
	}
	record := s.keys.seal(s.alert)
	if record == nil {
		return false
	}
	_, err := s.Conn.Write(record)
	if half, ok := s.Conn.(interface{ CloseWrite() error }); ok && err == nil {
		half.CloseWrite()
	}
	s.ended = true
	return err == nil
}
