package pull

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReader(t *testing.T) {
	upper := func(made *bytes.Buffer, piece []byte, last bool) error {
		made.Write(bytes.ToUpper(piece))
		if last {
			made.WriteString("!")
		}
		return nil
	}
	text := strings.Repeat("some text ", 2000)
	for name, next := range map[string]io.Reader{"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)),
		"with its end": iotest.DataErrReader(strings.NewReader(text))} {
		if got, err := io.ReadAll(New(next, upper)); err != nil || string(got) != strings.ToUpper(text)+"!" {
			t.Errorf("%s: got %d bytes, %v", name, len(got), err)
		}
	}
	broken, bad := errors.New("broken"), errors.New("bad")
	if got, err := io.ReadAll(New(io.MultiReader(strings.NewReader("a"), iotest.ErrReader(broken)), upper)); err != broken || string(got) != "A" {
		t.Errorf("got %q, %v of a body that breaks off", got, err)
	}
	refuse := func(made *bytes.Buffer, piece []byte, _ bool) error { made.WriteString("so far"); return bad }
	if got, err := io.ReadAll(New(strings.NewReader("a"), refuse)); err != bad || string(got) != "so far" {
		t.Errorf("got %q, %v of a body that is refused", got, err)
	}
}
