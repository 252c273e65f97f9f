package dbm

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBook writes and reads files of many sizes, and asks Berkeley DB's own
// tools about them where they are installed.
func TestBook(t *testing.T) {
	verify, _ := exec.LookPath("db5.3_verify")
	dump, _ := exec.LookPath("db5.3_dump")
	if verify == "" || dump == "" {
		t.Log("db5.3_verify and db5.3_dump are not there: only read by ourselves")
	}
	for _, n := range []int{0, 1, 2, 30, 100, 3000} {
		path := filepath.Join(t.TempDir(), "f")
		k, err := ReadBook(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			k.Set(fmt.Sprintf("%d:key%d\x00", i%7, i), strings.Repeat("v", i*i%9000)+"\x00")
		}
		k.Set("gone", "x")
		k.Delete("gone")
		if err := k.Write(path); err != nil {
			t.Fatal(err)
		}
		again, err := ReadBook(path)
		if err != nil {
			t.Fatal(err)
		}
		if again.Len() != n {
			t.Errorf("%d pairs: read %d", n, again.Len())
		}
		for _, p := range k.Pairs() {
			if v, ok := again.Get(p.Key); !ok || v != p.Value {
				t.Errorf("%d pairs: %q is %q", n, p.Key, v)
			}
		}
		if verify == "" || dump == "" {
			continue
		}
		if out, err := exec.Command(verify, path).CombinedOutput(); err != nil {
			t.Errorf("%d pairs: %s: %s", n, err, out)
		}
		out, err := exec.Command(dump, "-p", path).Output()
		if err != nil || strings.Count(string(out), "\n ") != 2*n {
			t.Errorf("%d pairs: %v, db_dump finds %d", n, err, strings.Count(string(out), "\n ")/2)
		}
	}
}

func TestReadBookOfDebris(t *testing.T) {
	for _, tt := range []string{"testdata/sdbm.pag", "write.go"} {
		if _, err := ReadBook(tt); err == nil {
			t.Errorf("%s is taken for a Berkeley DB file", tt)
		}
	}
	if k, err := ReadBook("testdata/db"); err != nil || k.Len() == 0 {
		t.Errorf("%v", err)
	}
}
