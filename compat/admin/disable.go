package admin

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// essential are the modules that are not disabled without a question.
var essential = strings.Fields("alias auth_basic authn_file authz_host authz_user autoindex deflate dir env " +
	"filter logio mime negotiation setenvif unixd version watchdog")

// disable disables one module, site or configuration.
func (t *tool) disable(name string) error {
	link := t.enabled + "/" + name + t.ext
	if !exists(t.available + "/" + name + t.ext) {
		return t.disableMissing(name, link)
	}
	if t.dir == "mods" {
		if err := t.dependents(name); err != nil {
			return err
		}
	}
	_, confLink, hasConf := t.side(name)
	hasConf = hasConf && exists(confLink)
	switch {
	case exists(link) || isLink(link):
		conf := ""
		if hasConf {
			conf = confLink
		}
		return t.disableWhole(name, link, conf)
	case hasConf:
		t.say("Disabling stale config file %s.conf.", name)
		return t.unlink(confLink)
	}
	t.note("%s %s already disabled", t.label, name)
	if t.purge {
		return t.mark(name)
	}
	return nil
}

// disableMissing is for a name whose file is gone, as when a package was
// removed: the links it left go too, without a trace in the state files.
func (t *tool) disableMissing(name, link string) error {
	if !dangles(link) {
		return t.unknown(name)
	}
	for _, l := range []string{link, t.enabled + "/" + name + ".conf"} {
		if dangles(l) {
			t.note("removing dangling symlink %s", l)
			os.Remove(l)
		}
	}
	return nil
}

// disableWhole removes the link, and that of the .conf if there is one.
func (t *tool) disableWhole(name, link, conf string) error {
	t.special(name)
	if t.dir == "mods" && slices.Contains(essential, name) && !t.force {
		if err := t.confirm(name); err != nil {
			return err
		}
	}
	if err := t.unlink(link); err != nil {
		return err
	}
	if conf != "" {
		if err := t.unlink(conf); err != nil {
			return err
		}
	}
	// A state file that cannot be written is told, and no reason to fail.
	if err := t.mark(name); err != nil && err != errFailed {
		return err
	}
	t.say("%s %s disabled.", t.label, name)
	return nil
}

// dependents looks after the enabled modules that need name: with -f they are
// disabled before it.
func (t *tool) dependents(name string) error {
	var who []string
	for _, path := range glob(globLiteral(t.enabled) + "/*.load") {
		if slices.Contains(t.header(path, "Depends"), name) {
			who = append(who, strings.TrimSuffix(filepath.Base(path), ".load"))
		}
	}
	switch {
	case len(who) == 0 || slices.Contains(t.underway, name):
		return nil
	case !t.force:
		return t.fail("The following modules depend on %s and need to be disabled first: %s",
			name, strings.Join(who, " "))
	}
	t.underway = append(t.underway, name)
	defer func() { t.underway = t.underway[:len(t.underway)-1] }()
	return t.first(name, who)
}

// confirm asks before an essential module goes; anything but the phrase ends
// the program.
func (t *tool) confirm(name string) error {
	t.say("WARNING: The following essential module will be disabled.\n"+
		"This might result in unexpected behavior and should NOT be done\n"+
		"unless you know exactly what you are doing!\n %s\n", name)
	t.out.Write([]byte("To continue type in the phrase 'Yes, do as I say!' or retry by passing '-f': "))
	line, _ := t.in.ReadString('\n')
	if strings.TrimSuffix(line, "\n") != "Yes, do as I say!" {
		t.say("Aborting")
		return ended(1)
	}
	return nil
}
