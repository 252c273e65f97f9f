//go:build unix

package main

import (
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// giveAway makes the server's user the owner of all files, for scenarios whose
// "writable:" line says why.
func (s *scenario) giveAway(t *testing.T) {
	if os.Getuid() != 0 {
		return
	}
	u, err := user.Lookup("www-data")
	if err != nil {
		t.Skip("there is no user www-data")
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	filepath.WalkDir(s.root, func(path string, _ fs.DirEntry, _ error) error {
		os.Chown(path, uid, gid)
		return nil
	})
}

var (
	lockToken    = regexp.MustCompile(`opaquelocktoken:[0-9a-f-]{36}`)
	changingTime = regexp.MustCompile(`(creationdate|getlastmodified)>[^<]*<`)
	changingTag  = regexp.MustCompile(`(?:W/)?"[0-9a-f]+-[0-9a-f]{10,}"`)
	namespaces   = regexp.MustCompile(`(?: xmlns:\w+="[^"]*"){2,}`)
	lengthField  = regexp.MustCompile(`(?m)^Content-Length: .*\n`)
	namespace    = regexp.MustCompile(` xmlns:\w+="[^"]*"`)
)

// maskDAV masks what mod_dav makes anew each time, and remembers the token of a
// lock for {{TOKEN}}. Apache declares namespaces in a random order.
func (s *scenario) maskDAV(text string) string {
	if !strings.Contains(text, "DAV:") && !strings.Contains(text, "ETag") && !strings.Contains(text, "Etag") {
		return text
	}
	if token := lockToken.FindString(text); token != "" {
		s.token = token
		text = lockToken.ReplaceAllString(text, "{{TOKEN}}")
	}
	if !strings.Contains(text, "xmlns:D=") {
		return text
	}
	text = lengthField.ReplaceAllString(text, "")
	text = changingTime.ReplaceAllString(text, "$1>{{TIME}}<")
	text = changingTag.ReplaceAllString(text, "{{ETAG}}")
	return namespaces.ReplaceAllStringFunc(text, func(list string) string {
		names := namespace.FindAllString(list, -1)
		slices.Sort(names)
		return strings.Join(names, "")
	})
}
