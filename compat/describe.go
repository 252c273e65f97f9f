package compat

import "strings"

// Describe says where a directive may stand, as -L prints it (show_overrides).
func (p Place) Describe(serverOnly bool) string {
	where := "only inside <Directory>, <Files>, <Location>, or <If>"
	switch {
	case p&(Options|FileInfo|Indexes) != 0, p&Server != 0 && p&(Access|AuthConfig|Limit) != 0:
		where = "anywhere"
	case p&Server != 0:
		where = "only outside <Directory>, <Files>, <Location>, or <If>"
	}
	if p&All != 0 {
		if serverOnly {
			where += " [no per-dir config]"
		}
		where += " and in .htaccess"
	}
	return where
}

// Overrides says which AllowOverride lets a .htaccess hold a directive, as -L
// prints it; "" where none does.
func (p Place) Overrides() string {
	if p&All == 0 {
		return ""
	}
	if p&All == All {
		return "isn't None"
	}
	var names []string
	for _, c := range []struct {
		bit  Place
		name string
	}{{AuthConfig, "AuthConfig"}, {Limit, "Limit"}, {Options, "Options"}, {FileInfo, "FileInfo"}, {Indexes, "Indexes"}} {
		if p&c.bit != 0 {
			names = append(names, c.name)
		}
	}
	return "includes " + strings.Join(names, " or ")
}
