// Package dir is mod_dir: the slash behind a directory's name, the index file
// of a directory, and the fallback for what does not exist.
package dir

import (
	"cmp"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// Module is mod_dir.
var Module = compat.Module{
	Name:  "dir_module",
	File:  "mod_dir.c",
	Alone: true,
	Directives: []compat.Directive{
		slot.Text("FallbackResource", compat.Indexes, func(c *config) *string { return &c.fallback },
			"Set a default handler"),
		slot.Directive("DirectoryIndex", compat.RawArgs, compat.Indexes, addIndex,
			"a list of file names"),
		slot.Flag("DirectorySlash", compat.Indexes, func(c *config) **bool { return &c.slash },
			"On or Off"),
		slot.Flag("DirectoryCheckHandler", compat.Indexes, func(c *config) **bool { return &c.checkHandler },
			"On or Off"),
		slot.Directive("DirectoryIndexRedirect", compat.Take1, compat.Indexes, setRedirect,
			"On, Off, or a 3xx status code."),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Fixups, fixup).Repeats().Always().Last(),
	},
}

var slot = compat.NewSlot[config]()

type config struct {
	index        []string // nil: not said; empty: disabled
	slash        *bool
	checkHandler *bool
	redirect     *int // the status; 0: Off
	fallback     string
}

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	m := config{
		index:        base.index,
		slash:        cmp.Or(over.slash, base.slash),
		checkHandler: cmp.Or(over.checkHandler, base.checkHandler),
		redirect:     cmp.Or(over.redirect, base.redirect),
		fallback:     cmp.Or(over.fallback, base.fallback),
	}
	if over.index != nil {
		m.index = over.index
	}
	return m
}

// addIndex adds to the names given before in the same section. "disabled" alone
// clears them.
func addIndex(c *compat.Cmd, conf *config) error {
	if conf.index == nil {
		conf.index = []string{}
	}
	words := apacheconf.Words(c.Raw)
	if len(words) == 1 && strings.EqualFold(words[0], "disabled") {
		conf.index = []string{}
		return nil
	}
	for _, w := range words {
		if w == "" {
			break
		}
		conf.index = append(conf.index, w)
	}
	return nil
}

func setRedirect(c *compat.Cmd, conf *config) error {
	status, err := redirectStatus(c.Arg(0))
	if err != nil {
		return err
	}
	conf.redirect = &status
	return nil
}

func redirectStatus(word string) (int, error) {
	switch strings.ToLower(word) {
	case "on", "temp":
		return 302, nil
	case "off":
		return 0, nil
	case "permanent":
		return 301, nil
	case "seeother":
		return 303, nil
	}
	if word == "" || word[0] < '0' || word[0] > '9' {
		return 0, compat.Errorf("DirectoryIndexRedirect ON|OFF|permanent|temp|seeother|3xx")
	}
	status := compat.Atoi(word)
	if !isRedirect(status) {
		return 0, compat.Errorf("DirectoryIndexRedirect only accepts values between 300 and 399")
	}
	return status, nil
}

// isRedirect reports whether status is a redirection (ap_is_HTTP_REDIRECT).
func isRedirect(status int) bool { return status >= 300 && status < 400 }
