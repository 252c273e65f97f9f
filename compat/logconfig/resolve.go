package logconfig

import (
	"strings"

	"understudy/compat"
	"understudy/compat/internal/logformat"
)

// resolve makes the targets of each host that says something of logs, and of
// the main server.
func resolve(b *compat.Build) error {
	main := slot.Make(b.Main.Section.Vector)
	for _, h := range b.AllHosts() {
		own := slot.In(h.Section.Vector)
		if own == nil {
			continue
		}
		if err := resolveHost(b, main, own); err != nil {
			return err
		}
	}
	return nil
}

// resolveHost gives own the logs it writes: its own and the global ones of the
// main server, or, where it has none, all of the main server's. The main
// server's nicknames come before its own (merge_config_log_state).
func resolveHost(b *compat.Build, main, own *config) error {
	var formats []nickname
	if own != main {
		formats = append(formats, main.formats...)
	}
	formats = append(append(formats, own.formats...), nickname{"CLF", commonFormat})
	fallback := own.fallback
	if fallback == "" {
		fallback = main.fallback
	}
	if fallback == "" {
		fallback = commonFormat
	}
	logs := own.logs
	if own != main {
		for _, l := range main.logs {
			if l.global || len(own.logs) == 0 {
				logs = append(logs[:len(logs):len(logs)], l)
			}
		}
	}
	own.run = nil
	for _, l := range logs {
		text := l.format
		if text == "" {
			text = fallback
		}
		f, err := logformat.Parse(b, named(formats, text))
		if err != nil {
			return err
		}
		own.run = append(own.run, target{l, f})
	}
	return nil
}

// named is the format that text is a nickname of, or text.
func named(formats []nickname, text string) string {
	for _, n := range formats {
		if strings.EqualFold(n.name, text) {
			return n.format
		}
	}
	return text
}
