package admin

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// label is the kind as messages begin with it.
func (t *tool) label() string { return strings.ToUpper(t.obj[:1]) + t.obj[1:] }

// note says what -q leaves out.
func (t *tool) note(format string, args ...any) {
	if !t.quiet {
		t.say(format, args...)
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

// enableOne enables one module, site or configuration.
func (t *tool) enableOne(name string) bool {
	if t.kind == "mod" && name == "cgi" && t.threaded() {
		t.say("Your MPM seems to be threaded. Selecting cgid instead of cgi.")
		name = "cgid"
	}
	target, link := t.available+"/"+name+t.ext, t.enabled+"/"+name+t.ext
	if !exists(target) {
		if isLink(link) && !exists(link) {
			t.complain("ERROR: %s is a dangling symlink!", link)
		}
		if t.purge {
			t.forget(name)
			return true
		}
		t.complain("ERROR: %s %s does not exist!", t.label(), name)
		return false
	}
	if !t.prerequisites(name, target) {
		return false
	}
	conf := t.kind == "mod" && exists(t.available+"/"+name+".conf")
	problem := t.checkLink(target, link)
	switch {
	case problem == linkRight:
		if conf {
			return t.enableConf(name)
		}
		t.note("%s %s already enabled", t.label(), name)
		return true
	case problem != linkMissing:
		t.complain("ERROR: %s %s not properly enabled: %s", t.label(), name, problem)
		return false
	}
	if conf {
		switch p := t.checkLink(t.available+"/"+name+".conf", t.enabled+"/"+name+".conf"); p {
		case linkRight, linkMissing:
		default:
			t.complain("ERROR: Config file %s.conf not properly enabled: %s", name, p)
			return false
		}
	}
	t.say("Enabling %s %s.", t.obj, name)
	t.remark(name)
	t.link(target, link)
	if conf && !isLink(t.enabled+"/"+name+".conf") {
		t.link(t.available+"/"+name+".conf", t.enabled+"/"+name+".conf")
	}
	t.done(name, true)
	return true
}

// enableConf looks after the .conf of a module whose .load is in place.
func (t *tool) enableConf(name string) bool {
	target, link := t.available+"/"+name+".conf", t.enabled+"/"+name+".conf"
	switch p := t.checkLink(target, link); p {
	case linkRight:
		t.note("%s %s already enabled", t.label(), name)
	case linkMissing:
		t.say("Enabling config file %s.conf.", name)
		t.link(target, link)
		t.changed = true
	default:
		t.complain("ERROR: Config file %s.conf not properly enabled: %s", name, p)
		return false
	}
	return true
}

// What checkLink finds; other texts say what is wrong.
const (
	linkRight   = "right"
	linkMissing = "missing"
)

// checkLink looks whether link leads to target. One that leads nowhere is
// removed.
func (t *tool) checkLink(target, link string) string {
	info, err := os.Lstat(link)
	if err != nil {
		return linkMissing
	}
	if info.Mode()&os.ModeSymlink == 0 {
		return link + " is a real file, not touching it"
	}
	if !exists(link) {
		t.dangling(link)
		os.Remove(link)
		return linkMissing
	}
	a, _ := filepath.EvalSymlinks(target)
	b, _ := filepath.EvalSymlinks(link)
	if a == b {
		return linkRight
	}
	return link + " exists but does not point to " + target + ", not touching it"
}

func (t *tool) dangling(link string) {
	if !t.quiet {
		t.out.Write([]byte("Removing dangling link " + link))
	}
}

// link makes a relative link; failing ends the program.
func (t *tool) link(target, link string) {
	rel, err := filepath.Rel(filepath.Dir(link), target)
	if err != nil {
		rel = target
	}
	if err := os.Symlink(rel, link); err != nil {
		t.fail(err, "Could not create "+link)
	}
}

// fail ends the program with the number of an error of the system.
func (t *tool) fail(err error, what string) {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		text := errno.Error()
		t.complain("%s: %s", what, strings.ToUpper(text[:1])+text[1:])
		panic(exit(errno))
	}
	t.complain("%s: %v", what, err)
	panic(exit(1))
}

func (t *tool) done(name string, on bool) {
	t.changed = true
	t.remember(name, on)
}

// remark says what is to be known about some modules.
func (t *tool) remark(name string) {
	if t.kind != "mod" {
		return
	}
	switch name {
	case "ssl":
		t.note("See /usr/share/doc/apache2/README.Debian.gz on how to configure SSL and create self-signed certificates.")
	case "cache_disk":
		t.outside("apache-htcacheclean")
	}
}

// outside switches a service that goes with a module.
func (t *tool) outside(service string) {
	verb, doing := "enable", "Enabling"
	if !t.enable {
		verb, doing = "disable", "Disabling"
	}
	t.service = service
	unit := service + t.suffix
	command := []string{"update-rc.d", unit, verb}
	if info, err := os.Stat(t.paths.systemd); err == nil && info.IsDir() && executable(t.paths.systemctl) {
		if unit = service; t.suffix != "" {
			unit += "@" + t.suffix[1:] + ".service"
		}
		command = []string{"systemctl", verb, unit}
	}
	t.note("%s external service %s", doing, unit)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = t.out, t.err
	if err := cmd.Run(); err != nil {
		t.complain("WARNING: '%s' failed", strings.Join(command, " "))
		return
	}
	if t.enable {
		t.note("The service will be started on next reboot.")
	}
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&0o111 != 0
}

var headerLine = map[string]*regexp.Regexp{
	"Depends":   regexp.MustCompile(`^# Depends:\s+(.*?)\s*$`),
	"Conflicts": regexp.MustCompile(`^# Conflicts:\s+(.*?)\s*$`),
}

// header reads a list in the comment a file begins with.
func header(path, what string) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	for in.Scan() {
		if line := in.Text(); line != "" && line[0] != '#' {
			return nil
		}
		if m := headerLine[what].FindStringSubmatch(in.Text()); m != nil {
			return strings.Split(m[1], " ")
		}
	}
	return nil
}

