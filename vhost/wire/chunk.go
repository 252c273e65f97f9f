package wire

import (
	"io"

	"understudy/compat"
)

// maxChunkSpace is how many blanks may stand behind the size of a chunk.
const maxChunkSpace = 10

// nextChunk reads the size of the next chunk; the last one ends the body.
func (b *requestBody) nextChunk() error {
	b.deadline()
	if b.inChunk {
		if err := b.chunkEnd(); err != nil {
			return err
		}
	}
	line, err := b.x.line(b.x.head.limits.fieldSize)
	if err == errTooLong {
		return b.refused(413)
	}
	if err != nil {
		return b.cut(err)
	}
	size, status := chunkSize(line, b.x.head.limits.strict)
	if status != 0 {
		return b.refused(status)
	}
	if size > 0 {
		b.left, b.inChunk = size, true
		return nil
	}
	if err := b.trailer(); err != nil {
		return err
	}
	b.ended = true
	return io.EOF
}

// cut is the error for framing whose rest does not come.
func (b *requestBody) cut(err error) error {
	if isTimeout(err) {
		return compat.StatusError(408)
	}
	return b.refused(400)
}

// chunkEnd reads the line end behind the data of a chunk.
func (b *requestBody) chunkEnd() error {
	line, err := b.x.line(2)
	if err == errTooLong {
		return b.refused(400)
	}
	if err != nil {
		return b.cut(err)
	}
	if len(line) == 2 && line[0] != '\r' || len(line) == 1 && b.x.head.limits.strict {
		return b.refused(400)
	}
	b.inChunk = false
	return nil
}

// chunkSize reads a line like "1a ;name=value" (parse_chunk_size). Extensions
// mean nothing. It answers a size, or the status to refuse the body with.
func chunkSize(line []byte, strict bool) (size int64, status int) {
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	} else if strict {
		return 0, 400
	}
	i := 0
	for ; i < len(line); i++ {
		d, ok := compat.HexDigit(line[i])
		if !ok {
			break
		}
		if size >= 1<<59 {
			return 0, 413
		}
		size = size<<4 | int64(d)
	}
	if i == 0 || !chunkExtension(line[i:]) {
		return 0, 400
	}
	return size, 0
}

// chunkExtension looks at what follows the size: a few blanks, and then
// nothing or a semicolon and text.
func chunkExtension(s []byte) bool {
	i := 0
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	if i > maxChunkSpace {
		return false
	}
	return i == len(s) || s[i] == ';' && contentChars.all(text(s[i:]))
}

// trailer reads the fields behind the last chunk. They are subject to the
// limits of the header.
func (b *requestBody) trailer() error {
	r := &b.x.req
	r.Trailers.Reset()
	f := fields{limits: &b.x.head.limits, to: &r.Trailers, notes: &r.Notes, copied: true}
	for size := 0; size < maxHead; {
		line, err := b.x.line(f.limits.fieldSize + 3)
		if err != nil {
			return b.badTrailer(err)
		}
		size += len(line)
		s, ok := f.limits.trim(line)
		if !ok || f.add(s) != 0 {
			return compat.StatusError(400)
		}
		if len(s) == 0 {
			if f.end() != 0 {
				return compat.StatusError(400)
			}
			b.mergeTrailer()
			return nil
		}
	}
	return compat.StatusError(400)
}

func (b *requestBody) badTrailer(err error) error {
	if err == errTooLong {
		tooLongField(&b.x.req.Notes)
		return compat.StatusError(400)
	}
	if isTimeout(err) {
		return compat.StatusError(408)
	}
	return compat.StatusError(400)
}

// mergeTrailer makes the trailer part of the header, where MergeTrailers says
// so.
func (b *requestBody) mergeTrailer() {
	r := &b.x.req
	if !isSet(r.Host.MergeTrailers) {
		return
	}
	for _, f := range r.Trailers.Fields() {
		r.In.Add(f.Name, f.Value)
	}
}
