package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"

	"understudy/apacheconf"
)

// Errors of Apache's runtime, as the error log has them before a text.
var (
	ErrTimeout    = errors.New("(70007)The timeout specified has expired")
	ErrIncomplete = errors.New("(70008)Partial results are valid but processing is incomplete")
	ErrEOF        = errors.New("(70014)End of file found")
	ErrGeneral    = errors.New("(20014)Internal error (specific information not available)")
)

// LogError is err as the error log has it before a text.
func LogError(err error) error {
	var errno syscall.Errno
	var dns *net.DNSError
	switch {
	case err == nil:
		return nil
	case IsTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return ErrTimeout
	case errors.As(err, &errno):
		return errno
	case errors.As(err, &dns):
		if dns.IsTemporary && !dns.IsNotFound {
			return errors.New("(EAI 3)Temporary failure in name resolution")
		}
		return errors.New("(EAI 2)Name or service not known")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrEOF
	}
	return err
}

// errorPrefix is err as text before a message of no request: "(111)Connection
// refused: ".
func errorPrefix(err error) string {
	err = LogError(err)
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return "(" + strconv.Itoa(int(errno)) + ")" + apacheconf.Strerror(errno) + ": "
	}
	if err == nil {
		return ""
	}
	return err.Error() + ": "
}
