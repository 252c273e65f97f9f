//go:build unix

package dbd

import (
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"understudy/compat/internal/conftest"
)

func TestStatement(t *testing.T) {
	for query, want := range map[string]string{
		"a = %s and b > %lld": "a = $1 and b > $2 (2)",
		"like '%%x' or %d":    "like '%x' or $1 (1)",
		"100% sure, %":        "100% sure, % (0)",
		"a = $1":              "a = $1 (0)",
		"%pDt %hhd%s":         "$1 $2$3 (3)",
	} {
		s := newStatement("pgsql", query)
		if got := s.text + " (" + strconv.Itoa(s.args) + ")"; got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	if got := newStatement("sqlite3", "a = %s").text; got != "a = ?" {
		t.Errorf("got %s", got)
	}
	if got := newStatement("sqlite3", "%s %s").bind([]any{"a", "b", "c"}); len(got) != 2 {
		t.Errorf("%d are bound", len(got))
	}
}

func TestMySQLParams(t *testing.T) {
	for params, ok := range map[string]bool{"host=127.0.0.1,user=u,pass=p,dbname=d": true, "sock=/x;user=u": true, "": true, "nonsense=1": false} {
		if _, err := mysqlConnector(params); (err == nil) != ok {
			t.Errorf("%q: %v", params, err)
		}
	}
}

// ask runs statements of a host with a database.
func ask(t *testing.T, c Config) {
	t.Helper()
	b := conftest.New(t)
	*Slot.Make(b.Main.Section.Vector) = c
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if db := pools.of[c.key()]; db != nil {
			db.Close()
			delete(pools.of, c.key())
		}
	})
	r := conftest.Get(b.Main, "/")
	if n, err := Exec(r, "insert", "amy", "O'Hara"); n != 1 || err != nil {
		t.Fatalf("insert: %d, %v", n, err)
	}
	names, rows, err := Select(r, "find", "amy' or 'a'='a")
	if err != nil || len(rows) != 0 || len(names) != 3 {
		t.Errorf("what is no user: %v, %v, %v", names, rows, err)
	}
	_, rows, err = Select(r, "find", "amy")
	if err != nil || len(rows) != 1 || *rows[0][0] != "O'Hara" || rows[0][1] != nil || *rows[0][2] != "7" {
		t.Errorf("got %v, %v", rows, err)
	}
	if _, _, err := Select(r, "none"); !errors.Is(err, ErrNoStatement) {
		t.Errorf("no statement: %v", err)
	}
	if _, _, err := Select(r, "wrong"); err == nil {
		t.Error("a wrong statement gives an answer")
	}
	if got := pools.of[c.key()].Stats().MaxOpenConnections; got != defaultMax {
		t.Errorf("%d connections at most", got)
	}
}

var queries = map[string]string{"insert": "insert into people values (%s, %s, NULL)", "wrong": "select nothing from nowhere",
	"find": "select last, nick, 7 from people where name = %s"}

const table = "create table people (name varchar(20), last varchar(20), nick varchar(20))"

func TestSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a?b c#%.db")
	ask(t, Config{Driver: "sqlite3", Params: path, Queries: queries, Init: []string{table}, Max: ptr(defaultMax), Keep: ptr(1)})
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func ptr[T any](v T) *T { return &v }

// TestPostgreSQL asks a server that is started for it, where Debian's is
// installed.
func TestPostgreSQL(t *testing.T) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	who, err := user.Lookup("postgres")
	if len(found) == 0 || err != nil || os.Getuid() != 0 || testing.Short() {
		t.Skip("PostgreSQL is not installed, or the test is not run by root, or -short")
	}
	dir, err := os.MkdirTemp("", "pg-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	uid, _ := strconv.Atoi(who.Uid)
	gid, _ := strconv.Atoi(who.Gid)
	os.Chown(dir, uid, gid)
	start := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(filepath.Dir(found[len(found)-1]), name), args...)
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		return cmd
	}
	if out, err := start("initdb", "-D", dir+"/data", "-A", "trust", "-N").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	server := start("postgres", "-D", dir+"/data", "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off")
	var said strings.Builder
	server.Stderr = &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { server.Process.Signal(syscall.SIGINT); server.Wait() }()
	params := "host=" + dir + " user=postgres dbname=postgres"
	for range 300 {
		if connector, err := pgsqlConnector(params); err == nil {
			if db := sql.OpenDB(connector); db.Ping() == nil {
				db.Close()
				ask(t, Config{Driver: "pgsql", Params: params, Queries: queries, Max: ptr(defaultMax), Init: []string{
					"drop table if exists people", table}, Keep: ptr(1)})
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("the server does not answer: %s", said.String())
}
