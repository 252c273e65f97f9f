package expr

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// maxFile bounds what file() reads (MAX_FILE_SIZE in util_expr_eval.c).
const maxFile = 10 << 20

// function finds a string function by its name.
func function(name string, args []word) (word, error) {
	lower := strings.ToLower(name)
	if lower == "replace" {
		if len(args) != 3 {
			return nil, fmt.Errorf("replace() function needs exactly 3 arguments")
		}
		s, from, to := args[0], args[1], args[2]
		return func(c Context) string { return strings.ReplaceAll(s(c), from(c), to(c)) }, nil
	}
	f, ok := functions[lower]
	if !ok {
		return nil, fmt.Errorf("Function '%s' does not exist", name)
	}
	if len(args) != 1 {
		return nil, fmt.Errorf("syntax error, unexpected ','")
	}
	arg := args[0]
	return func(c Context) string { return f(c, arg(c)) }, nil
}

var functions = map[string]func(c Context, arg string) string{
	"req":        func(c Context, a string) string { return c.Header(a, true) },
	"http":       func(c Context, a string) string { return c.Header(a, true) },
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
	"file":       func(_ Context, a string) string { return file(a) },
	"filesize":   func(_ Context, a string) string { return stat(a, os.FileInfo.Size) },
	"filemod": func(_ Context, a string) string {
		return stat(a, func(i os.FileInfo) int64 { return i.ModTime().UnixMicro() })
	},
	// v is what mod_include's conditions ask for a variable with.
	"v": func(c Context, a string) string { return c.Env(a) },
	// hc is what mod_proxy_hcheck's conditions ask for an answer with.
	"hc": func(c Context, a string) string { return c.Var("HC_" + strings.ToUpper(a)) },
	// HTTP and ENV are how mod_rewrite spells them in %{…}.
	"ssl": func(c Context, a string) string { return c.Var("SSL:" + a) },
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

func stat(path string, what func(os.FileInfo) int64) string {
	info, err := os.Stat(path)
	if err != nil {
		return "0"
	}
	return strconv.FormatInt(what(info), 10)
}

func file(path string) string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, maxFile))
	return string(b)
}

// escape is ap_escape_uri.
func escape(s string) string {
	const hexDigits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if isAlnum(c) || strings.IndexByte("$-_.+!*'(),:;@&=/~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
	}
	return b.String()
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				if v == 0 || v == '/' {
					return ""
				}
				b.WriteByte(byte(v))
				i += 2
				continue
			}
			return ""
		}
		b.WriteByte(s[i])
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
