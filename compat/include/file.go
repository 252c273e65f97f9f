package include

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"understudy/compat"
)

// errAboveRoot is APR's text for a path that leaves where it may lead.
var errAboveRoot = errors.New("(20023)The given path was above the root path")

// below is a path in or below the directory of the page; ok is false for
// others.
func below(name string) (clean string, ok bool) {
	if strings.HasPrefix(name, "/") {
		return "", false
	}
	clean = path.Clean(name)
	if clean == ".." || strings.HasPrefix(clean, "../") {
		return "", false
	}
	if clean == "." || strings.HasSuffix(name, "/") {
		return strings.TrimPrefix(clean, ".") + "/", true
	}
	return clean, true
}

// include is handle_include.
func (p *page) include(args []argument) {
	if !p.ready(len(args) > 0, "AH01341", "include") {
		return
	}
	failed := false
	for _, a := range given(args) {
		switch a.name {
		case "file", "virtual", "onerror":
		default:
			p.fail("AH01342: unknown parameter \"%s\" to tag include in %s", a.name, p.r.Filename)
			return
		}
		value := decodeEntities(a.value)
		if a.name == "virtual" && failed || a.name == "onerror" && !failed {
			continue
		}
		text, err := p.fetch(a.name, value)
		if text == "" {
			failed = false
			continue
		}
		p.r.Logf("include", compat.LevelError, err, "%s", text)
		if failed {
			break // So did what stands in for it.
		}
		failed = true
	}
	if failed {
		p.put(p.errorText)
	}
}

// fetch puts a file or URL in the place of a directive; else it says what is
// wrong.
func (p *page) fetch(kind, value string) (complaint string, err error) {
	expanded := p.expand(value, false)
	var sub *compat.Request
	p.share()
	if kind == "file" {
		name, ok := below(expanded)
		if !ok {
			return fmt.Sprintf("unable to include file \"%s\" in parsed file %s", value, p.r.Filename), errAboveRoot
		}
		sub = p.r.Engine.LookupFile(p.r, name)
	} else {
		method := "GET"
		if p.r.KeptBody != nil { // Which mod_request gives it, too.
			method = p.r.Method
		}
		sub = p.r.Engine.Lookup(p.r, expanded, method)
	}
	failed := "subrequest setup returned"
	status := sub.Status
	if status == 200 {
		if p.noExec && sub.ContentType != "" && !strings.HasPrefix(sub.ContentType, "text/") {
			return fmt.Sprintf("unable to include potential exec \"%s\" in parsed file %s, content type not text/*",
				value, p.r.Filename), nil
		}
		failed = "subrequest returned"
		status = int(p.runSub(sub, true))
	}
	if status == 0 {
		return "", nil
	}
	return fmt.Sprintf("unable to include \"%s\" in parsed file %s, %s %d", value, p.r.Filename, failed, status), nil
}

// runSub lets a sub-request answer in the place of a directive. A page in the
// page shares its variables where that is wanted.
func (p *page) runSub(sub *compat.Request, sharing bool) compat.Status {
	p.pass()
	if sharing {
		sub.State = compat.NewVector()
		nested.Make(sub.State).page = p
	}
	sub.Writer = p.next
	return p.r.Engine.Run(sub)
}

// size is handle_fsize.
func (p *page) size(args []argument) {
	if !p.ready(len(args) > 0, "AH01350", "fsize") {
		return
	}
	for _, a := range given(args) {
		info := p.find("fsize", a)
		if info == nil {
			return
		}
		if p.inBytes {
			p.put(thousands(info.Size()))
			continue
		}
		p.put(compat.FormatSize(info.Size()))
	}
}

// thousands writes a number with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// lastModified is handle_flastmod.
func (p *page) lastModified(args []argument) {
	if !p.ready(len(args) > 0, "AH01351", "flastmod") {
		return
	}
	for _, a := range given(args) {
		info := p.find("flastmod", a)
		if info == nil {
			return
		}
		p.put(formatTime(p.timeFormat, info.ModTime()))
	}
}

// find is find_file; nil: there is none, and the error is printed.
func (p *page) find(element string, a argument) fs.FileInfo {
	value := p.expand(decodeEntities(a.value), false)
	p.share()
	switch a.name {
	case "file":
		name, ok := below(value)
		if !ok {
			p.r.Logf("include", compat.LevelError, errAboveRoot, "AH02668: unable to access file \"%s\" in parsed file %s",
				value, p.r.Filename)
			p.put(p.errorText)
			return nil
		}
		sub := p.r.Engine.LookupFile(p.r, name)
		if sub.Status != 200 || sub.Info == nil {
			p.fail("AH02670: unable to lookup information about \"%s\" in parsed file %s", value, p.r.Filename)
			return nil
		}
		info, err := os.Stat(sub.Filename)
		if err != nil {
			p.fail("AH02669: unable to get information about \"%s\" in parsed file %s", sub.Filename, p.r.Filename)
			return nil
		}
		return info
	case "virtual":
		sub := p.r.Engine.Lookup(p.r, value, "GET")
		if sub.Status == 200 && sub.Info != nil {
			return sub.Info
		}
		p.fail("AH01339: unable to get information about \"%s\" in parsed file %s", value, p.r.Filename)
		return nil
	}
	p.fail("AH01340: unknown parameter \"%s\" to tag %s in %s", a.name, element, p.r.Filename)
	return nil
}
