// Package zstd compresses answers with Zstandard (RFC 8878), which Apache does
// not: the filter ZSTD, for SetOutputFilter and AddOutputFilterByType. A
// configuration asks for it with LoadModule zstd_module, and is still read by
// Apache if it does so within <IfModule>. The directives are those of
// mod_brotli under other names. It is package compress with the coding of
// klauspost/compress.
package zstd

import (
	"cmp"
	"io"

	"github.com/klauspost/compress/zstd"

	"understudy/compat"
	"understudy/compat/internal/compress"
)

// Module is what a mod_zstd would be.
var Module = compat.Module{
	Name: "zstd_module",
	File: "mod_zstd.c",
	Directives: []compat.Directive{
		dir.Directive("ZstdFilterNote", compat.Take12, compat.Server, compress.NoteSetter(said, "Unknown ZstdFilterNote type '%s'"),
			"Set a note to report on compression ratio"),
		dir.Directive("ZstdCompressionLevel", compat.Take1, compat.Server, level,
			"Compression level between 1 and 22 (higher levels mean slower compression)"),
		dir.Directive("ZstdAlterETag", compat.Take1, compat.Server,
			compress.ETagSetter(said, "ZstdAlterETag accepts only 'AddSuffix', 'NoChange' and 'Remove'"),
			"Set how to modify ETag response headers: 'AddSuffix' (default), 'NoChange', 'Remove'"),
	},
	OutputFilters: []compat.OutputFilter{
		{Name: "ZSTD", Type: compat.FilterContent, Wrap: hosts.Wrap, Repeats: true},
	},
	Init: hosts.Prepare,
}

var (
	dir   = compat.NewSlot[config]()
	hosts = compress.NewHosts(dir, said, (*config).compile)
)

type config struct {
	level int
	said  compress.Said
}

func said(c *config) *compress.Said { return &c.said }

const (
	defaultLevel = 3
	block        = 128 << 10 // of the format
	buffer       = 8 << 10
	// window is how far encoders look back, and what a client needs of memory:
	// less than what RFC 9659 lets us ask for.
	window = 1 << 20
)

// Merge takes what is said further inside, all of it: the module has no merge.
func (config) Merge(over config) config { return over }

func level(c *compat.Cmd, conf *config) error {
	if conf.level = compat.Atoi(c.Arg(0)); conf.level < 1 || conf.level > 22 {
		return compat.Errorf("ZstdCompressionLevel must be between 1 and 22")
	}
	return nil
}

func (c *config) compile() *compress.Filter {
	level := zstd.EncoderLevelFromZstd(cmp.Or(c.level, defaultLevel))
	return &compress.Filter{
		Token:     "zstd",
		Suffix:    "zstd",
		Extension: ".zst",
		Module:    "zstd",
		Settings:  level.String(),
		Refuses:   compress.RefusesWith("no-zstd"),
		Small:     -1,
		Block:     block,
		Buffer:    buffer,
		Codec:     codec(level),
	}
}

// codec is what encodes at a level.
func codec(level zstd.EncoderLevel) *compress.Codec {
	return compress.Shared("zstd", level.String(), func() *compress.Codec {
		return &compress.Codec{Encode: func() compress.Encoder { return encoder(level) }, Decode: decode}
	})
}

func encoder(level zstd.EncoderLevel) *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window))
	if err != nil {
		panic(err) // One of the options is wrong.
	}
	return e
}

func decode(r io.Reader) (io.Reader, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return nil, err
	}
	return d, nil
}
