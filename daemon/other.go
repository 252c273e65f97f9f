//go:build !unix

package daemon
