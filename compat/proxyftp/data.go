package proxyftp

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// open makes the connection for the data: to a port that the server names, and
// where it has none to one that it is told.
func (s *session) open() compat.Status {
	switch code := s.command("EPSV"); code {
	case 229:
		if port := portOfEPSV(s.message); port != 0 {
			return s.dial("EPSV", "AH01043", port)
		}
	case 500, 501, 502:
	default:
		return s.failed(code)
	}
	switch code := s.command("PASV"); code {
	case 227:
		if port := portOfPASV(s.message); port != 0 {
			return s.dial("PASV", "AH01048", port)
		}
	case 502:
	default:
		return s.failed(code)
	}
	return s.listen()
}

// portOfEPSV is the port in "… (|||6446|)", or 0 (parse_epsv_reply).
func portOfEPSV(text string) uint16 {
	_, inside, _ := strings.Cut(text, "(")
	if len(inside) < 5 || inside[1] != inside[0] || inside[2] != inside[0] {
		return 0
	}
	digits, rest, ok := strings.Cut(inside[3:], inside[:1])
	port, err := strconv.ParseUint(digits, 10, 16)
	if !ok || err != nil || !strings.HasPrefix(rest, ")") {
		return 0
	}
	return uint16(port)
}

// portOfPASV is the port in "… (127,0,0,1,4,5)", or 0.
func portOfPASV(text string) uint16 {
	i := strings.IndexAny(text, "(=")
	if i < 0 {
		return 0
	}
	inside, _, _ := strings.Cut(text[i+1:], ")")
	numbers := strings.Split(inside, ",")
	if len(numbers) != 6 {
		return 0
	}
	high, err1 := strconv.ParseUint(strings.TrimSpace(numbers[4]), 10, 8)
	low, err2 := strconv.ParseUint(strings.TrimSpace(numbers[5]), 10, 8)
	if err1 != nil || err2 != nil {
		return 0
	}
	return uint16(high<<8 | low)
}

// dial connects to a port of the server.
func (s *session) dial(command, number string, port uint16) compat.Status {
	peer, err := netip.ParseAddrPort(s.c.Conn.Remote().String())
	address := netip.AddrPortFrom(peer.Addr(), port).String()
	if err == nil {
		connect, _ := s.c.Timeouts()
		s.data, err = net.DialTimeout("tcp", address, connect)
	}
	if err != nil {
		s.c.Errorf("proxy_ftp", err, "%s: %s attempt to connect to %s failed - Firewall/NAT?", number, command, address)
		return upstream.ProxyError(s.r, 502, nil, fmt.Sprintf("%s attempt to connect to %s failed - firewall/NAT?", command, address))
	}
	return compat.OK
}

// listen tells the server a port of ours.
func (s *session) listen() compat.Status {
	local, err := netip.ParseAddrPort(s.c.Conn.Local().String())
	if err != nil || !local.Addr().Unmap().Is4() {
		return upstream.ProxyError(s.r, 501, nil, "Connect to IPV6 ftp server using EPRT not supported. Enable EPSV.")
	}
	ip := local.Addr().Unmap()
	if s.active, err = net.Listen("tcp", netip.AddrPortFrom(ip, 0).String()); err != nil {
		s.c.Errorf("proxy_ftp", err, "AH01051: error binding to ftp data socket %s", ip)
		return 500
	}
	port := s.active.Addr().(*net.TCPAddr).Port
	b := ip.As4()
	if code := s.command(fmt.Sprintf("PORT %d,%d,%d,%d,%d,%d", b[0], b[1], b[2], b[3], port>>8, port&0xff)); code != 200 {
		return s.failed(code)
	}
	return compat.OK
}

// accept waits for the server to connect, and for nobody else.
func (s *session) accept() error {
	_, limit := s.c.Timeouts()
	s.active.(*net.TCPListener).SetDeadline(time.Now().Add(limit))
	peer, _ := netip.ParseAddrPort(s.c.Conn.Remote().String())
	for {
		nc, err := s.active.Accept()
		if err != nil {
			return err
		}
		if from, err := netip.ParseAddrPort(nc.RemoteAddr().String()); err == nil && from.Addr() == peer.Addr() {
			s.data = nc
			return nil
		}
		nc.Close()
	}
}

// answer passes on what was asked for.
func (s *session) answer() compat.Status {
	r := s.r
	r.Status = 200
	if s.list {
		charset := s.conf.charset
		if charset == "" {
			charset = "ISO-8859-1"
		}
		r.ContentType, r.Encodings = "text/html;charset="+charset, nil
	} else if s.kind != 'A' && s.size != "" {
		r.Out.Set("Content-Length", s.size)
	}
	if !s.modified.IsZero() {
		r.Out.Set("Last-Modified", compat.FormatDate(s.modified))
	}
	if s.active != nil {
		if err := s.accept(); err != nil {
			s.c.Errorf("proxy_ftp", err, "AH01053: failed to accept data connection")
			return 502
		}
	}
	if !r.Out.Has("Content-Length") {
		r.Unmeasured()
	}
	if !r.HeaderOnly {
		s.pass()
	}
	s.data.Close()
	s.reply()
	return compat.OK
}

// pass reads the data to its end.
func (s *session) pass() {
	r := s.r
	var page *page
	left := int64(-1)
	if s.list {
		page = newPage(s)
		r.Writer.Write(page.header())
	} else if v, ok := r.Out.Lookup("Content-Length"); ok {
		left, _ = strconv.ParseInt(v, 10, 64)
	}
	_, each := s.c.Timeouts()
	buf := make([]byte, 32<<10)
	for left != 0 {
		b := buf
		if left > 0 {
			b = b[:min(left, int64(len(b)))]
		}
		s.data.SetReadDeadline(time.Now().Add(each))
		n, err := s.data.Read(b)
		if left > 0 {
			left -= int64(n)
		}
		b = b[:n]
		if page != nil {
			b = page.lines(b)
		}
		if len(b) > 0 {
			if _, failed := r.Writer.Write(b); failed != nil || r.Writer.Flush() != nil {
				r.Aborted = true
				return
			}
		}
		if err == nil {
			continue
		}
		if err != io.EOF || left > 0 { // The client has to see that this is not all.
			r.Writer.Flush()
			r.KeepAlive, r.Aborted = false, true
			return
		}
		break
	}
	if page != nil {
		r.Writer.Write(page.footer())
	}
}
