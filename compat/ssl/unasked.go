package ssl

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"slices"
)

var errNoProtocol = errors.New("the client does not speak http/1.1")

// unasked ends a handshake with a client that names protocols of which there is
// none here. Apache answers http/1.1 then (ssl_callback_alpn_select), which
// clients refuse. crypto/tls does not send what was not asked for, so it is done
// here: a ServerHello that says so is as far as such a handshake comes.
func (s *session) unasked(hello *tls.ClientHelloInfo) error {
	version := s.endpoint.versions.best(hello.SupportedVersions)
	suite := uint16(tls.TLS_AES_128_GCM_SHA256)
	extensions := []byte{0, 16, 0, 11, 0, 9, 8}
	extensions = append(extensions, "http/1.1"...)
	if slices.Contains(hello.SupportedVersions, tls.VersionTLS12) {
		if suite = s.endpoint.suite(hello); suite == 0 {
			return nil // It fails for another reason.
		}
	} else if version == tls.VersionTLS13 {
		extensions = append(extensions, 0, 43, 0, 2, 3, 4)
	}
	var random [32]byte
	rand.Read(random[:])
	body := append([]byte{3, 3}, random[:]...)
	body = append(body, 0) // no session
	body = binary.BigEndian.AppendUint16(body, suite)
	body = append(body, 0) // no compression
	body = binary.BigEndian.AppendUint16(body, uint16(len(extensions)))
	body = append(body, extensions...)
	message := append([]byte{2, 0, 0, byte(len(body))}, body...)
	record := binary.BigEndian.AppendUint16([]byte{recordHandshake, 3, 3}, uint16(len(message)))
	s.Conn.Write(append(record, message...))
	s.ended = true
	var answer [512]byte
	s.Conn.Read(answer[:]) // What the client says of it.
	return errNoProtocol
}

// common reports whether a client that names protocols speaks one of list.
func common(theirs, list []string) bool {
	return len(theirs) == 0 || slices.ContainsFunc(theirs, func(p string) bool { return slices.Contains(list, p) })
}
