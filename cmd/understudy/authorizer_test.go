//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// startAuthorizer is a FastCGI authorizer at the address it returns, until the
// test ends. The query of a request says how it answers.
func startAuthorizer(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go authorize(c)
		}
	}()
	return l.Addr().String()
}

// authorize answers one request.
func authorize(c net.Conn) {
	defer c.Close()
	vars, err := authorizerVars(c)
	if err != nil {
		return
	}
	say := func(kind byte, text string) { c.Write(fcgiRecord(kind, text, 3)) }
	role := vars["FCGI_ROLE"] + "-" + vars["FCGI_APACHE_ROLE"]
	granted := fmt.Sprintf("Status: 200 OK\r\nVariable-WHO: %s/%s\r\nVariable-NONE:%s\r\nX-Other: kept\r\n\r\n", role, vars["REMOTE_USER"],
		vars["CONTENT_LENGTH"]+vars["SCRIPT_NAME"]+vars["PATH_INFO"])
	switch vars["QUERY_STRING"] {
	case "":
		if vars["REMOTE_PASSWD"] == "right" || vars["FCGI_APACHE_ROLE"] == "AUTHORIZER" && vars["REMOTE_USER"] != "eve" {
			say(6, granted)
		} else {
			say(6, "Status: 401 No\r\nWWW-Authenticate: Basic realm=\"its own\"\r\nX-Why: "+role+"\r\n\r\nnot with that password\n")
		}
	case "forbidden":
		say(6, "Status: 403 Never\nX-Why: x\n\nnobody gets in %{HTTP_HOST}\n")
	case "elsewhere":
		say(6, "Status: 403 Never\n\n/page.txt")
	case "nostatus":
		say(6, "Variable-WHO: nostatus\n\n")
	case "parts":
		for _, part := range strings.SplitAfter(granted, ":") {
			say(6, part)
		}
	case "stderr":
		say(7, "a word to the log")
		say(6, granted)
	case "malformed":
		say(6, "no field here\n\n")
	case "noheader":
		say(6, "Status: 200 OK\n")
	case "badtype":
		say(99, "?")
		say(6, granted)
	case "badversion":
		c.Write([]byte{9, 6, 0, 1, 0, 0, 0, 0})
	case "badid":
		c.Write([]byte{1, 6, 0, 7, 0, 0, 0, 0})
	case "hangup":
		return
	}
	say(3, "\x00\x00\x00\x00\x00\x00\x00\x00")
	io.Copy(io.Discard, c)
}

func fcgiRecord(kind byte, text string, padding int) []byte {
	b := []byte{1, kind, 0, 1, byte(len(text) >> 8), byte(len(text)), byte(padding), 0}
	return append(append(b, text...), make([]byte, padding)...)
}

// authorizerVars reads a request up to the end of its variables.
func authorizerVars(c net.Conn) (map[string]string, error) {
	var all bytes.Buffer
	for {
		var h [8]byte
		if _, err := io.ReadFull(c, h[:]); err != nil {
			return nil, err
		}
		text := make([]byte, int(h[4])<<8|int(h[5])+int(h[6]))
		if _, err := io.ReadFull(c, text); err != nil {
			return nil, err
		}
		if h[1] != 4 {
			continue
		}
		if len(text) == 0 {
			break
		}
		all.Write(text)
	}
	vars := map[string]string{}
	length := func() int {
		b, _ := all.ReadByte()
		if b < 128 {
			return int(b)
		}
		return int(binary.BigEndian.Uint32(append([]byte{b & 127}, all.Next(3)...)))
	}
	for all.Len() > 0 {
		n, m := length(), length()
		name := string(all.Next(n))
		vars[name] = string(all.Next(m))
	}
	return vars, nil
}
