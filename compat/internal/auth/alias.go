package auth

import (
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// AliasWords are the words of <AuthnProviderAlias and <AuthzProviderAlias: at
// least a provider and its other name.
func AliasWords(c *compat.Cmd) ([]string, error) {
	end := strings.LastIndexByte(c.Raw, '>')
	if end < 0 {
		return nil, compat.Errorf("%s> directive missing closing '>'", c.Name)
	}
	words := apacheconf.Words(c.Raw[:end])
	if len(words) < 2 || words[0] == "" || words[1] == "" {
		return nil, compat.Errorf("%s> directive requires additional arguments", c.Name)
	}
	return words, nil
}

// Enter makes section apply to r as well, until what it returns is called.
func Enter(r *compat.Request, section *compat.Section) (leave func()) {
	around := r.Scope
	r.Scope = section.Enter(around)
	return func() { r.Scope = around }
}
