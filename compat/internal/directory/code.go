package directory

import (
	"errors"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// A Code is the result of an operation, as LDAP and its C library number them.
type Code int

// The codes that decide something.
const (
	Success             Code = 0
	CompareFalse        Code = 5
	CompareTrue         Code = 6
	Referral            Code = 10
	NoSuchAttribute     Code = 16
	ConstraintViolation Code = 19
	NoSuchObject        Code = 32
	InvalidCredentials  Code = 49
	Unavailable         Code = 52
	Other               Code = 80
	ServerDown          Code = -1
	LocalError          Code = -2
	DecodingError       Code = -4
	TimedOut            Code = -5
	FilterError         Code = -7
	ConnectError        Code = -11
	ReferralLimit       Code = -17
)

// IsDown reports whether the server cannot be reached (AP_LDAP_IS_SERVER_DOWN).
func (c Code) IsDown() bool { return c == ServerDown || c == Unavailable }

// IsSecurity reports whether the server will not have this user
// (LDAP_SECURITY_ERROR, and what some say of a locked one).
func (c Code) IsSecurity() bool { return c >= 47 && c <= 50 || c == ConstraintViolation }

// String is the text of OpenLDAP (ldap_err2string).
func (c Code) String() string {
	if s, ok := codes[c]; ok {
		return s
	}
	if c < 0 {
		return "Unknown API error"
	}
	return "Unknown error"
}

var codes = map[Code]string{
	-17: "Referral Limit Exceeded", -11: "Connect error", -7: "Bad search filter", -5: "Timed out", -4: "Decoding error",
	-2: "Local error", -1: "Can't contact LDAP server",
	0: "Success", 1: "Operations error", 2: "Protocol error", 3: "Time limit exceeded", 4: "Size limit exceeded",
	5: "Compare False", 6: "Compare True", 7: "Authentication method not supported", 8: "Strong(er) authentication required",
	9: "Partial results and referral received", 10: "Referral", 11: "Administrative limit exceeded",
	12: "Critical extension is unavailable", 13: "Confidentiality required", 14: "SASL bind in progress",
	16: "No such attribute", 17: "Undefined attribute type", 18: "Inappropriate matching", 19: "Constraint violation",
	20: "Type or value exists", 21: "Invalid syntax",
	32: "No such object", 33: "Alias problem", 34: "Invalid DN syntax", 35: "Entry is a leaf", 36: "Alias dereferencing problem",
	47: "Proxy Authorization Failure (X)", 48: "Inappropriate authentication", 49: "Invalid credentials",
	50: "Insufficient access", 51: "Server is busy", 52: "Server is unavailable", 53: "Server is unwilling to perform",
	54: "Loop detected", 64: "Naming violation", 65: "Object class violation", 66: "Operation not allowed on non-leaf",
	67: "Operation not allowed on RDN", 68: "Already exists", 69: "Cannot modify object class", 70: "Results too large",
	71: "Operation affects multiple DSAs", 76: "Virtual List View error", 80: "Other (e.g., implementation specific) error",
	118: "Cancelled", 119: "No Operation to Cancel", 120: "Too Late to Cancel", 121: "Cannot Cancel", 122: "Assertion Failed",
	123: "Proxied Authorization Denied",
}

// codeOf is what the library's error comes to.
func codeOf(err error) Code {
	if err == nil {
		return Success
	}
	var e *ldap.Error
	if !errors.As(err, &e) {
		return ServerDown // It could not write or read.
	}
	switch e.ResultCode {
	case ldap.ErrorNetwork:
		if strings.Contains(e.Error(), "timed out") {
			return TimedOut
		}
		return ServerDown
	case ldap.ErrorFilterCompile:
		return FilterError
	case ldap.ErrorUnexpectedMessage, ldap.ErrorUnexpectedResponse, ldap.ErrorMalformedPacket:
		return DecodingError
	}
	if e.ResultCode >= 200 && e.ResultCode < 256 {
		return LocalError
	}
	return Code(e.ResultCode)
}
