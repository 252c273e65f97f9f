package vhost

import (
	"fmt"
	"slices"
	"strings"

	"understudy/apacheconf"
)

type unknownError struct{ name string }

func (e *unknownError) Error() string {
	return "Invalid command '" + e.name + "', perhaps misspelled or defined by a module " +
		"not included in the server configuration"
}

// hint says what was perhaps meant by an unknown directive.
func (b *builder) hint(name string) string {
	if m, ok := b.unknown[strings.ToLower(name)]; ok {
		return fmt.Sprintf("%s is a directive of %s, which is not loaded (a2enmod %s)",
			name, m, strings.TrimSuffix(m, "_module"))
	}
	if b.elsewhere != nil {
		if where := b.elsewhere(name); where != "" {
			return fmt.Sprintf("%s is %s", name, where)
		}
	}
	var names []string
	for _, rows := range b.rows {
		names = append(names, rows[0].Name)
	}
	slices.Sort(names)
	if near := apacheconf.Nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}
