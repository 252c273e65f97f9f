package heartbeat

import (
	"net/netip"
	"path/filepath"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	b, ok := Parse(Message(3, 4))
	if !ok || b.Ready != 3 || b.Busy != 4 || b.Port != 80 {
		t.Errorf("got %+v, %v", b, ok)
	}
	for _, bad := range []string{"", "v=1", "v=1&ready=1", "ready=1&busy=2", "%zz&&&="} {
		if _, ok := Parse(bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
	if b := ParseLoose("port=81&ready=-5"); b.Port != 81 || b.Ready != 0 {
		t.Errorf("got %+v", b)
	}
}

func TestBoard(t *testing.T) {
	now := time.Now()
	d := NewBoard(2)
	d.Put(netip.MustParseAddr("::ffff:10.0.0.1"), Beat{Ready: 1, Seen: now})
	d.Put(netip.MustParseAddr("10.0.0.2"), Beat{Ready: 2, Seen: now})
	d.Put(netip.MustParseAddr("10.0.0.3"), Beat{Ready: 3, Seen: now})
	if all := d.All(); len(all) != 2 || all["10.0.0.1"].Ready != 1 {
		t.Errorf("got %v", all)
	}
	path := filepath.Join(t.TempDir(), "hb.dat")
	if err := d.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if all, err := ReadFile(path); err != nil || len(all) != 2 || all["10.0.0.2"].Ready != 2 {
		t.Errorf("got %v, %v", all, err)
	}
	d.Put(netip.MustParseAddr("10.0.0.4"), Beat{Seen: now.Add(time.Minute)})
	if all := d.All(); len(all) != 1 {
		t.Errorf("who is not seen any more is still there: %v", all)
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add("10.0.0.1 &ready=1&busy=2&lastseen=3&port=80\n# x\n \n")
	f.Fuzz(func(t *testing.T, text string) {
		for ip, b := range parseFile(text, time.Now()) {
			if b.Busy < 0 || b.Ready < 0 {
				t.Errorf("%s: %+v", ip, b)
			}
		}
	})
}
