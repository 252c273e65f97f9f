package expr

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"io"
	"os"
	"strconv"
	"strings"
)

// maxFile bounds what file() reads (MAX_FILE_SIZE in util_expr_eval.c).
const maxFile = 10 << 20

// functions are those of the language; req() and http() are apart, for what
// they do to Vary.
var functions = map[string]func(c Context, arg string) string{
	"req_novary": func(c Context, a string) string { return c.Header(a, false) },
	"resp":       func(c Context, a string) string { return c.Response(a) },
	"reqenv":     func(c Context, a string) string { return c.Env(a) },
	"note":       func(c Context, a string) string { return c.Note(a) },
	"osenv":      func(c Context, a string) string { return os.Getenv(a) },
	"env":        firstOf,
	"tolower":    func(_ Context, a string) string { return strings.ToLower(a) },
	"toupper":    func(_ Context, a string) string { return strings.ToUpper(a) },
	"escape":     func(_ Context, a string) string { return escape(a) },
	"unescape":   func(_ Context, a string) string { return unescape(a) },
	"base64":     func(_ Context, a string) string { return base64.StdEncoding.EncodeToString([]byte(a)) },
	"unbase64":   func(_ Context, a string) string { return unbase64(a) },
	"md5":        func(_ Context, a string) string { s := md5.Sum([]byte(a)); return hex.EncodeToString(s[:]) },
	"sha1":       func(_ Context, a string) string { s := sha1.Sum([]byte(a)); return hex.EncodeToString(s[:]) },
	"file":       file,
	"filesize":   fileSize,
	"ldap":       func(_ Context, a string) string { return escapeLDAP(a) },
	"ssl":        func(c Context, a string) string { return c.Var("SSL:" + a) },
	// hc is what mod_proxy_hcheck's conditions ask for an answer with.
	"hc": func(c Context, a string) string { return c.Var("HC_" + strings.ToUpper(a)) },
}

// firstOf is env(): a note, a variable of the request, or the process's.
func firstOf(c Context, name string) string {
	for _, v := range []string{c.Note(name), c.Env(name)} {
		if v != "" {
			return v
		}
	}
	return os.Getenv(name)
}

// fileSize is that of a regular file, else 0.
func fileSize(c Context, path string) string {
	c.Saw(path)
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "0"
	}
	return strconv.FormatInt(info.Size(), 10)
}

// file is what a file holds. What is wrong with it fails the evaluation.
func file(c Context, path string) string {
	c.Saw(path)
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		c.Captures().fail("Cannot open file " + path)
		return ""
	}
	if info.Size() > maxFile {
		c.Captures().fail("File " + path + " too large")
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		c.Captures().fail("Cannot open file " + path)
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		c.Captures().fail("Cannot read from file " + path)
		return ""
	}
	text, _, _ := strings.Cut(string(b), "\x00") // As C's strings end.
	return text
}

// escapeLDAP is apr_escape_ldap: what a filter or a distinguished name cannot
// hold becomes \xx.
func escapeLDAP(s string) string {
	const hexDigits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c < 0x20 || c >= 0x7f || strings.IndexByte(`*()\/"+,;<=>#`, c) >= 0 {
			b.Write([]byte{'\\', hexDigits[c>>4], hexDigits[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// escape is ap_escape_uri.
func escape(s string) string {
	const hexDigits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if isLetter(c) || isDigit(c) || strings.IndexByte("$-_.+!*'(),:;@&=/~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
	}
	return b.String()
}

// unescape is ap_unescape_url_keep2f: %2F stays as it is, %00 and what is no
// escape leave nothing.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return ""
		}
		v, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		switch {
		case err != nil || v == 0:
			return ""
		case v == '/':
			b.WriteString(s[i : i+3])
		default:
			b.WriteByte(byte(v))
		}
		i += 2
	}
	return b.String()
}

func unbase64(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(b)
}
