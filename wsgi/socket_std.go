//go:build unix && (!linux || race)

package wsgi

import "syscall"

func writeSome(fd uintptr, b []byte) (int, error) { return syscall.Write(int(fd), b) }

func readSome(fd uintptr, b, rights []byte) (n, rightsN int, err error) {
	n, rightsN, _, _, err = syscall.Recvmsg(int(fd), b, rights, 0)
	return max(n, 0), rightsN, err
}
