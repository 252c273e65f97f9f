package wire

import "net/http"

// apacheReasons are the phrases that are not those of package http.
var apacheReasons = map[int]string{
	408: "Request Timeout", 413: "Request Entity Too Large", 414: "Request-URI Too Long",
	416: "Requested Range Not Satisfiable",
}

// Reason is the phrase that goes with a status, in Apache's words.
func Reason(status int) string {
	switch status {
	case 200:
		return "OK"
	case 304:
		return "Not Modified"
	case 404:
		return "Not Found"
	}
	if s, ok := apacheReasons[status]; ok {
		return s
	}
	return http.StatusText(status)
}
