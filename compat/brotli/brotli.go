// Package brotli is mod_brotli: it compresses answers with Brotli. It is
// package compress with the coding of andybalholm/brotli.
//
// Deviations: an answer made of a file that has not changed is compressed once
// and remembered, and a file NAME.br beside it that holds the same is sent
// instead. BrotliCompressionMaxInputBlock tunes nothing but how long an answer
// may be whose length is still announced.
package brotli

import (
	"cmp"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"

	"understudy/compat"
	"understudy/compat/internal/compress"
)

// Module is mod_brotli.
var Module = compat.Module{
	Name: "brotli_module",
	File: "mod_brotli.c",
	Directives: []compat.Directive{
		dir.Directive("BrotliFilterNote", compat.Take12, compat.Server, compress.NoteSetter(said, "Unknown BrotliFilterNote type '%s'"),
			"Set a note to report on compression ratio"),
		dir.Directive("BrotliCompressionQuality", compat.Take1, compat.Server, quality,
			"Compression quality between 0 and 11 (higher quality means slower compression)"),
		dir.Directive("BrotliCompressionWindow", compat.Take1, compat.Server, window,
			"Sliding window size between 10 and 24 (larger windows can improve compression, but require more memory)"),
		dir.Directive("BrotliCompressionMaxInputBlock", compat.Take1, compat.Server, block,
			"Maximum input block size between 16 and 24 (larger block sizes require more memory)"),
		dir.Directive("BrotliAlterETag", compat.Take1, compat.Server,
			compress.ETagSetter(said, "BrotliAlterETag accepts only 'AddSuffix', 'NoChange' and 'Remove'"),
			"Set how mod_brotli should modify ETag response headers: 'AddSuffix' (default), 'NoChange', 'Remove'"),
	},
	OutputFilters: []compat.OutputFilter{
		{Name: "BROTLI_COMPRESS", Type: compat.FilterContent, Wrap: hosts.Wrap, Repeats: true},
	},
	Init: hosts.Prepare,
}

var (
	dir   = compat.NewSlot[config]()
	hosts = compress.NewHosts(dir, said, (*config).compile)
)

type config struct {
	quality *int
	window  int
	block   int
	said    compress.Said
}

func said(c *config) *compress.Said { return &c.said }

// The defaults.
const (
	defaultQuality = 5
	defaultWindow  = 18
	defaultBlock   = 16
	buffer         = 8 << 10
)

// Merge takes what is said further inside, all of it: the module has no merge.
func (config) Merge(over config) config { return over }

func quality(c *compat.Cmd, conf *config) error {
	n := compat.Atoi(c.Arg(0))
	if n < 0 || n > 11 {
		return compat.Errorf("BrotliCompressionQuality must be between 0 and 11")
	}
	conf.quality = &n
	return nil
}

func window(c *compat.Cmd, conf *config) error {
	if conf.window = compat.Atoi(c.Arg(0)); conf.window < 10 || conf.window > 24 {
		return compat.Errorf("BrotliCompressionWindow must be between 10 and 24")
	}
	return nil
}

func block(c *compat.Cmd, conf *config) error {
	if conf.block = compat.Atoi(c.Arg(0)); conf.block < 16 || conf.block > 24 {
		return compat.Errorf("BrotliCompressionMaxInputBlock must be between 16 and 24")
	}
	return nil
}

func (c *config) compile() *compress.Filter {
	quality := defaultQuality
	if c.quality != nil {
		quality = *c.quality
	}
	window := cmp.Or(c.window, defaultWindow)
	return &compress.Filter{
		Token:     "br",
		Suffix:    "br",
		Extension: ".br",
		Module:    "brotli",
		Settings:  settings(quality, window),
		Refuses:   compress.RefusesWith("no-brotli"),
		Small:     -1,
		Block:     1 << cmp.Or(c.block, defaultBlock),
		Buffer:    buffer,
		Codec:     codec(quality, window),
	}
}

// codec is what encodes with a quality and a window.
func codec(quality, window int) *compress.Codec {
	return compress.Shared("br", settings(quality, window), func() *compress.Codec {
		return &compress.Codec{
			Encode: func() compress.Encoder {
				return brotli.NewWriterOptions(nil, brotli.WriterOptions{Quality: quality, LGWin: window})
			},
			Decode: func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		}
	})
}

func settings(quality, window int) string { return fmt.Sprintf("%d/%d", quality, window) }
