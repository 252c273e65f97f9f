package compat

import "runtime/debug"

// BuildTime is the time of the commit the program was built from, "unknown" if
// it does not say.
func BuildTime() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.time" {
				return s.Value[:min(len(s.Value), 19)]
			}
		}
	}
	return "unknown"
}
