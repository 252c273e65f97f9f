//go:build unix

package wsgi

import (
	"fmt"
	"sync"
	"testing"
)

const rootApp = `def application(environ, start_response):
    start_response("200 OK", [])
    answer = environ["PATH_INFO"] + " has " + environ["DOCUMENT_ROOT"]
    environ.clear()
    return [answer.encode()]
`

// TestCommon asks with more environs that have nothing in common than a process
// keeps, again and again.
func TestCommon(t *testing.T) {
	w := startWorker(t, findPython("", ""), rootApp)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for j := range 3 * maxCommons {
				path := fmt.Sprintf("/%d", (i*17+j)%(maxCommons+10))
				want := path + " has root of " + path
				if a := w.ask(t, path, ""); a.err != nil || string(a.body) != want {
					t.Errorf("got %q, %v; want %q", a.body, a.err, want)
					return
				}
			}
		})
	}
	group.Wait()
}
