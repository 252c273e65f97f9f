package compat

import "strings"

// CheckMPM is an error unless exactly one processing module is loaded. Apache
// asks after the files are read and before any directive of them is obeyed
// (AH00534), for Listen and its like belong to these modules.
func (b *Build) CheckMPM() error {
	n := 0
	for _, m := range b.Modules {
		if strings.HasPrefix(m.Name, "mpm_") {
			n++
		}
	}
	switch n {
	case 0:
		return Refuse("AH00534: %s: Configuration error: No MPM loaded.", b.Program)
	case 1:
		return nil
	}
	return Refuse("AH00534: %s: Configuration error: More than one MPM loaded.", b.Program)
}
