package admin

import (
	"os"
	"os/exec"
	"strings"
)

// special is what goes with switching some modules.
func (t *tool) special(name string) {
	switch {
	case t.dir != "mods":
	case name == "ssl" && t.on:
		t.note("See /usr/share/doc/apache2/README.Debian.gz on how to configure SSL " +
			"and create self-signed certificates.")
	case name == "cache_disk":
		t.service = true
		t.switchCleaner()
	}
}

const cleaner = "apache-htcacheclean"

// switchCleaner has the cleaner of the disk cache started, or no longer
// started, with the machine.
func (t *tool) switchCleaner() {
	unit := cleaner + t.instance
	command := []string{"update-rc.d", unit, t.verb()}
	if info, err := os.Stat(t.paths.systemdDir); err == nil && info.IsDir() && executable(t.paths.systemctl) {
		unit = t.unit(cleaner)
		command = []string{"systemctl", t.verb(), unit}
	}
	doing := "Disabling"
	if t.on {
		doing = "Enabling"
	}
	t.note("%s external service %s", doing, unit)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Env = t.out, t.err, t.environment()
	if err := cmd.Run(); err != nil {
		t.complain("WARNING: '%s' failed", strings.Join(command, " "))
		return
	}
	if t.on {
		t.note("The service will be started on next reboot.")
	}
}

// unit is the systemd unit of a service for this instance.
func (t *tool) unit(service string) string {
	if t.instance == "" {
		return service
	}
	return service + "@" + t.instance[1:] + ".service"
}

// announce says how to make the change count.
func (t *tool) announce() {
	t.note("To activate the new configuration, you need to run:")
	systemd := t.underSystemd()
	if systemd {
		t.note("  systemctl %s %s", t.after, t.unit("apache2"))
	} else {
		t.note("  service apache2%s %s", t.instance, t.after)
	}
	if !t.service {
		return
	}
	verb := "stop"
	if t.on {
		verb = "start"
	}
	if systemd {
		t.note("  systemctl %s %s", verb, t.unit(cleaner))
		return
	}
	t.note("  service %s%s %s", cleaner, t.instance, verb)
}