// prerequisites sees to what name depends on, and to what must not be there.
func (t *tool) prerequisites(name, target string) bool {
	depends, conflicts := header(target, "Depends"), header(target, "Conflicts")
	if t.kind != "mod" {
		return t.dependsMet(name, depends)
	}
	for _, d := range depends {
		t.note("Considering dependency %s for %s:", d, name)
		if !t.enableOne(d) {
			t.complain("ERROR: Could not enable dependency %s for %s, aborting", d, name)
			return false
		}
	}
	ok := true
	for _, other := range conflicts {
		t.note("Considering conflict %s for %s:", other, name)
		if exists(t.enabled + "/" + other + t.ext) {
			t.complain("ERROR: Module %s is enabled - cannot proceed due to conflicts. It needs to be disabled first!", other)
			ok = false
		}
	}
	return ok
}

// dependsMet looks whether the modules a site needs are enabled.
func (t *tool) dependsMet(name string, depends []string) bool {
	for _, d := range depends {
		t.note("Checking dependency %s for %s:", d, name)
		if !exists(t.modsEnabled + "/" + d + ".load") {
			t.complain("WARNING: Module %s is not enabled, but %s depends on it, aborting", d, name)
			return false
		}
	}
	return true
}

// threaded reports whether the MPM uses threads: what the server says, or else
// which one is enabled.
func (t *tool) threaded() bool {
	out, err := exec.Command(t.control2(), "-V").Output()
	if err == nil {
		return regexp.MustCompile(`(?m)^\s*threaded:\s+yes`).Match(out)
	}
	for _, m := range []string{"event", "worker"} {
		if exists(t.modsEnabled + "/mpm_" + m + ".load") {
			return true
		}
	}
	return false
}

// control2 is the apache2ctl to ask.
func (t *tool) control2() string {
	if c := beside(t.argv[0], "apache2ctl"); c != "" {
		return c
	}
	return t.paths.root + "/usr/sbin/apache2ctl"
}
