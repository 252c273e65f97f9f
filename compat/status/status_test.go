package status

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func TestGeneral(t *testing.T) {
	tests := []struct {
		v      float64
		digits int
		want   string
	}{
		{0, 6, "0"}, {.5, 6, ".5"}, {1.0 / 3, 6, ".333333"}, {.05, 6, ".05"}, {.0005, 6, ".0005"}, {.00005, 6, "5.e-5"},
		{1, 6, "1"}, {2560, 6, "2560"}, {1234567, 6, "1234570"}, {12345.678, 6, "12345.7"}, {1e12, 6, "1.e+12"},
		{-1.5, 6, "-1.5"}, {12.3456, 3, "12.3"}, {100, 3, "100"},
	}
	for _, tt := range tests {
		if got := general(tt.v, tt.digits); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.v, got, tt.want)
		}
	}
}

func TestSizesAndTimes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 5119: "5119 B", 5120: "5.0 kB", 524288: "0.5 MB", 1 << 30: "1.0 GB"} {
		if got := byteSize(n); got != want {
			t.Errorf("%d bytes: got %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 kB", 1023: "1023 kB", 1024: "1.0 MB", 1 << 20: "1.0 GB"} {
		if got := kilobyteSize(n); got != want {
			t.Errorf("%d kB: got %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "", 1: " 1 second", 3662: " 1 hour 1 minute 2 seconds", 172800: " 2 days"} {
		if got := uptime(n); got != want {
			t.Errorf("%d s: got %q, want %q", n, got, want)
		}
	}
	for rest, want := range map[string]string{"": "10", "=5": "5", "=0": "10", "=x": "10", "&auto": "10"} {
		if got := refresh(rest); got != want {
			t.Errorf("refresh%s: got %s, want %s", rest, got, want)
		}
	}
}

// build is a configuration of the serving process.
func build(t testing.TB, extended string) *compat.Build {
	t.Helper()
	b := conftest.New(t, &Module)
	b.Serving, b.Generation = true, 3
	on := extended == "On"
	b.Core.ExtendedStatus = &on
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAuto(t *testing.T) {
	for extended, want := range map[string]string{
		"On": `^localhost\nServerVersion: .*\nServerMPM: .*\nServer Built: .*\nCurrentTime: .*\nRestartTime: .*\n` +
			`ParentServerConfigGeneration: 3\nParentServerMPMGeneration: 2\nServerUptimeSeconds: 0\nServerUptime:\n` +
			`Load1: .*\nLoad5: .*\nLoad15: .*\nTotal Accesses: 1\nTotal kBytes: 2\nTotal Duration: \d+\nCPUUser: .*\n` +
			`CPUSystem: .*\nCPUChildrenUser: .*\nCPUChildrenSystem: .*\n(CPULoad: .*\n)?Uptime: 0\nBytesPerReq: 2048\n` +
			`DurationPerReq: .*\nBusyWorkers: 1\nGracefulWorkers: 0\nIdleWorkers: 399\nScoreboard: [W_]{400}\n$`,
		"Off": `^localhost\n(.*\n)*Load15: .*\nBusyWorkers: 1\nGracefulWorkers: 0\nIdleWorkers: 399\nScoreboard: W_{399}\n$`,
	} {
		scoreboard = board{}
		b := build(t, extended)
		r := conftest.Get(b.Main, "/x")
		conftest.Run(r, compat.PostRead)
		r.BytesOut = 2048
		conftest.Run(r, compat.Log)
		r = conftest.Get(b.Main, "/server-status")
		conftest.Run(r, compat.PostRead)
		p := &page{r: r, g: slot.Of(r).generation}
		p.look()
		if p.auto(); !regexp.MustCompile(want).Match(p.text) {
			t.Errorf("ExtendedStatus %s:\n%s", extended, p.text)
		}
	}
}

func TestDetails(t *testing.T) {
	scoreboard = board{}
	b := build(t, "On")
	r := conftest.Get(b.Main, "/<b>")
	r.Line = "GET /<b>" + strings.Repeat("x", 100) + "\x01"
	conftest.Run(r, compat.PostRead)
	p := &page{r: r, g: slot.Of(r).generation}
	p.look()
	p.html()
	want := `<td>1/0/0</td><td><b>W</b>\n</td>(.*\n)*.*<td nowrap>localhost:8080</td><td nowrap>GET /&lt;b&gt;x{55}</td></tr>`
	if !regexp.MustCompile(want).Match(p.text) {
		t.Errorf("%s", p.text)
	}
	p.text, p.noTable, p.g.tail = nil, true, true
	conftest.Run(r, compat.Log)
	conftest.Run(r, compat.PostRead)
	p.records = nil
	p.look()
	p.html()
	if want := `<b>Server 0-2</b> \(\d+\): 1\|1\|1 \[<b>Write</b>\](.*\n)*.*\{x{62}\\x01\}`; !regexp.MustCompile(want).Match(p.text) {
		t.Errorf("%s", p.text)
	}
}

// TestBoardIsShared has more requests under way than there is room for.
func TestBoardIsShared(t *testing.T) {
	scoreboard = board{}
	b := build(t, "On")
	scoreboard.places.Store(&[]*place{{}, {}, {}})
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for range 100 {
				r := conftest.Get(b.Main, "/")
				r.Conn.ID = int64(i)
				conftest.Run(r, compat.PostRead)
				time.Sleep(time.Microsecond)
				conftest.Run(r, compat.Log)
			}
		})
	}
	wait.Wait()
	count := scoreboard.other.read().count
	for _, s := range scoreboard.all() {
		r := s.read()
		if count += r.count; r.busy || s.taken.Load() {
			t.Error("a place is still taken")
		}
	}
	if count != 800 {
		t.Errorf("%d requests were counted, want 800", count)
	}
}

func BenchmarkRequest(b *testing.B) {
	scoreboard = board{}
	r := conftest.Get(build(b, "On").Main, "/some/path")
	c := slot.Of(r)
	b.ReportAllocs()
	for b.Loop() {
		begin(r, c)
		end(r, c)
	}
}

func TestRequestDoesNotAllocate(t *testing.T) {
	r := conftest.Get(build(t, "On").Main, "/")
	c := slot.Of(r)
	if n := testing.AllocsPerRun(100, func() { begin(r, c); end(r, c) }); n != 0 {
		t.Errorf("a request costs %v allocations", n)
	}
}
