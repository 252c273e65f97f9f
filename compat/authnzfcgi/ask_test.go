package authnzfcgi

import (
	"testing"

	"understudy/compat/internal/conftest"
)

// Whatever an authorizer sends, only a whole answer lets somebody in.
func FuzzTake(f *testing.F) {
	f.Add([]byte("\x01\x06\x00\x01\x00\x0f\x01\x00Status: 200 OK\n\n\x00\x01\x03\x00\x01\x00\x00\x00\x00"))
	f.Add([]byte("\x01\x07\x00\x01\x00\x01\x00\x00x"))
	f.Add([]byte("\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		host := conftest.New(t, &Module).Main
		if err := conftest.Init(host.Build); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(host, "/")
		x := &exchange{p: &provider{}, r: r, answer: &body{}}
		used, err := x.take(b)
		if used > len(b) || len(x.answer.data) > maxBody {
			t.Errorf("%d of %d bytes, %d kept", used, len(b), len(x.answer.data))
		}
		if err == nil && x.ended && x.inHeader && r.Status == 0 {
			t.Error("there is no status")
		}
	})
}
