package dav

// An Error is one of mod_dav's (dav_error): a status, a number and a text for
// the log, and what led to it.
type Error struct {
	Status int
	ID     int // DAV_ERR_…
	Desc   string
	Tag    string // of an element "DAV:" that says what is wrong, for the client
	Cause  error  // of the operating system
	Prev   *Error
}

// The numbers of errors.
const (
	ErrIfParse       = 100
	ErrIfMultipleNot = 101
	ErrIfUnknown     = 102
	ErrIfAbsent      = 103
	ErrIfTagged      = 104
	ErrIfUnclosed    = 105
	ErrPropMajor     = 200
	ErrPropReadOnly  = 201
	ErrPropOpening   = 205
	ErrPropExec      = 206
	ErrLockOpen      = 400
	ErrLockNone      = 401
	ErrLockCorrupt   = 402
	ErrLockUnknown   = 403
	ErrLockParse     = 404
	ErrLockSave      = 405
)

// New is an error with a text.
func New(status int, desc string) *Error { return &Error{Status: status, Desc: desc} }

// Numbered is an error with a number.
func Numbered(status, id int, desc string) *Error { return &Error{Status: status, ID: id, Desc: desc} }

// Caused is an error of the operating system.
func Caused(status int, cause error, desc string) *Error {
	return &Error{Status: status, Desc: desc, Cause: cause}
}

// Push puts a text on top of what went wrong before.
func (e *Error) Push(status int, desc string) *Error {
	return &Error{Status: status, Desc: desc, Prev: e}
}

// IsServer reports whether it is the server's fault.
func (e *Error) IsServer() bool { return e.Status >= 500 && e.Status <= 599 }

// A WriteError is an error of a Stream's ReadFrom that is not the reader's.
type WriteError struct{ Err *Error }

// Error is the text for the log.
func (w WriteError) Error() string { return w.Err.Desc }
