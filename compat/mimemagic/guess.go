package mimemagic

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"strings"

	"understudy/compat"
)

// A guess is the work on one file.
type guess struct {
	r     *compat.Request
	rules []*rule
	*outcome
}

func (g *guess) boink() {
	g.r.Logf("mime_magic", compat.LevelError, nil, "AH01539: mod_mime_magic: BOINK")
}

// file looks at the beginning of the file (magic_process).
func (g *guess) file() compat.Status {
	f, err := g.r.Open()
	if err != nil {
		g.r.Logf("mime_magic", compat.LevelError, nil, "AH01512: mod_mime_magic: can't read `%s'", g.r.Filename)
		return compat.Declined
	}
	defer f.Close()
	buf := make([]byte, howMany)
	n, err := io.ReadFull(f, buf)
	if n == 0 {
		g.r.Logf("mime_magic", compat.LevelError, cause(err), "AH01513: mod_mime_magic: read failed: %s", g.r.Filename)
		return 500
	}
	buf = append(buf[:n], 0)
	if g.compressed(f, buf) || g.plain(buf) {
		return compat.OK
	}
	return compat.Declined
}

// plain tries the rules and then the words.
func (g *guess) plain(buf []byte) bool { return g.soft(buf) || g.ascii(buf) }

// compressed looks at what is inside of a compressed file (zmagic). Of what
// compress and pack made nothing is said.
func (g *guess) compressed(f *os.File, buf []byte) bool {
	if buf[0] != 0x1f || len(buf) < 3 {
		return false
	}
	switch buf[1] {
	case 0x8b:
		return g.gzipped(f)
	case 0x9d, 0x1e:
		return true
	}
	return false
}

func (g *guess) gzipped(f *os.File) bool {
	inside := make([]byte, howMany)
	n := 0
	if _, err := f.Seek(0, io.SeekStart); err == nil {
		if z, err := gzip.NewReader(f); err == nil {
			n, _ = io.ReadFull(z, inside)
		}
	}
	if n == 0 {
		g.r.Logf("mime_magic", compat.LevelError, nil, "AH01554: mod_mime_magic: read failed from uncompress of %s",
			g.r.Filename)
		return true
	}
	g.r.Encodings = []string{"x-gzip"}
	inside[n-1] = 0
	return g.plain(inside[:n])
}

const smallHowMany = 1024

// words are those that tell a kind of text, of C, make and English mostly.
var words = func() map[string]string {
	m := map[string]string{"Received:": "message/rfc822", ">From": "message/rfc822", "Return-Path:": "message/rfc822",
		"Cc:": "message/rfc822", "Newsgroups:": "message/news", "Path:": "message/news", "Organization:": "message/news"}
	for _, w := range strings.Fields("<html> <HTML> <head> <HEAD> <title> <TITLE> <h1> <H1> <!--") {
		m[w] = "text/html"
	}
	for _, w := range strings.Fields("/* #include char The the double extern float real struct union CFLAGS LDFLAGS all: " +
		".PRECIOUS .ascii .asciiz .byte .even .globl clr (input, dcl") {
		m[w] = "text/plain"
	}
	return m
}()

// ascii looks for troff, words and tar (ascmagic). buf ends with a NUL.
func (g *guess) ascii(buf []byte) bool {
	if isTroff(buf) {
		g.put("application/x-troff")
		return true
	}
	if (buf[0] == 'c' || buf[0] == 'C') && len(buf) > 1 && isSpace(buf[1]) {
		g.put("text/plain") // Fortran.
		return true
	}
	head := buf[:min(len(buf), smallHowMany)]
	text, _, _ := strings.Cut(string(head), "\x00")
	for token := range strings.FieldsFuncSeq(text, func(c rune) bool { return strings.ContainsRune(" \t\n\r\f", c) }) {
		if media, ok := words[token]; ok {
			g.put(media)
			if bytes.IndexByte(head, 0x1b) >= 0 {
				g.put(" (with escape sequences)")
			}
			return true
		}
	}
	if isTar(buf) {
		g.put("application/x-tar")
		return true
	}
	return false
}

// isTroff reports whether a text begins with a request to troff.
func isTroff(buf []byte) bool {
	if buf[0] != '.' {
		return false
	}
	t := bytes.TrimLeft(buf[1:], spaces)
	return len(t) > 1 && (isAlnum(t[0]) || t[0] == '\\') && isAlnum(t[1])
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// Where the checksum of a tar header is.
const (
	tarHeader = 512
	tarSum    = 148
	tarSumEnd = 156
)

// isTar reports whether the checksum of a tar header is right.
func isTar(buf []byte) bool {
	if len(buf) < tarHeader {
		return false
	}
	sum := int64(' ' * (tarSumEnd - tarSum))
	for i, c := range buf[:tarHeader] {
		if i < tarSum || i >= tarSumEnd {
			sum += int64(c)
		}
	}
	return sum == octal(buf[tarSum:tarSumEnd])
}

// octal reads a field of a tar header, -1 if it is not a number (from_oct).
func octal(field []byte) int64 {
	field = bytes.TrimLeft(field, spaces)
	if len(field) == 0 {
		return -1
	}
	n := int64(0)
	for len(field) > 0 && field[0] >= '0' && field[0] <= '7' {
		n = n<<3 | int64(field[0]-'0')
		field = field[1:]
	}
	if len(field) > 0 && field[0] != 0 && !isSpace(field[0]) {
		return -1
	}
	return n
}
