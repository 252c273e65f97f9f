package davfs

import (
	"testing"
	"time"

	"understudy/compat/internal/dav"
	"understudy/compat/internal/dbm"
)

func TestSharedLocksAreBounded(t *testing.T) {
	l := &locks{book: new(dbm.Book), changes: map[string]record{}}
	res := &dav.Resource{Path: "/a", Exists: true}
	lock := func() *dav.Error {
		one := l.New(res)
		one.Scope, one.Type, one.Timeout = dav.ScopeShared, 1, time.Now().Unix()+1000
		return l.Append(res, false, []dav.Lock{one})
	}
	for i := range maxLocks {
		if err := lock(); err != nil {
			t.Fatalf("lock %d: %s", i, err.Desc)
		}
	}
	if err := lock(); err == nil || err.Status != 507 {
		t.Errorf("one more: %+v", err)
	}
	if held, err := l.Get(res, false); err != nil || len(held) != maxLocks {
		t.Errorf("%d locks are held, %v", len(held), err)
	}
}
