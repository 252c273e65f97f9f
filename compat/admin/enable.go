package admin

import (
	"slices"
)

// enable enables one module, site or configuration.
func (t *tool) enable(name string) error {
	if t.dir == "mods" && name == "cgi" && t.threaded() {
		t.say("Your MPM seems to be threaded. Selecting cgid instead of cgi.")
		name = "cgid"
	}
	file, link := t.available+"/"+name+t.ext, t.enabled+"/"+name+t.ext
	if !exists(file) {
		return t.enableMissing(name, link)
	}
	if err := t.prerequisites(name, file); err != nil {
		return err
	}
	state, err := t.inspect(file, link)
	if err != nil {
		return err
	}
	switch state {
	case linked:
		return t.enableRest(name)
	case unlinked:
		return t.enableWhole(name, file, link)
	}
	return t.fail("%s %s not properly enabled: %s", t.label, name, state)
}

// enableMissing is for a name without a file. Purging forgets it without a
// word.
func (t *tool) enableMissing(name, link string) error {
	if dangles(link) {
		t.fail("%s is a dangling symlink!", link)
	}
	return t.unknown(name)
}

func (t *tool) unknown(name string) error {
	if t.purge {
		t.mark(name)
		return nil
	}
	t.fail("%s %s does not exist!", t.label, name)
	if bare := t.available + "/" + name; t.on && t.terminal && t.dir != "mods" && name != "" && exists(bare) {
		t.complain("Apache 2.4 wants the ending %s: mv %s %s%s", t.ext, bare, bare, t.ext)
	}
	return errFailed
}

// A side is the .conf that some modules have beside their .load.
func (t *tool) side(name string) (file, link string, ok bool) {
	file, link = t.available+"/"+name+".conf", t.enabled+"/"+name+".conf"
	return file, link, t.dir == "mods" && exists(file)
}

// enableRest is for a name whose link is in place; that of a module's .conf
// may be missing.
func (t *tool) enableRest(name string) error {
	file, link, ok := t.side(name)
	state := linked
	if ok {
		var err error
		if state, err = t.inspect(file, link); err != nil {
			return err
		}
	}
	switch state {
	case linked:
		t.note("%s %s already enabled", t.label, name)
		return nil
	case unlinked:
		t.say("Enabling config file %s.conf.", name)
		return t.link(file, link)
	}
	return t.fail("Config file %s.conf not properly enabled: %s", name, state)
}

// enableWhole makes the links of a name that has none.
func (t *tool) enableWhole(name, file, link string) error {
	if conf, confLink, ok := t.side(name); ok {
		state, err := t.inspect(conf, confLink)
		switch {
		case err != nil:
			return err
		case state == unlinked:
			if err := t.link(conf, confLink); err != nil {
				return err
			}
		case state != linked:
			return t.fail("Config file %s.conf not properly enabled: %s", name, state)
		}
	}
	t.say("Enabling %s %s.", t.noun, name)
	t.special(name)
	if err := t.link(file, link); err != nil {
		return err
	}
	return t.mark(name)
}

// prerequisites sees to what name depends on and what it conflicts with, after
// the file's header. Only for modules are others enabled.
func (t *tool) prerequisites(name, file string) error {
	if t.dir != "mods" {
		return t.modulesThere(name, t.header(file, "Depends"))
	}
	if slices.Contains(t.underway, name) {
		return nil
	}
	t.underway = append(t.underway, name)
	defer func() { t.underway = t.underway[:len(t.underway)-1] }()
	if err := t.first(name, t.header(file, "Depends")); err != nil {
		return err
	}
	return t.noConflicts(name, t.header(file, "Conflicts"))
}

// first enables or disables other modules before name.
func (t *tool) first(name string, others []string) error {
	for _, other := range others {
		t.note("Considering dependency %s for %s:", other, name)
		if err := t.one(other); err == errFailed {
			return t.fail("Could not %s dependency %s for %s, aborting", t.verb(), other, name)
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (t *tool) modulesThere(name string, modules []string) error {
	for _, m := range modules {
		t.note("Checking dependency %s for %s:", m, name)
		if !exists(t.modsEnabled + "/" + m + ".load") {
			t.complain("WARNING: Module %s is not enabled, but %s depends on it, aborting", m, name)
			return errFailed
		}
	}
	return nil
}

// noConflicts complains of every enabled module that must not be there.
func (t *tool) noConflicts(name string, modules []string) (result error) {
	for _, m := range modules {
		t.note("Considering conflict %s for %s:", m, name)
		state, err := t.inspect(t.available+"/"+m+t.ext, t.enabled+"/"+m+t.ext)
		if err != nil {
			return err
		}
		if state == linked {
			result = t.fail("Module %s is enabled - cannot proceed due to conflicts. "+
				"It needs to be disabled first!", m)
		}
	}
	return result
}
