package core

import (
	"os"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

func addDefaultCharset(c *compat.Cmd, conf *compat.Core) error {
	charset := c.Arg(0)
	switch strings.ToLower(charset) {
	case "off":
		charset = ""
	case "on":
		charset = "iso-8859-1"
	}
	conf.DefaultCharset = &charset
	return nil
}

func acceptPathInfo(c *compat.Cmd, conf *compat.Core) error {
	v, ok := map[string]compat.PathInfo{
		"on": compat.PathInfoOn, "off": compat.PathInfoOff, "default": compat.PathInfoDefault,
	}[strings.ToLower(c.Arg(0))]
	if !ok {
		return compat.Errorf("AcceptPathInfo must be set to on, off or default")
	}
	conf.AcceptPathInfo = &v
	return nil
}

func accessFileName(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	c.Host.AccessFiles = apacheconf.Words(c.Raw)
	return nil
}

// documentRoot must be there for the main server, except with -T. Package vhost
// warns of those of virtual hosts.
func documentRoot(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	root := c.Path(c.Arg(0))
	c.Host.DocumentRoot = root
	if c.Host == c.Build.Main {
		c.Build.Core.DocumentRootText = c.Arg(0)
	}
	if c.Host.Virtual || c.Build.NoDocumentRoots {
		return nil
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return compat.Errorf("DocumentRoot '%s' is not a directory, or is not readable", root)
	}
	return nil
}

func defaultType(c *compat.Cmd) error {
	if !strings.EqualFold(c.Arg(0), "off") && !strings.EqualFold(c.Arg(0), "none") {
		c.Warnf("core", compat.LevelWarn, "AH00117: Ignoring deprecated use of DefaultType in line %d of %s.",
			c.Node.Pos.Line, c.Node.Pos.File)
	}
	return nil
}

// errorDocument obeys ErrorDocument (set_error_document): a text, a local path,
// or a full URL, which makes no sense for a 401.
func errorDocument(c *compat.Cmd, conf *compat.Core) error {
	status, answer := compat.Atoi(c.Arg(0)), c.Arg(1)
	if !hasStatusLine(status) {
		return compat.Errorf("Unsupported HTTP response code %s", c.Arg(0))
	}
	local := strings.HasPrefix(answer, "/") && !strings.Contains(answer, " ")
	remote := compat.IsURL(answer) && !strings.Contains(answer, " ")
	if status == 401 && remote {
		c.Warnf("core", compat.LevelNotice,
			"AH00113: %s cannot use a full URL in a 401 ErrorDocument directive --- ignoring!", c.Node.Pos)
		return nil
	}
	if conf.ErrorDocuments == nil {
		conf.ErrorDocuments = map[int]compat.ErrorDocument{}
	}
	if strings.EqualFold(answer, "default") {
		conf.ErrorDocuments[status] = compat.ErrorDocument{Default: true}
		return nil
	}
	text, err := c.ExprText(answer)
	if err != nil {
		return compat.Errorf("Cannot parse expression in ErrorDocument: %v", err)
	}
	if local || remote {
		conf.ErrorDocuments[status] = compat.ErrorDocument{URI: text}
	} else {
		conf.ErrorDocuments[status] = compat.ErrorDocument{Text: text}
	}
	mark(c, conf, "errordocument")
	return nil
}

// statusLines are the ranges of statuses Apache has a reason phrase for.
var statusLines = [][2]int{
	{100, 102}, {200, 208}, {226, 226}, {300, 305}, {307, 308}, {400, 417}, {421, 424}, {426, 426},
	{428, 429}, {431, 431}, {451, 451}, {500, 508}, {510, 511},
}

func hasStatusLine(status int) bool {
	for _, r := range statusLines {
		if r[0] <= status && status <= r[1] {
			return true
		}
	}
	return false
}

// etagNames are the words of FileETag.
var etagNames = map[string]compat.ETagSet{
	"none":         compat.ETagNone,
	"all":          compat.ETagMTime | compat.ETagSize | compat.ETagINode,
	"size":         compat.ETagSize,
	"mtime":        compat.ETagMTime,
	"lmtime":       compat.ETagMTime,
	"lastmodified": compat.ETagMTime,
	"inode":        compat.ETagINode,
	"digest":       compat.ETagDigest,
}

// fileETag obeys FileETag (set_etag_bits): words without sign replace what was
// said before, others change it.
func fileETag(c *compat.Cmd, conf *compat.Core) error {
	first := true
	for _, w := range apacheconf.Words(c.Raw) {
		var sign byte
		if w != "" && (w[0] == '+' || w[0] == '-') {
			sign, w = w[0], w[1:]
		}
		name := strings.ToLower(w)
		bit, ok := etagNames[name]
		switch {
		case !ok:
			return compat.Errorf("Unknown keyword '%s' for %s directive", w, c.Name)
		case sign != 0 && (name == "none" || name == "all"):
			return compat.Errorf("%s keyword '%s' cannot be used with '+' or '-'", c.Name, w)
		case sign == '+':
			conf.ETagAdd, conf.ETagRemove = conf.ETagAdd|bit, conf.ETagRemove&^bit
		case sign == '-':
			conf.ETagRemove, conf.ETagAdd = conf.ETagRemove|bit, conf.ETagAdd&^bit
		default:
			if first || name == "none" || name == "all" {
				conf.ETag = new(compat.ETagSet)
			}
			*conf.ETag = (*conf.ETag | bit) &^ (compat.ETagNone &^ bit)
			conf.ETagAdd, conf.ETagRemove, first = 0, 0, false
		}
	}
	return nil
}
