//go:build linux

package wsgi

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const helloApp = `def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "12")])
    return [b"Hello World\n"]
`

// BenchmarkHello is what a request costs the gateway and the worker: the CPU
// time of each, with as many requests at once as the name says.
func BenchmarkHello(b *testing.B) {
	for _, n := range []int{1, 16} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			w := startWorker(b, findPython("", ""), helloApp)
			w.ask(b, "/", "")
			pid := w.target.channels[0].hello.PID
			python, us := cpuOf(b, strconv.Itoa(pid)), ourCPU()
			b.ResetTimer()
			var group sync.WaitGroup
			for range n {
				group.Go(func() {
					for range b.N / n {
						w.ask(b, "/", "")
					}
				})
			}
			group.Wait()
			b.StopTimer()
			b.ReportMetric(float64((cpuOf(b, strconv.Itoa(pid))-python).Microseconds())/float64(b.N), "worker-µs/op")
			b.ReportMetric(float64((ourCPU()-us).Microseconds())/float64(b.N), "gateway-µs/op")
		})
	}
}

// cpuOf is the user and system time of a process.
func cpuOf(t testing.TB, pid string) time.Duration {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

func ourCPU() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
