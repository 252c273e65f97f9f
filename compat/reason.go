package compat

// reasons are Apache's phrases (status_lines), by hundreds.
var reasons = [...][]string{
	1: {"Continue", "Switching Protocols", "Processing", "Early Hints"},
	2: {"OK", "Created", "Accepted", "Non-Authoritative Information", "No Content", "Reset Content",
		"Partial Content", "Multi-Status", "Already Reported", 26: "IM Used"},
	3: {"Multiple Choices", "Moved Permanently", "Found", "See Other", "Not Modified", "Use Proxy", 7: "Temporary Redirect",
		8: "Permanent Redirect"},
	4: {"Bad Request", "Unauthorized", "Payment Required", "Forbidden", "Not Found", "Method Not Allowed",
		"Not Acceptable", "Proxy Authentication Required", "Request Timeout", "Conflict", "Gone", "Length Required",
		"Precondition Failed", "Request Entity Too Large", "Request-URI Too Long", "Unsupported Media Type",
		"Requested Range Not Satisfiable", "Expectation Failed", 21: "Misdirected Request",
		22: "Unprocessable Entity", 23: "Locked", 24: "Failed Dependency", 26: "Upgrade Required",
		28: "Precondition Required", 29: "Too Many Requests", 31: "Request Header Fields Too Large",
		51: "Unavailable For Legal Reasons"},
	5: {"Internal Server Error", "Not Implemented", "Bad Gateway", "Service Unavailable", "Gateway Timeout",
		"HTTP Version Not Supported", "Variant Also Negotiates", "Insufficient Storage", "Loop Detected",
		10: "Not Extended", 11: "Network Authentication Required"},
}

// Reason is the phrase that goes with a status, in Apache's words; "" where
// Apache knows none, and so not the status.
func Reason(status int) string {
	if h, i := status/100, status%100; h > 0 && h < len(reasons) && i < len(reasons[h]) {
		return reasons[h][i]
	}
	return ""
}
