package compat

import "net/http"

// KnownStatus reports whether Apache has a line for a status
// (ap_index_of_response finds one).
func KnownStatus(status int) bool {
	return status != 306 && status != 418 && http.StatusText(status) != ""
}
