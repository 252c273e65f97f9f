package dbm

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"testing"
)

// The files in testdata were made by htdbm -s: user1 to user60 with passwords
// pw1 to pw60, without user7, who was removed; "first"; and one with a comment
// that is too long for a page where that is possible.
var files = map[string]string{"db": "db", "default": "db", "GDBM": "gdbm", "sdbm": "sdbm"}

func TestOpen(t *testing.T) {
	for kind, name := range files {
		f, err := Open(kind, "testdata/"+name)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if len(f.pairs) != 61 {
			t.Errorf("%s: %d users", kind, len(f.pairs))
		}
		for i := 1; i <= 60; i++ {
			got, ok := f.Get(fmt.Sprintf("user%d", i))
			sum := sha1.Sum(fmt.Appendf(nil, "pw%d", i))
			if want := "{SHA}" + base64.StdEncoding.EncodeToString(sum[:]); i == 7 && ok || i != 7 && got != want {
				t.Errorf("%s: user%d: got %q, want %q", kind, i, got, want)
			}
		}
		if got, _ := f.Get("commented"); len(got) < 500 {
			t.Errorf("%s: a long value has %d bytes", kind, len(got))
		}
	}
	if _, err := Open("NDBM", "testdata/db"); !errors.Is(err, ErrKind) {
		t.Errorf("NDBM: %v", err)
	}
	for kind, name := range map[string]string{"db": "gdbm", "gdbm": "db", "sdbm": "db", "default": "none"} {
		if _, err := Open(kind, "testdata/"+name); err == nil {
			t.Errorf("%s is read as %s", name, kind)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"db", "gdbm", "sdbm.pag"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, parse := range []func([]byte, map[string]string) error{parseBDB, parseGDBM, parseSDBM} {
			pairs := map[string]string{}
			parse(b, pairs)
			size := 0
			for key, value := range pairs {
				size += len(key) + len(value)
			}
			if size > 2*len(b) {
				t.Errorf("%d bytes of %d", size, len(b))
			}
		}
	})
}
