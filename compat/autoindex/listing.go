package autoindex

import (
	"bufio"
	"errors"
	"io/fs"
	"strings"

	"understudy/compat"
)

// serve answers for directories (handle_autoindex).
func serve(r *compat.Request, conf *config) compat.Status {
	if r.Handler != "httpd/unix-directory" && r.Handler != "default-handler" || !r.IsDir() {
		return compat.Declined
	}
	if r.Method != "GET" && r.Method != "HEAD" {
		return compat.Declined
	}
	if r.Opts()&compat.OptIndexes == 0 {
		names := r.Notes.Get("dir-index-names")
		if names == "" {
			names = "none"
		}
		r.Logf("autoindex", compat.LevelError, nil, "AH01276: Cannot serve directory %s: No matching DirectoryIndex (%s) "+
			"found, and server-generated directory index forbidden by Options directive", r.Filename, names)
		return 403
	}
	if status := r.DiscardBody(); status != compat.OK {
		return status
	}
	if !strings.HasSuffix(r.Filename, "/") {
		r.Filename += "/" // Entries are looked up beside it.
	}
	return index(r, conf)
}

// A listing is a page under way.
type listing struct {
	r    *compat.Request
	conf *config
	w    *bufio.Writer
	arrangement
}

// index answers with the listing of r's directory (index_directory).
func index(r *compat.Request, conf *config) compat.Status {
	d, err := r.Open()
	if err != nil {
		r.Logf("autoindex", compat.LevelError, cause(err), "AH01275: Can't open directory for index: %s", r.Filename)
		return 403
	}
	defer d.Close()
	r.ContentType = contentType(conf)
	if conf.options&trackModified != 0 {
		compat.SetLastModified(r, r.Info.ModTime())
		if etag := compat.FileETag(r, r.Info, r.Filename); etag != "" {
			r.Out.Set("ETag", etag)
		}
	}
	if r.HeaderOnly {
		return compat.OK
	}
	l := &listing{r: r, conf: conf, w: bufio.NewWriter(r.Writer), arrangement: arrange(conf, r.Query)}
	l.head()
	l.list(l.entries(d))
	l.tail()
	if err := l.w.Flush(); err != nil {
		r.Aborted = true
	}
	return compat.OK
}

func contentType(conf *config) string {
	media, charset := "text/html", "ISO-8859-1"
	if conf.media != nil {
		media = *conf.media
	}
	if conf.charset != nil {
		charset = *conf.charset
	}
	if charset == "" {
		return media
	}
	return media + ";charset=" + charset
}

// cause is the operating system's part of an error.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
