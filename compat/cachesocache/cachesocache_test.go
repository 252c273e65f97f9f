package cachesocache

import (
	"testing"
	"time"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
	"understudy/compat/internal/conftest"
	"understudy/compat/socacheshmcb"
)

// request is one at a host that keeps answers.
func request(t *testing.T, lines ...string) *compat.Request {
	b := conftest.New(t, &Module, &socacheshmcb.Module)
	if err := (&conftest.Place{Host: b.Main}).Obey(append(lines, "CacheSocache shmcb")...); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	r := conftest.Get(b.Main, "/")
	r.Start = time.Now()
	return r
}

func TestBounds(t *testing.T) {
	r := request(t, "CacheSocacheMaxSize 1024", "CacheSocacheMaxTime 100", "CacheSocacheMinTime 10")
	n := func(size int64) cachestore.New {
		return cachestore.New{Info: cachestore.Info{Status: 200, Expire: r.Start.Add(time.Minute).UnixMicro()}, Response: &compat.Header{}, Request: &compat.Header{}, Size: size}
	}
	for _, size := range []int64{-1, 2000, 1000} {
		if create(r, "key", n(size)) != nil {
			t.Errorf("an answer of %d bytes is taken", size)
		}
	}
	for _, body := range []string{"shor", "longer"} {
		if w := create(r, "key", n(5)); w.Write([]byte(body)) == nil && w.Commit() == nil {
			t.Errorf("%q is kept for five bytes", body)
		}
	}
	w := create(r, "key", n(5))
	w.Write([]byte("whole"))
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	e := open(r, "key")
	if e == nil || string(e.(*entity).body) != "whole" {
		t.Fatalf("got %v", e)
	}
	if e.Remove(); open(r, "key") != nil {
		t.Error("what was removed is there")
	}
	c := dir.Of(r)
	for expire, want := range map[time.Duration]time.Duration{50 * time.Second: 60 * time.Second, 200 * time.Second: 100 * time.Second} {
		if got := c.until(r, r.Start.Add(expire).UnixMicro()).Sub(r.Start).Round(time.Second); got != want {
			t.Errorf("%v: kept for %v, want %v", expire, got, want)
		}
	}
}

func TestDamagedEntriesAreNone(t *testing.T) {
	r := request(t, "CacheSocacheMaxSize 4096")
	store := server.OfServer(r.Host).store
	var h compat.Header
	other := cachestore.Head{Name: "other", Info: cachestore.Info{Status: 200}}.Format(&h, &h)
	for _, value := range [][]byte{nil, {0}, other, other[:50], make([]byte, 5000)} {
		store.Put(keyOf("key"), value, time.Now().Add(time.Hour))
		if e := open(r, "key"); e != nil {
			t.Errorf("%q is an answer: %v", value, e)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, line := range []string{"CacheSocacheMaxSize 1023", "CacheSocacheMaxSize 4294967296", "CacheSocacheMinTime -1", "CacheSocache nobody"} {
		b := conftest.New(t, &Module)
		if err := (&conftest.Place{Host: b.Main}).Obey(line); err == nil {
			t.Errorf("%s is taken", line)
		}
	}
}
