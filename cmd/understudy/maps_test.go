//go:build linux

package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Maps in DBM files, which htdbm made, and in a database.
func TestRewriteMapsInDatabases(t *testing.T) {
	dir := t.TempDir()
	os.Chmod(filepath.Dir(dir), 0o755)
	os.Chmod(dir, 0o755)
	db, err := sql.Open("sqlite", filepath.Join(dir, "maps.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{"create table pages (name text, page text)", "insert into pages values ('one', 'first')",
		"insert into pages values ('nothing', null)"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Abs("../../compat/internal/dbm/testdata")
	if err != nil {
		t.Fatal(err)
	}
	copied := map[string]string{}
	for _, name := range []string{"db", "gdbm", "sdbm.dir", "sdbm.pag"} {
		b, err := os.ReadFile(filepath.Join(files, name))
		if err != nil {
			t.Fatal(err)
		}
		copied["maps/"+name] = string(b)
	}
	var rules strings.Builder
	for _, name := range strings.Fields("usual db gdbm sdbm other sql fast") {
		fmt.Fprintf(&rules, "RewriteRule ^/%s/(.*)$ http://x/${%[1]s:$1|none} [R,NE,L]\n", name)
	}
	s := serveSite(t, `LoadModule rewrite_module modules/mod_rewrite.so
LoadModule dbd_module modules/mod_dbd.so
DBDriver sqlite3
DBDParams `+dir+`/maps.db
LogLevel rewrite:trace5
RewriteEngine On
RewriteMap usual dbm:{{ROOT}}/maps/db
RewriteMap db dbm=DB:{{ROOT}}/maps/db
RewriteMap gdbm dbm=gdbm:{{ROOT}}/maps/gdbm
RewriteMap sdbm dbm=sdbm:{{ROOT}}/maps/sdbm
RewriteMap other dbm=gdbm:{{ROOT}}/maps/db
RewriteMap sql "dbd:select page from pages where name = %s"
RewriteMap fast "fastdbd:select page from pages where name = %s"
`+rules.String(), copied)
	for path, want := range map[string]string{
		"usual/user8": "{SHA}", "db/user8": "{SHA}", "gdbm/user8": "{SHA}", "sdbm/user8": "{SHA}",
		"usual/user7": "none", "gdbm/": "none", "sdbm/user7": "none", "other/user8": "none",
		"sql/one": "first", "sql/two": "none", "sql/nothing": "none", "fast/one": "first", "fast/two": "none",
	} {
		for range 2 {
			if got := s.redirect("/" + path); !strings.HasPrefix(got, "http://x/"+want) {
				t.Errorf("%s: %q, want %s", path, got, want)
			}
		}
	}
	for _, line := range []string{
		"can't open DBM RewriteMap " + s.root + "/maps/db",
		"cache lookup OK: map=usual[dbm] key=user8 -> val={SHA}",
		"cache lookup OK: map=fast[SQL] key=one, val=first",
		"SQL map lookup FAILED: map sql key=two",
	} {
		if !strings.Contains(s.log(), line) {
			t.Errorf("the log does not say %q", line)
		}
	}
	if _, err := db.Exec("update pages set page = 'second'"); err != nil {
		t.Fatal(err)
	}
	if sql, fast := s.redirect("/sql/one"), s.redirect("/fast/one"); sql != "http://x/second" || fast != "http://x/first" {
		t.Errorf("after the change: %q and %q", sql, fast)
	}
}

// redirect is the Location of an answer.
func (s *site) redirect(path string) string {
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d%s", s.port, path))
	if err != nil {
		return err.Error()
	}
	r.Body.Close()
	return r.Header.Get("Location")
}
