package core

import (
	"os"
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// mechanisms are those of mutexes, as Mutex and as -S name them.
var mechanisms = map[string]string{"none": "none", "no": "none", "default": "default", "yes": "default", "flock": "flock",
	"fcntl": "fcntl", "file": "fcntl", "pthread": "pthread", "sysvsem": "sysvsem", "posixsem": "posixsem", "sem": "posixsem"}

const mechanismList = "Mutex mechanisms are: 'none', 'default', 'flock:/path/to/file', " +
	"'fcntl:/path/to/file', 'file:/path/to/file', 'pthread', 'sysvsem', 'posixsem', 'sem'"

// mutex obeys Mutex as far as -S shows it (ap_set_mutex). There are no mutexes
// between processes here.
func mutex(c *compat.Cmd) error {
	if err := global(c); err != nil {
		return err
	}
	word, rest := apacheconf.Word(c.Raw)
	if word == "" {
		return compat.Errorf("Mutex requires at least a mechanism argument (%s)", mechanismList)
	}
	said, err := mutexMechanism(c, word)
	if err != nil {
		return err
	}
	var types []string
	for _, w := range apacheconf.Words(rest) {
		if strings.EqualFold(w, "omitpid") {
			said.OmitPID = true
			continue
		}
		types = append(types, w)
	}
	if len(types) == 0 {
		types = []string{"default"}
	}
	for _, t := range slices.Backward(types) { // Apache takes them from the end.
		if err := setMutex(c.Build, t, said); err != nil {
			return err
		}
	}
	return nil
}

// mutexMechanism reads MECHANISM or MECHANISM:DIRECTORY (ap_parse_mutex).
func mutexMechanism(c *compat.Cmd, word string) (m compat.Mutex, err error) {
	name, dir, _ := strings.Cut(word, ":")
	m.Mechanism = mechanisms[strings.ToLower(name)]
	switch {
	case m.Mechanism == "":
		return m, compat.Errorf("Invalid Mutex argument %s (%s)", word, mechanismList)
	case dir == "" || m.Mechanism == "none":
		return m, nil
	}
	m.Dir = dir // Of a semaphore it is only a name.
	if m.Mechanism != "posixsem" {
		m.Dir = c.Path(dir)
	}
	if info, err := os.Stat(m.Dir); err != nil || !info.IsDir() {
		return m, compat.Errorf("Invalid Mutex directory in argument %s", word)
	}
	return m, nil
}

func setMutex(b *compat.Build, name string, said compat.Mutex) error {
	if name != "default" && !slices.Contains(b.MutexTypes(), name) {
		return compat.Errorf("Mutex type %s is not valid", name)
	}
	if said.Mechanism == "none" {
		return compat.Errorf("None is not allowed for mutex type %s", name)
	}
	if said.Dir == "" {
		said.Dir = b.Core.Mutexes[name].Dir
	}
	if b.Core.Mutexes == nil {
		b.Core.Mutexes = map[string]compat.Mutex{}
	}
	b.Core.Mutexes[name] = said
	return nil
}
