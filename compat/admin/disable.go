package admin

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// essential are the modules that are not disabled without a question.
var essential = strings.Fields("alias auth_basic authn_file authz_host authz_user autoindex deflate dir env filter " +
	"logio mime negotiation setenvif unixd version watchdog")

// disableOne disables one module, site or configuration.
func (t *tool) disableOne(name string) bool {
	target, link := t.available+"/"+name+t.ext, t.enabled+"/"+name+t.ext
	if !exists(target) {
		return t.disableLost(name, link)
	}
	if t.kind == "mod" {
		if !t.dependents(name) {
			return false
		}
		if slices.Contains(essential, name) && !t.force {
			t.confirm(name)
		}
	}
	info, err := os.Lstat(link)
	switch {
	case err == nil:
		removed := t.remove(link, info)
		if conf := t.enabled + "/" + name + ".conf"; t.kind == "mod" {
			if info, err := os.Lstat(conf); err == nil {
				t.remove(conf, info)
			}
		}
		if t.kind == "mod" && name == "cache_disk" {
			t.outside("apache-htcacheclean")
		}
		t.changed = t.changed || removed
		t.remember(name, false)
		t.say("%s %s disabled.", t.label(), name)
	case t.kind == "mod" && isLink(t.enabled+"/"+name+".conf"):
		t.say("Disabling stale config file %s.conf.", name)
		t.removeLink(t.enabled + "/" + name + ".conf")
		t.changed = true
	default:
		t.note("%s %s already disabled", t.label(), name)
		if t.purge {
			t.remember(name, false)
		}
	}
	return true
}

// disableLost disables what is not there any more.
func (t *tool) disableLost(name, link string) bool {
	if isLink(link) && !exists(link) {
		t.note("removing dangling symlink %s", link)
		os.Remove(link)
		if conf := t.enabled + "/" + name + ".conf"; t.kind == "mod" && isLink(conf) && !exists(conf) {
			t.note("removing dangling symlink %s", conf)
			os.Remove(conf)
		}
		return true
	}
	if t.purge {
		t.remember(name, false)
		return true
	}
	t.complain("ERROR: %s %s does not exist!", t.label(), name)
	return false
}

// dependents looks after the modules that need name: with -f they are disabled
// before it.
func (t *tool) dependents(name string) bool {
	var who []string
	for _, p := range glob(t.enabled + "/*.load") {
		if slices.Contains(header(p, "Depends"), name) {
			who = append(who, strings.TrimSuffix(filepath.Base(p), ".load"))
		}
	}
	if len(who) == 0 {
		return true
	}
	if !t.force {
		t.complain("ERROR: The following modules depend on %s and need to be disabled first: %s", name, strings.Join(who, " "))
		return false
	}
	for _, d := range who {
		t.note("Considering dependency %s for %s:", d, name)
		if !t.disableOne(d) {
			return false
		}
	}
	return true
}

// confirm asks before an essential module goes; anything but the phrase ends
// the program.
func (t *tool) confirm(name string) {
	t.say("WARNING: The following essential module will be disabled.\n" +
		"This might result in unexpected behavior and should NOT be done\n" +
		"unless you know exactly what you are doing!\n " + name + "\n")
	t.out.Write([]byte("To continue type in the phrase 'Yes, do as I say!' or retry by passing '-f': "))
	line, _ := t.in.ReadString('\n')
	if strings.TrimSuffix(line, "\n") != "Yes, do as I say!" {
		t.say("Aborting")
		panic(exit(1))
	}
}

// remove removes a link, and reports whether it was one.
func (t *tool) remove(path string, info os.FileInfo) bool {
	if info.Mode()&os.ModeSymlink == 0 {
		t.complain("ERROR: %s is not a symbolic link, not deleting", path)
		return false
	}
	t.removeLink(path)
	return true
}

func (t *tool) removeLink(path string) {
	if err := os.Remove(path); err != nil {
		t.fail(err, "Could not remove "+path)
	}
}
