package compress

import (
	"bytes"
	"io"
	"os"
)

// sibling is the content of a file that holds content in compressed form, made
// ahead by somebody with more time; nil if there is none. It counts only if it
// comes to the very same bytes, so that it cannot be out of date.
func sibling(path string, content []byte, codec *Codec) []byte {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 || info.Size() >= int64(len(content)) {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	body := make([]byte, info.Size())
	if _, err := io.ReadFull(f, body); err != nil || !holds(body, content, codec) {
		return nil
	}
	return body
}

// holds reports whether body is content compressed, and nothing besides.
func holds(body, content []byte, codec *Codec) bool {
	in := bytes.NewReader(body)
	r, err := codec.Decode(in)
	if err != nil {
		return false
	}
	piece := make([]byte, 32<<10)
	for {
		n, err := r.Read(piece)
		if n > len(content) || !bytes.Equal(piece[:n], content[:n]) {
			return false
		}
		content = content[n:]
		if err == io.EOF {
			return len(content) == 0 && in.Len() == 0
		}
		if err != nil {
			return false
		}
	}
}
