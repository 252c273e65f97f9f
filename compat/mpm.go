package compat

import (
	"strings"

	"understudy/apacheconf"
)

// CheckMPM is an error unless t loads exactly one processing module. Apache
// asks after the files are read and before any directive of them is obeyed
// (AH00534), for Listen and its like belong to these modules. program is the
// name it complains under.
func CheckMPM(t *apacheconf.Tree, program string) error {
	n := 0
	for _, m := range t.Modules {
		if strings.HasPrefix(m.Identifier, "mpm_") {
			n++
		}
	}
	switch n {
	case 0:
		return Refuse("AH00534: %s: Configuration error: No MPM loaded.", program)
	case 1:
		return nil
	}
	return Refuse("AH00534: %s: Configuration error: More than one MPM loaded.", program)
}
