package compat

import (
	"errors"
	"strconv"
	"strings"
	"syscall"
)

// OSError is err as Apache writes errors of the operating system in its logs:
// "(2)No such file or directory".
func OSError(err error) string {
	var no syscall.Errno
	if !errors.As(err, &no) {
		return err.Error()
	}
	text := no.Error()
	return "(" + strconv.Itoa(int(no)) + ")" + strings.ToUpper(text[:1]) + text[1:]
}
