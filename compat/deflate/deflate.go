// Package deflate is mod_deflate: it compresses answers with gzip, and inflates
// request bodies and answers that came compressed.
//
// The filter DEFLATE for answers is package compress with the gzip coding of
// gzip.go; INFLATE and the DEFLATE for request bodies are in inflate.go.
//
// Deviations: an answer made of a file that has not changed is compressed once
// and remembered, and a file NAME.gz beside it that holds the same is sent
// instead. What zlib says of bad data is not what our decoder says of it.
// DeflateMemLevel tunes nothing but how long an answer may be whose length is
// still announced.
package deflate

import (
	"understudy/compat"
	"understudy/compat/internal/compress"
)

// Module is mod_deflate.
var Module = compat.Module{
	Name:  "deflate_module",
	File:  "mod_deflate.c",
	Alone: true,
	Directives: []compat.Directive{
		server.Directive("DeflateFilterNote", compat.Take12, compat.Server, compress.NoteSetter(said, "Unknown note type %s"),
			"Set a note to report on compression ratio"),
		server.Directive("DeflateWindowSize", compat.Take1, compat.Server, windowSize,
			"Set the Deflate window size (1-15)"),
		server.Directive("DeflateBufferSize", compat.Take1, compat.Server, bufferSize,
			"Set the Deflate Buffer Size"),
		server.Directive("DeflateMemLevel", compat.Take1, compat.Server, memLevel,
			"Set the Deflate Memory Level (1-9)"),
		server.Directive("DeflateCompressionLevel", compat.Take1, compat.Server, level,
			"Set the Deflate Compression Level (1-9)"),
		dir.Directive("DeflateInflateLimitRequestBody", compat.Take1, compat.All, inflateLimit,
			"Set a limit on size of inflated input"),
		dir.Directive("DeflateInflateRatioLimit", compat.Take1, compat.All, ratioLimit,
			"Set the inflate ratio limit above which inflation is aborted (default: 200)"),
		dir.Directive("DeflateInflateRatioBurst", compat.Take1, compat.All, ratioBurst,
			"Set the maximum number of following inflate ratios above limit (default: 3)"),
		server.Directive("DeflateAlterEtag", compat.Take1, compat.Server,
			compress.ETagSetter(said, "DeflateAlterETAG accepts only 'NoChange', 'AddSuffix', and 'Remove'"),
			"Set how mod_deflate should modify ETAG response headers: 'AddSuffix' (default), 'NoChange' (2.2.x behavior), 'Remove'"),
	},
	OutputFilters: []compat.OutputFilter{
		{Name: "DEFLATE", Type: compat.FilterContent, Wrap: hosts.Wrap, Repeats: true},
		{Name: "INFLATE", Type: compat.FilterResource - 1, Wrap: wrapInflate},
	},
	InputFilters: []compat.InputFilter{
		{Name: "DEFLATE", Type: compat.FilterContent, Wrap: wrapInput},
	},
	Init: hosts.Prepare,
}

var (
	server = compat.NewSlot[config]()
	dir    = compat.NewSlot[limits]()
	hosts  = compress.NewHosts(server, said, (*config).compile)
)

// config is what is said of compressing at a host; zero is the default.
type config struct {
	window, memory, level, buffer int
	said                          compress.Said
}

func said(c *config) *compress.Said { return &c.said }

// The defaults.
const (
	defaultWindow = 15
	defaultMemory = 9
	defaultBuffer = 8096
	defaultRatio  = 200
	defaultBurst  = 3
)

// Merge takes what is said further inside, all of it: the module has no merge.
func (config) Merge(over config) config { return over }

// limits is what is said of inflating at a place. That of an inner place is all
// that counts there.
type limits struct {
	inflate      int64
	ratio, burst int
}

func (limits) Merge(over limits) limits { return over }

func windowSize(c *compat.Cmd, conf *config) error {
	if conf.window = compat.Atoi(c.Arg(0)); conf.window < 1 || conf.window > 15 {
		return compat.Errorf("DeflateWindowSize must be between 1 and 15")
	}
	return nil
}

func bufferSize(c *compat.Cmd, conf *config) error {
	if conf.buffer = compat.Atoi(c.Arg(0)); conf.buffer <= 0 {
		return compat.Errorf("DeflateBufferSize should be positive")
	}
	return nil
}

func memLevel(c *compat.Cmd, conf *config) error {
	if conf.memory = compat.Atoi(c.Arg(0)); conf.memory < 1 || conf.memory > 9 {
		return compat.Errorf("DeflateMemLevel must be between 1 and 9")
	}
	return nil
}

func level(c *compat.Cmd, conf *config) error {
	if conf.level = compat.Atoi(c.Arg(0)); conf.level < 1 || conf.level > 9 {
		return compat.Errorf("Compression Level must be between 1 and 9")
	}
	return nil
}

func inflateLimit(c *compat.Cmd, conf *limits) error {
	n, whole, ok := compat.ParseOffset(c.Arg(0))
	if !ok {
		return compat.Errorf("DeflateInflateLimitRequestBody is not parsable.")
	}
	if !whole || n < 0 {
		return compat.Errorf("DeflateInflateLimitRequestBody requires a non-negative integer.")
	}
	conf.inflate = n
	return nil
}

func ratioLimit(c *compat.Cmd, conf *limits) error {
	if conf.ratio = compat.Atoi(c.Arg(0)); conf.ratio <= 0 {
		return compat.Errorf("DeflateInflateRatioLimit must be positive")
	}
	return nil
}

func ratioBurst(c *compat.Cmd, conf *limits) error {
	if conf.burst = compat.Atoi(c.Arg(0)); conf.burst <= 0 {
		return compat.Errorf("DeflateInflateRatioBurst must be positive")
	}
	return nil
}
