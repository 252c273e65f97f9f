package wire

import (
	"strconv"

	"understudy/compat"
)

// Reason is the phrase that goes with a status, in Apache's words. One that
// has none is called by its number.
func Reason(status int) string {
	if text := compat.Reason(status); text != "" {
		return text
	}
	return "Status " + strconv.Itoa(status)
}
