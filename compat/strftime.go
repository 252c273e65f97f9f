package compat

import (
	"time"

	"understudy/compat/internal/strftime"
)

// Strftime formats t as a format of strftime says.
func Strftime(format string, t time.Time) string { return string(strftime.Append(nil, format, t)) }
