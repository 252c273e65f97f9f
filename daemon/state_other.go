//go:build !unix

package daemon

import "os"

func fileID(os.FileInfo) string { return "" }
