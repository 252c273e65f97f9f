package remoteip

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

// Sizes of PROXY headers (proxy_v1, proxy_v2).
const (
	minFirst = 15
	maxV1    = 108
	headV2   = 16
	maxV2    = headV2 + 216
)

// signature begins a PROXY header of version 2.
const signature = "\r\n\r\n\x00\r\nQUIT\n"

// settings are what is said of the PROXY protocol in a configuration.
type settings struct {
	on, off    []compat.HostAddress
	exceptions []auth.Subnet
}

func settingsOf(b *compat.Build) *settings {
	s, _ := b.Shared[identifier].(*settings)
	if s == nil {
		s = &settings{}
		b.Shared[identifier] = s
	}
	return s
}

// proxyProtocol is remoteip_enable_proxy_protocol: the addresses of the host
// are those of connections that begin with a header.
func proxyProtocol(c *compat.Cmd) error {
	s := settingsOf(c.Build)
	add, remove := &s.on, &s.off
	if !c.On() {
		add, remove = remove, add
	}
	addresses := c.Host.Addresses
	if !c.Host.Virtual {
		addresses = []compat.HostAddress{{Host: "*"}}
	}
	for _, a := range addresses {
		kept := (*remove)[:0]
		for _, b := range *remove {
			if a.Host != b.Host || a.Port != b.Port {
				kept = append(kept, b)
			}
		}
		*remove = kept
		*add = append(*add, a)
	}
	return nil
}

// exceptions is remoteip_disable_networks.
func exceptions(c *compat.Cmd) error {
	if len(c.Words) == 0 {
		return compat.Errorf("%s requires an argument", c.Name)
	}
	s := settingsOf(c.Build)
	for _, text := range c.Words {
		n, err := auth.ParseSubnet(text)
		if err == auth.ErrNoSubnet {
			host, _, _ := strings.Cut(text, "/")
			return compat.Errorf("ip address '%s' appears to be invalid", host)
		}
		if err != nil {
			host, _, _ := strings.Cut(text, "/")
			return compat.Errorf("ip address '%s' appears to be invalid: %v", host, err)
		}
		s.exceptions = append(s.exceptions, n)
	}
	return nil
}

// enable has connections begin with a header where that was said.
func enable(b *compat.Build) error {
	if s, ok := b.Shared[identifier].(*settings); ok && len(s.on) > 0 {
		b.Preamble = s.read
	}
	return nil
}

// read reads the header of a connection, if it has to have one
// (remoteip_input_filter). An error closes the connection.
func (s *settings) read(c *compat.Conn, in io.Reader) error {
	if !listed(s.on, c.Local) || listed(s.off, c.Local) {
		return nil
	}
	for _, n := range s.exceptions {
		if n.Contains(unmap(c.Remote.Addr())) {
			return nil
		}
	}
	client, err := ReadHeader(in, c.Remote)
	if err != nil {
		if c.Server != nil && c.Base != nil {
			c.Server.LogConn(c, c.Base, "remoteip", compat.LevelError, "RemoteIPProxyProtocol: "+err.Error())
		}
		return err
	}
	c.Preamble, c.Client = true, client
	return nil
}

func listed(list []compat.HostAddress, local netip.AddrPort) bool {
	for _, a := range list {
		if a.Port != 0 && a.Port != int(local.Port()) {
			continue
		}
		if ip, err := netip.ParseAddr(a.Host); err != nil || ip.IsUnspecified() || ip.Unmap() == local.Addr().Unmap() {
			return true
		}
	}
	return false
}

// ReadHeader reads a header of the PROXY protocol, version 1 or 2, and not a
// byte more. It returns the client it names, or own where it names none
// (HAProxy's proxy-protocol.txt).
func ReadHeader(in io.Reader, own netip.AddrPort) (netip.AddrPort, error) {
	var head [maxV2]byte
	if _, err := io.ReadFull(in, head[:minFirst]); err != nil {
		return own, fmt.Errorf("failed reading input: %w", err)
	}
	switch {
	case string(head[:len(signature)]) == signature && head[12]&0xf0 == 0x20:
		return readBinary(in, head[:])
	case string(head[:6]) == "PROXY ":
		return readText(in, head[:maxV1], own)
	}
	return own, fmt.Errorf("no header")
}

// readText reads a header of version 1, a line.
func readText(in io.Reader, head []byte, own netip.AddrPort) (netip.AddrPort, error) {
	n := minFirst
	for head[n-1] != '\n' {
		if n == len(head) {
			return own, fmt.Errorf("header too long")
		}
		if _, err := io.ReadFull(in, head[n:n+1]); err != nil {
			return own, fmt.Errorf("failed reading input: %w", err)
		}
		n++
	}
	line, ok := strings.CutSuffix(string(head[:n]), "\r\n")
	if !ok {
		return own, fmt.Errorf("no end of the line in header '%q'", line)
	}
	return parseText(line, own)
}

// parseText reads "PROXY TCP4 client here port port"
// (remoteip_process_v1_header).
func parseText(line string, own netip.AddrPort) (netip.AddrPort, error) {
	words := strings.Fields(line)[1:]
	if len(words) == 0 {
		return own, fmt.Errorf("no family found in header '%s'", line)
	}
	valid := ""
	switch words[0] {
	case "UNKNOWN":
		return own, nil
	case "TCP4":
		valid = "0123456789."
	case "TCP6":
		valid = "0123456789abcdefABCDEF:"
	default:
		return own, fmt.Errorf("unknown family '%s' in header '%s'", words[0], line)
	}
	for i, what := range []string{"client-address", "destination-address", "client-port"} {
		if len(words) < i+2 {
			return own, fmt.Errorf("no %s found in header '%s'", what, line)
		}
	}
	if strings.Trim(words[1], valid) != "" {
		return own, fmt.Errorf("invalid client-address '%s' found in header '%s'", words[1], line)
	}
	port, err := strconv.ParseUint(words[3], 10, 16)
	if err != nil {
		return own, fmt.Errorf("error parsing port '%s' in header '%s'", words[3], line)
	}
	ip, err := netip.ParseAddr(words[1])
	if err != nil || ip.Is4() != (words[0] == "TCP4") {
		return own, fmt.Errorf("error converting host '%s'; header was '%s'", words[1], line)
	}
	return netip.AddrPortFrom(ip, uint16(port)), nil
}

// readBinary reads a header of version 2 (remoteip_process_v2_header).
func readBinary(in io.Reader, head []byte) (none netip.AddrPort, err error) {
	if _, err := io.ReadFull(in, head[minFirst:headV2]); err != nil {
		return none, fmt.Errorf("failed reading input: %w", err)
	}
	length := int(binary.BigEndian.Uint16(head[14:16]))
	if headV2+length > len(head) {
		return none, fmt.Errorf("protocol header length too long")
	}
	body := head[headV2 : headV2+length]
	if _, err := io.ReadFull(in, body); err != nil {
		return none, fmt.Errorf("failed reading input: %w", err)
	}
	if head[12]&0x0f != 1 {
		return none, fmt.Errorf("unsupported command %02x", head[12])
	}
	switch {
	case head[13] == 0x11 && length >= 12:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(body[:4])), binary.BigEndian.Uint16(body[8:])), nil
	case head[13] == 0x21 && length >= 36:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(body[:16])), binary.BigEndian.Uint16(body[32:])), nil
	}
	return none, fmt.Errorf("unsupported protocol %02x", head[13])
}
